"""What sysfs and udev say of a V4L2 node: where it is plugged in, and what it calls itself.

Read as files, without libudev: `/sys/class/video4linux/videoN/device` leads to the USB interface or
PCI device (kernel: Documentation/ABI/stable/sysfs-bus-usb, `removable` in
Documentation/ABI/testing/sysfs-bus-usb), `/run/udev/data/cMAJOR:MINOR` has the properties that
udev's rules gave the node, ID_SEAT among them (sd-device(3)).
"""

import os
from dataclasses import dataclass
from pathlib import Path

from daemon.camera.cameras_message import cut
from daemon.policy.cameras import Camera, Identity
from daemon.sources.base import shown
from daemon.sources.v4l2 import Node

_MOST_BYTES = 4096
_MOST_CHARACTERS = 128


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the kernel and udev say it; others in tests."""

    sysfs: Path = Path("/sys")
    udev: Path = Path("/run/udev/data")


def identified(node: Node, folders: Folders = Folders()) -> Camera:
    """The camera behind `node`. What cannot be found out is "": no two such cameras differ."""
    device = folders.sysfs / "class/video4linux" / Path(node.path).name / "device"
    usb = _usb_device(device)
    identity = Identity(
        port=_port(device, node),
        vendor=_text(usb / "idVendor") if usb else "",
        product=_text(usb / "idProduct") if usb else "",
        serial=_text(usb / "serial") if usb else "",
        driver=node.driver,
    )
    return Camera(
        path=node.path,
        name=node.name,
        identity=cut(identity),
        connection=_connection(node.path),
        seat=_seat(node.path, folders),
        built_in=usb is not None and _text(usb / "removable") == "fixed",
        infrared=node.infrared,
        formats=node.formats,
    )


def _usb_device(device: Path) -> Path | None:
    """The USB device of an interface: the first folder upward that has a vendor's number."""
    try:
        real = device.resolve(strict=True)
    except OSError:
        return None
    return next((one for one in (real, *real.parents) if (one / "idVendor").is_file()), None)


def _port(device: Path, node: Node) -> str:
    """The physical place: what the kernel's driver says, and the path of the device itself."""
    try:
        path = device.resolve(strict=True).name
    except OSError:
        path = ""
    return f"{node.bus} {path}".strip()


def _connection(path: str) -> int:
    """A number that no other plugging-in has: devtmpfs counts its nodes up.

    No time of the node: rights that change with the session on the screen change that too.
    """
    try:
        status = Path(path).stat()
    except OSError:
        return 0
    return hash((status.st_dev, status.st_ino)) & 0xFFFF_FFFF_FFFF


def _seat(path: str, folders: Folders) -> str:
    """udev's ID_SEAT of the node; seat0 where there is none, as systemd has it."""
    try:
        number = Path(path).stat().st_rdev
        place = folders.udev / f"c{os.major(number)}:{os.minor(number)}"
        with place.open("rb") as file:
            lines = file.read(_MOST_BYTES * 16).decode("utf-8", "replace").splitlines()
    except OSError:
        return "seat0"
    seats = [line.removeprefix("E:ID_SEAT=") for line in lines if line.startswith("E:ID_SEAT=")]
    return shown(seats[-1])[:_MOST_CHARACTERS] if seats else "seat0"


def _text(file: Path) -> str:
    # A device writes its own serial: hostile like everything from outside.
    try:
        with file.open("rb") as opened:
            raw = opened.read(_MOST_BYTES)
    except OSError:
        return ""
    return shown(raw.decode("utf-8", "replace").strip())[:_MOST_CHARACTERS]
