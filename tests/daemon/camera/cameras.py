"""Cameras for tests, and devices that do as told."""

from collections.abc import Sequence
from typing import cast

from daemon.errors import SourceBusyError, SourceError
from daemon.policy.cameras import Camera, Identity
from daemon.sources.base import FrameSource
from tests.daemon.fakes import FakeSource

OWN = Camera(
    "/dev/video0",
    "Integrated Camera",
    Identity("usb-0000:00:14.0-6 1-6:1.0", "04f2", "b6d0", "0001", "uvcvideo"),
    connection=7,
    built_in=True,
    formats=("MJPG", "YUYV"),
)
INFRARED = Camera(
    "/dev/video2",
    "Integrated Camera",
    Identity("usb-0000:00:14.0-6 1-6:1.2", "04f2", "b6d0", "0001", "uvcvideo"),
    connection=8,
    built_in=True,
    infrared=True,
    formats=("GREY",),
)


class FakeDevices:
    """Cameras that open, are busy, or fail, by path."""

    def __init__(self, *cameras: Camera) -> None:
        self.cameras: Sequence[Camera] = cameras
        self.busy: set[str] = set()
        self.broken: set[str] = set()
        self.asked = 0
        self._behind: dict[int, Camera] = {}

    def connected(self) -> Sequence[Camera]:
        self.asked += 1
        return self.cameras

    def state(self) -> object:
        return tuple((one.path, one.connection) for one in self.cameras)

    def open(self, path: str, *, fps: float) -> FrameSource:  # noqa: ARG002 - see Devices
        if path in self.busy:
            raise SourceBusyError(f"{path} is in use")
        if path in self.broken:
            raise SourceError(f"{path} cannot be opened")
        source = FakeSource([])
        self._behind[id(source)] = next(one for one in self.cameras if one.path == path)
        return cast(FrameSource, source)

    def behind(self, source: FrameSource) -> Camera | None:
        return self._behind.get(id(source))
