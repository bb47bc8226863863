"""What kind a camera is: infrared by its pixel formats, and by what its pictures look like."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.camera.inventory import Devices
from daemon.policy.cameras import Camera, Identity

if TYPE_CHECKING:
    from daemon.sources.base import FrameSource

_MOST = 64


class DevicesByPictures:
    """`devices`, of which those that have shown colour are not infrared, whatever they say.

    Remembered for each plugging-in. A camera with colour formats is never infrared, however grey
    its pictures: a grey scene looks the same.
    """

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        # A dict for its order: the oldest is forgotten.
        self._coloured: dict[tuple[Identity, int], None] = {}

    def coloured(self, source: "FrameSource") -> None:
        """The camera behind `source` has shown colour."""
        camera = self._devices.behind(source)
        if camera is not None:
            self._coloured[camera.identity, camera.connection] = None
            while len(self._coloured) > _MOST:
                del self._coloured[next(iter(self._coloured))]

    def connected(self) -> Sequence[Camera]:
        """Those of `devices`, each of the kind that its pictures have shown."""
        return [self._told(camera) for camera in self._devices.connected()]

    def state(self) -> object:
        """Another value also where a camera has shown colour for the first time."""
        return self._devices.state(), tuple(self._coloured)

    def open(self, path: str, *, fps: float) -> "FrameSource":
        """As `devices` opens it; raises SourceError."""
        return self._devices.open(path, fps=fps)

    def behind(self, source: "FrameSource") -> Camera | None:
        """Of the kind that its pictures have shown, None where it is of no camera."""
        camera = self._devices.behind(source)
        return None if camera is None else self._told(camera)

    def _told(self, camera: Camera) -> Camera:
        coloured = (camera.identity, camera.connection) in self._coloured
        return replace(camera, infrared=False) if coloured else camera
