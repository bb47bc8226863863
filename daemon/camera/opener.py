"""Opens the camera that the configuration names, "auto" included."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from daemon.config import AUTO_SOURCE, Config
from daemon.config.source_names import is_drawn
from daemon.errors import SourceBusyError, SourceError

if TYPE_CHECKING:
    from daemon.recognition.models import Models
    from daemon.sources.base import FrameSource
    from daemon.sources.v4l2 import Node


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


class CameraOpener:
    """Camera and models as one configuration has them."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def load(self) -> "Models":
        """Loads the networks; raises FacelatchError."""
        from daemon.camera.model_loader import load_models

        config = self.config
        return load_models(
            config.recognition,
            liveness=config.liveness.enabled and not is_drawn(config.camera.source),
        )

    def open(self) -> "FrameSource":
        """Opens the camera; raises SourceError, SourceBusyError where another program has it."""
        from daemon.sources.opencv import within

        seconds = self.config.camera.open_seconds
        return within(seconds, self._open, late=lambda late: late.close(), what="the camera")

    def _open(self) -> "FrameSource":
        from daemon.sources.open import open_source
        from daemon.sources.stream import looks_like_url

        source = self.config.camera.source
        if source == AUTO_SOURCE:
            return self._open_any()
        # The unit has no network; without the unit the rule holds all the same.
        if looks_like_url(source):
            raise SourceError(
                "the daemon opens no network address", "set camera.source to a camera"
            )
        return open_source(source)

    def _open_any(self) -> "FrameSource":
        from daemon.sources import v4l2
        from daemon.sources.device import open_device

        found = preferred(v4l2.cameras(), self.config.camera.infrared)
        if not found:
            raise SourceError("there is no camera", "connect one, or set camera.source")
        problem: SourceError | None = None
        for node in found:
            try:
                return open_device(node.path, fps=self.config.camera.full_rate)
            except SourceBusyError:
                # Never another camera because this one is busy: it may see another place.
                raise
            except SourceError as error:
                problem = problem or error
        raise problem or SourceError("there is no camera")


def preferred(cameras: "list[Node]", infrared: str) -> "list[Node]":
    """Cameras in the order in which to try them; `infrared` as the configuration has it. Pure."""
    wanted: dict[str, Callable[[Node], bool]] = {
        "only": lambda node: node.infrared,
        "never": lambda node: not node.infrared,
        "prefer": lambda _: True,
    }
    fitting = [node for node in cameras if wanted[infrared](node)]
    return sorted(fitting, key=lambda node: not node.infrared)
