import errno
import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.errors import SourceError
from daemon.sources import v4l2
from daemon.sources.v4l2 import Node, cameras, inspect_camera, parse_capability, still_there

CAPTURE, META, DEVICE_CAPS, STREAMING, OUTPUT = 0x1, 0x0080_0000, 0x8000_0000, 0x0400_0000, 0x2
QUERYCAP, ENUM_FMT, REQBUFS = 0x80685600, 0xC0405602, 0xC0145608


def capability(name: bytes, *, physical: int, device: int, bus: bytes = b"usb-1") -> bytes:
    return struct.pack(
        "=16s32s32s3I12x", b"uvcvideo", name, bus, 0x060100, physical | DEVICE_CAPS, device
    )


class Kernel:
    """Answers ioctls for nodes by path; `errors` are raised for a path and request."""

    def __init__(self) -> None:
        self.nodes: dict[str, tuple[bytes, tuple[bytes, ...]]] = {}
        self.errors: dict[tuple[str, int], int] = {}
        self._paths: list[str] = []

    def add(self, path: str, answer: bytes, *formats: bytes) -> None:
        self.nodes[path] = (answer, formats)

    @contextmanager
    def opened(self, path: str) -> Iterator[int]:
        if path not in self.nodes:
            raise v4l2._open_error(path, FileNotFoundError(errno.ENOENT, "gone"))
        self._paths.append(path)
        yield len(self._paths) - 1

    def ioctl(self, device: int, request: int, buffer: bytearray) -> None:
        path = self._paths[device]
        number = self.errors.get((path, request))
        if number is not None:
            raise OSError(number, "refused")
        answer, formats = self.nodes[path]
        if request == QUERYCAP:
            buffer[:] = answer
        elif request == ENUM_FMT:
            index, kind = struct.unpack_from("=II", buffer)
            assert kind == 1
            if index >= len(formats):
                raise OSError(errno.EINVAL, "no more")
            buffer[44:48] = formats[index]


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """A notebook's camera: colour and its metadata, infrared and its metadata."""
    fake = Kernel()
    physical = CAPTURE | META | STREAMING
    colour, infrared = b"Integrated Camera: Integrated C", b"Integrated Camera: Integrated I"
    takes, tells = CAPTURE | STREAMING, META | STREAMING
    fake.add("/dev/video0", capability(colour, physical=physical, device=takes), b"YUYV", b"MJPG")
    fake.add("/dev/video1", capability(colour, physical=physical, device=tells))
    fake.add("/dev/video2", capability(infrared, physical=physical, device=takes), b"GREY")
    fake.add("/dev/video3", capability(infrared, physical=physical, device=tells))
    monkeypatch.setattr(v4l2, "_opened", fake.opened)
    monkeypatch.setattr(fcntl, "ioctl", fake.ioctl)
    monkeypatch.setattr(v4l2, "_numbers", lambda: list(range(len(fake.nodes))))
    return fake


@pytest.mark.usefixtures("kernel")
def test_a_camera_says_what_it_is() -> None:
    colour = inspect_camera("/dev/video0")
    assert (colour.formats, colour.infrared) == (("YUYV", "MJPG"), False)
    assert colour.name == "Integrated Camera: Integrated C"
    infrared = inspect_camera("/dev/video2")
    assert infrared.infrared
    assert str(infrared) == "/dev/video2 (Integrated Camera: Integrated I, infrared)"
    assert [node.path for node in cameras()] == ["/dev/video0", "/dev/video2"]


@pytest.mark.usefixtures("kernel")
def test_a_metadata_node_is_refused_and_the_cameras_named() -> None:
    with pytest.raises(SourceError) as caught:
        inspect_camera("/dev/video1")
    assert caught.value.message == "/dev/video1 is a metadata node, not a camera"
    assert caught.value.hint.startswith("cameras here: /dev/video0 (")
    assert "/dev/video2 (" in caught.value.hint


