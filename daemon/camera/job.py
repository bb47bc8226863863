"""What the camera's thread and those who need it tell each other: jobs, and what they are shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from daemon.api import Reason
from daemon.camera.schedule import Purpose
from daemon.policy.cameras import Identity

if TYPE_CHECKING:
    from daemon.recognition.frames import AnalysedFrame
    from daemon.recognition.model_info import ModelInfo
    from models.types import Image


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a job needs to know of the frames to come.

    `still` is True where each is a picture of its own, unlike the moments of a camera. `camera` is
    what the camera is known by, None for what is no camera of this machine.
    """

    model: "ModelInfo"
    still: bool
    camera: Identity | None = None


@dataclass(frozen=True, slots=True)
class FrameOutcome:
    """What a job made of a frame: whether it is done, and whether there was a face."""

    done: bool = False
    face: bool = False


class Job(Protocol):
    """Something that wants frames. All but the attributes is called in the camera's thread."""

    @property
    def purpose(self) -> Purpose:
        """What it wants the camera for. A watch is shown nothing while there is an attempt."""
        ...

    @property
    def deadline(self) -> float:
        """When it has seen enough, on `time.monotonic`; infinity for never."""
        ...

    @property
    def patient(self) -> bool:
        """Whether it waits for a camera that is missing or lost."""
        ...

    @property
    def on_picture(self) -> "Callable[[Image], None] | None":
        """Is shown every frame's picture, for a window; None for who needs none."""
        ...

    def begin(self, stream: StreamInfo) -> None:
        """The camera is open; called again after it was lost and found."""
        ...

    def see(self, frame: "AnalysedFrame | None") -> FrameOutcome:
        """One frame; None for one that was not analysed, because the scene is as it was."""
        ...

    def end(self, reason: Reason | None, problem: str) -> None:
        """It is over: by itself or at its deadline (None), or for `reason`."""
        ...
