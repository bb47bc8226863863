"""Opens the camera that the configuration names; of "auto" only one that may be taken."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from daemon.api.source_names import is_address
from daemon.camera.inventory import Devices
from daemon.camera.settings import liveness_asked
from daemon.config import AUTO_SOURCE, Config
from daemon.errors import SourceBusyError, SourceError
from daemon.policy.cameras import Camera, Known, Obstacle, obstacle, unsupported_format, usable

if TYPE_CHECKING:
    from daemon.recognition.models import Models
    from daemon.sources.base import FrameSource


class Opener(Protocol):
    """What the camera's thread is given to work with."""

    @property
    def config(self) -> Config:
        """The configuration that it was made from."""
        ...

    def load(self) -> "Models":
        """Loads the networks; raises FacelatchError."""
        ...

    def open(self) -> "FrameSource":
        """Opens the camera; raises SourceError."""
        ...

    def may_use(self, source: "FrameSource") -> bool:
        """Whether what is open may be used, by what is known of cameras now."""
        ...


class CameraOpener:
    """Camera and models as one configuration has them. `known` says what is known of cameras."""

    def __init__(self, config: Config, devices: Devices, known: Callable[[], Known]) -> None:
        self.config = config
        self._devices = devices
        self._known = known

    def load(self) -> "Models":
        """Loads the networks; raises FacelatchError."""
        from daemon.camera.model_loader import load_models

        return load_models(self.config.recognition, liveness=liveness_asked(self.config))

    def open(self) -> "FrameSource":
        """Opens the camera; raises SourceError, SourceBusyError where another program has it."""
        from daemon.sources.opencv import within

        seconds = self.config.camera.open_seconds
        return within(seconds, self._open, late=lambda late: late.close(), what="the camera")

    def may_use(self, source: "FrameSource") -> bool:
        """What the configuration names by itself always; of "auto" only a known camera."""
        if self.config.camera.source != AUTO_SOURCE:
            return True
        camera = self._devices.behind(source)
        return camera is not None and self._obstacle(camera) is None

    def _open(self) -> "FrameSource":
        from daemon.sources.open import open_source

        source = self.config.camera.source
        if source == AUTO_SOURCE:
            return self._open_any()
        # The unit has no network; without the unit the rule holds all the same.
        if is_address(source):
            raise SourceError(
                "the daemon opens no network address", "set camera.source to a camera"
            )
        return open_source(source)

    def _open_any(self) -> "FrameSource":
        connected = self._devices.connected()
        problem: SourceError | None = None
        for camera in usable(connected, self._known(), infrared=self.config.camera.infrared):
            try:
                return self._open_one(camera)
            except SourceBusyError:
                # Never another camera because this one is busy: it may see another place.
                raise
            except SourceError as error:
                problem = problem or error
        raise problem or self._none_of(connected)

    def _open_one(self, camera: Camera) -> "FrameSource":
        source = self._devices.open(camera.path, fps=self.config.camera.full_rate)
        # Another one may have got its path meanwhile.
        if self._devices.behind(source) != camera:
            source.close()
            raise SourceError(f"{camera.path} became another camera while it was opened")
        return source

    def _obstacle(self, camera: Camera) -> Obstacle | None:
        return obstacle(camera, self._known(), infrared=self.config.camera.infrared)

    def _none_of(self, connected: Sequence[Camera]) -> SourceError:
        if not connected:
            return SourceError("there is no camera", "connect one, or set camera.source")
        return no_camera_error([(one, self._obstacle(one)) for one in connected])


def no_camera_error(passed: Sequence[tuple[Camera, Obstacle | None]]) -> SourceError:
    """Why each camera was passed over, in one line."""
    reasons = "; ".join(
        unsupported_format(camera) if why is Obstacle.FORMAT else f"{camera.path}: {why}"
        for camera, why in passed
    )
    unknown = next((camera.path for camera, why in passed if why is Obstacle.UNKNOWN), "")
    hint = f"to trust it: facelatch camera trust {unknown}" if unknown else ""
    return SourceError(f"no camera may be used: {reasons}", hint)
