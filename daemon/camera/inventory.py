"""Which cameras are connected: read by asking each of them, and noticed when that changes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from daemon.camera.identity import identified
from daemon.policy.cameras import Camera
from daemon.sources import v4l2

if TYPE_CHECKING:
    from daemon.sources.base import FrameSource


class Devices(Protocol):
    """The cameras of a machine."""

    def connected(self) -> Sequence[Camera]:
        """Those there are now."""
        ...

    def state(self) -> object:
        """Another value whenever one came, went or changed; cheap, and wakes no camera."""
        ...

    def open(self, path: str, *, fps: float) -> "FrameSource":
        """Opens one; raises SourceError, SourceBusyError where another program has it."""
        ...

    def behind(self, source: "FrameSource") -> Camera | None:
        """The camera that an open source is of, None where it is of none."""
        ...


class LocalDevices:
    """The cameras of this machine."""

    def connected(self) -> Sequence[Camera]:
        """Those with a driver, each opened for a moment and asked what it is."""
        return [identified(node) for node in v4l2.cameras() if node.driver]

    def state(self) -> object:
        """A change of rights counts, too: udev gives them once the node is there."""
        found = []
        for path in sorted(v4l2.DEV.glob("video*")):
            try:
                status = path.stat()
            except OSError:
                continue
            found.append((path.name, status.st_ino, status.st_ctime_ns))
        return found

    def open(self, path: str, *, fps: float) -> "FrameSource":
        """The camera at `path`, at about `fps` frames a second; raises SourceError."""
        from daemon.sources.device import open_device

        return open_device(path, fps=fps)

    def behind(self, source: "FrameSource") -> Camera | None:
        """None also for a file, which is of no camera."""
        node = getattr(source, "node", None)
        return identified(node) if isinstance(node, v4l2.Node) else None


class Inventory:
    """What was connected when somebody looked last."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._state: object = None
        self.cameras: tuple[Camera, ...] = ()

    def look(self) -> bool:
        """Looks again; whether anything is other than it was."""
        state = self._devices.state()
        if state == self._state:
            return False
        self._state = state
        before, self.cameras = self.cameras, tuple(self._devices.connected())
        return self.cameras != before
