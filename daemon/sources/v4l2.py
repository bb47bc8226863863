"""Asks a V4L2 node what it is, by ioctl. Numbers and layouts: linux/videodev2.h (x86, ARM)."""

import errno
import fcntl
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from daemon.errors import SourceBusyError, SourceError
from daemon.sources.base import shown

DEV = Path("/dev")
_BY_PATH = DEV / "v4l/by-path"

_MAJOR = 81  # "video4linux" in the kernel's list of devices

_QUERYCAP = 0x80685600
_ENUM_FMT = 0xC0405602
_REQBUFS = 0xC0145608
_CAPTURE = 0x0000_0001
_CAPTURE_MPLANE = 0x0000_1000
_META_CAPTURE = 0x0080_0000
_DEVICE_CAPS = 0x8000_0000
_STREAMING = 0x0400_0000
_BUFFER_CAPTURE, _BUFFER_CAPTURE_MPLANE = 1, 9
_MEMORY_MMAP = 1
_MOST_FORMATS = 64
_GREY_FORMATS = frozenset({"GREY", "Y10 ", "Y12 ", "Y16 ", "Y8I ", "Y12I"})


@dataclass(frozen=True, slots=True)
class Node:
    """One /dev/video node. `bus` tells apart cameras whose names are the same."""

    path: str
    driver: str
    name: str
    bus: str
    capabilities: int
    formats: tuple[str, ...] = ()

    @property
    def is_camera(self) -> bool:
        """Whether pictures can be read from it."""
        return bool(self.capabilities & (_CAPTURE | _CAPTURE_MPLANE))

    @property
    def is_metadata(self) -> bool:
        """Whether it is the second node of a camera, which has no pictures."""
        return not self.is_camera and bool(self.capabilities & _META_CAPTURE)

    @property
    def infrared(self) -> bool:
        """Whether it is grey in all its formats, as infrared cameras are."""
        return bool(self.formats) and all(one in _GREY_FORMATS for one in self.formats)

    def __str__(self) -> str:
        kind = "infrared" if self.infrared else "colour"
        return f"{self.path} ({self.name}, {kind})"


class _NoCameraError(SourceError):
    """There is none at that path: worth saying where there are some."""


def inspect_camera(path: str) -> Node:
    """The camera at `path`; raises SourceError where there is none, or it is in use."""
    try:
        with _opened(path) as device:
            node = _query(path, device)
            _check_kind(node)
            _check_free(node, device)
            return node
    except _NoCameraError as error:
        found = ", ".join(str(node) for node in cameras())
        hint = f"cameras here: {found}" if found else "no camera is connected"
        raise SourceError(error.message, hint) from None


def _check_kind(node: Node) -> None:
    if node.is_metadata:
        raise _NoCameraError(f"{node.path} is a metadata node, not a camera")
    if not node.is_camera:
        raise _NoCameraError(f"{node.path} ({node.name}) gives no pictures")


def still_there(node: Node) -> bool:
    """Whether the device of `node` is there, in use or not."""
    try:
        with _opened(node.path) as device:
            return _query(node.path, device).bus == node.bus
    except SourceError:
        return False


def cameras() -> list[Node]:
    """The cameras of this machine that may be opened, by number."""
    found = []
    for number in _numbers():
        path = str(DEV / f"video{number}")
        try:
            with _opened(path) as device:
                node = _query(path, device)
        except SourceError:
            continue
        if node.is_camera:
            found.append(node)
    return found


def stable_name(path: str) -> str:
    """The name by which a camera is found again after a restart, else its path."""
    try:
        real = Path(path).resolve()
        names = sorted(one for one in _BY_PATH.iterdir() if one.resolve() == real)
    except OSError:
        return path
    return str(names[0]) if names else path


def _numbers() -> list[int]:
    names = (path.name.removeprefix("video") for path in DEV.glob("video*"))
    return sorted(int(name) for name in names if name.isascii() and name.isdecimal())


def parse_capability(path: str, answer: bytes) -> Node:
    """A node from the kernel's struct v4l2_capability (104 bytes)."""
    driver, card, bus, _, physical, device = struct.unpack_from("=16s32s32s3I", answer)
    # A physical camera has several nodes; what this one does stands in device_caps.
    used = device if physical & _DEVICE_CAPS else physical
    return Node(path, _text(driver), _text(card), _text(bus), used)


def _text(raw: bytes) -> str:
    # A device writes its own name: hostile like everything from outside.
    return shown(raw.split(b"\0", 1)[0].decode("utf-8", "replace"))


@contextmanager
def _opened(path: str) -> Iterator[int]:
    try:
        status = Path(path).stat()
        # To open a device of another kind may already do something, as with a watchdog.
        if not stat.S_ISCHR(status.st_mode) or os.major(status.st_rdev) != _MAJOR:
            raise _NoCameraError(f"{shown(path)} is not a camera")
        device = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        raise _open_error(path, error) from None
    try:
        yield device
    finally:
        os.close(device)


def _open_error(path: str, error: OSError) -> SourceError:
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR):
        return _NoCameraError(f"there is no camera at {shown(path)}")
    if error.errno in (errno.EACCES, errno.EPERM):
        return SourceError(
            f"{shown(path)} may not be opened by this user",
            "run: sudo usermod -aG video $USER, and log in again",
        )
    if error.errno == errno.EBUSY:
        return _busy(path)
    return SourceError(f"{shown(path)} cannot be opened: {error.strerror}")


def _busy(path: str) -> SourceBusyError:
    return SourceBusyError(
        f"camera {shown(path)} is in use by another program",
        f"close it (sudo fuser -v {shown(path)} names it)",
    )


def _query(path: str, device: int) -> Node:
    answer = bytearray(104)
    try:
        fcntl.ioctl(device, _QUERYCAP, answer)
    except OSError as error:
        if error.errno in (errno.ENODEV, errno.EIO):
            raise SourceError(f"camera {shown(path)} was unplugged") from None
        raise SourceError(f"{shown(path)} does not answer as a camera") from None
    node = parse_capability(shown(path), bytes(answer))
    return replace(node, formats=_formats(node, device)) if node.is_camera else node


def _formats(node: Node, device: int) -> tuple[str, ...]:
    kind = _BUFFER_CAPTURE if node.capabilities & _CAPTURE else _BUFFER_CAPTURE_MPLANE
    found: list[str] = []
    while len(found) < _MOST_FORMATS:
        answer = bytearray(64)
        struct.pack_into("=II", answer, 0, len(found), kind)
        try:
            fcntl.ioctl(device, _ENUM_FMT, answer)
        except OSError:
            break
        found.append(_text(bytes(answer[44:48])))
    return tuple(found)


def _check_free(node: Node, device: int) -> None:
    """Asks for no buffers, which only the owner of the stream may do; changes nothing."""
    if not node.capabilities & _STREAMING:
        return
    kind = _BUFFER_CAPTURE if node.capabilities & _CAPTURE else _BUFFER_CAPTURE_MPLANE
    request = bytearray(struct.pack("=5I", 0, kind, _MEMORY_MMAP, 0, 0))
    try:
        fcntl.ioctl(device, _REQBUFS, request)
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise _busy(node.path) from None
