"""What sysfs and udev say of a camera, in a folder that stands for them."""

from pathlib import Path

import pytest

from daemon.camera.identity import Folders, identified
from daemon.sources.v4l2 import Node

NODE = Node("/dev/null", "uvcvideo", "Integrated Camera", "usb-0000:00:14.0-6", 1, ("MJPG",))


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    usb = tmp_path / "sys/devices/pci0000:00/usb1/1-6"
    interface = usb / "1-6:1.0"
    interface.mkdir(parents=True)
    for name, text in (("idVendor", "04f2"), ("idProduct", "b6d0"), ("removable", "fixed")):
        (usb / name).write_text(text + "\n")
    (usb / "serial").write_bytes(b"00\x1b[31m1" + b"9" * 9999)
    node = tmp_path / "sys/class/video4linux/null"
    node.mkdir(parents=True)
    (node / "device").symlink_to(interface)
    (tmp_path / "udev").mkdir()
    return Folders(tmp_path / "sys", tmp_path / "udev")


def test_port_numbers_and_the_case(folders: Folders) -> None:
    camera = identified(NODE, folders)
    assert camera.identity.port == "usb-0000:00:14.0-6 1-6:1.0"
    assert (camera.identity.vendor, camera.identity.product) == ("04f2", "b6d0")
    assert camera.identity.driver == "uvcvideo"
    assert camera.built_in
    assert camera.seat == "seat0"


def test_a_hostile_serial_is_one_short_line(folders: Folders) -> None:
    serial = identified(NODE, folders).identity.serial
    assert serial.isprintable()
    assert len(serial) <= 128


def test_the_seat_is_udevs(folders: Folders) -> None:
    (folders.udev / "c1:3").write_text("S:v4l/x\nE:ID_SEAT=seat7\n")  # /dev/null
    assert identified(NODE, folders).seat == "seat7"


def test_a_removable_port_is_not_in_the_case(folders: Folders) -> None:
    removable = next(folders.sysfs.rglob("removable"))
    removable.write_text("removable\n")
    assert not identified(NODE, folders).built_in


def test_what_is_no_usb_device_has_no_numbers(tmp_path: Path) -> None:
    camera = identified(NODE, Folders(tmp_path / "sys", tmp_path / "udev"))
    assert (camera.identity.vendor, camera.identity.serial) == ("", "")
    assert not camera.built_in
    assert camera.identity.port == "usb-0000:00:14.0-6"