def test_an_output_node_is_refused(kernel: Kernel) -> None:
    kernel.add("/dev/video4", capability(b"Dummy", physical=OUTPUT, device=OUTPUT))
    with pytest.raises(SourceError, match=r"Dummy.* gives no pictures"):
        inspect_camera("/dev/video4")


def test_a_busy_camera_is_said_to_be_busy_yet_there(kernel: Kernel) -> None:
    node = inspect_camera("/dev/video0")
    kernel.errors["/dev/video0", REQBUFS] = errno.EBUSY
    with pytest.raises(SourceError, match="in use by another program; close it"):
        inspect_camera("/dev/video0")
    assert still_there(node)


def test_a_driver_that_knows_no_such_request_is_no_obstacle(kernel: Kernel) -> None:
    kernel.errors["/dev/video0", REQBUFS] = errno.EINVAL
    assert inspect_camera("/dev/video0").is_camera


def test_a_camera_that_goes_or_changes_is_not_there(kernel: Kernel) -> None:
    node = inspect_camera("/dev/video0")
    kernel.errors["/dev/video0", QUERYCAP] = errno.ENODEV
    assert not still_there(node)
    with pytest.raises(SourceError, match="was unplugged"):
        inspect_camera("/dev/video0")
    kernel.errors.clear()
    other = capability(b"Other", physical=CAPTURE, device=CAPTURE, bus=b"usb-2")
    kernel.add("/dev/video0", other, b"YUYV")
    assert not still_there(node)
    del kernel.nodes["/dev/video0"]
    assert not still_there(node)


def test_naming_the_cameras_passes_over_one_that_just_went(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(v4l2, "_numbers", lambda: [0, 2, 9])
    del kernel.nodes["/dev/video0"]
    with pytest.raises(SourceError) as caught:
        inspect_camera("/dev/video0")
    assert caught.value.message == "there is no camera at /dev/video0"
    assert caught.value.hint.startswith("cameras here: /dev/video2 (")


def test_what_does_not_answer_is_no_camera(kernel: Kernel) -> None:
    kernel.errors["/dev/video0", QUERYCAP] = errno.ENOTTY
    with pytest.raises(SourceError, match="does not answer as a camera"):
        inspect_camera("/dev/video0")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOENT, "there is no camera at"),
        (errno.ENODEV, "there is no camera at"),
        (errno.EACCES, "usermod -aG video"),
        (errno.EBUSY, "in use"),
        (errno.EMFILE, "cannot be opened"),
    ],
)
def test_each_refusal_to_open_has_its_words(number: int, says: str) -> None:
    assert says in str(v4l2._open_error("/dev/video9", OSError(number, "refused")))


@pytest.mark.parametrize("path", ["/dev/null", "/", "/proc/self/status"])
def test_only_video_devices_are_opened(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Opening some devices has effects: a watchdog would restart the machine.
    def refuse(*_: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SourceError, match="is not a camera"):
        inspect_camera(path)


@given(answer=st.binary(min_size=104, max_size=104))
def test_whatever_a_device_calls_itself_fits_a_line(answer: bytes) -> None:
    node = parse_capability("/dev/video0", answer)
    assert str(node).isprintable()
    assert node.bus.isprintable()


def test_a_camera_of_endless_formats_is_bounded(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer: Callable[[int, int, bytearray], None] = kernel.ioctl

    def endless(device: int, request: int, buffer: bytearray) -> None:
        if request != ENUM_FMT:
            answer(device, request, buffer)

    monkeypatch.setattr(fcntl, "ioctl", endless)
    assert len(inspect_camera("/dev/video0").formats) == 64


def test_nodes_without_device_caps_state_their_own() -> None:
    raw = struct.pack("=16s32s32s3I12x", b"old", b"Old", b"pci", 0, CAPTURE, 0)
    assert parse_capability("/dev/video0", raw) == Node("/dev/video0", "old", "Old", "pci", CAPTURE)
