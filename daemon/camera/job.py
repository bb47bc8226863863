"""What the camera's thread and those who need it tell each other: jobs, views, reports."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from daemon.api import Reason
from daemon.camera.schedule import Want
from daemon.config import Config

if TYPE_CHECKING:
    from daemon.recognition.verifier import Models, SharedPipeline
    from daemon.sources.base import Frame, FrameSource


class CameraState(StrEnum):
    """How the camera is."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    BUSY = "busy"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class CameraReport:
    """The camera's state; `problem` is one line where it is busy or missing."""

    state: CameraState
    name: str = ""
    infrared: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What recognises; without an embedder, `problem` says why there is none."""

    embedder: str = ""
    model_id: str = ""
    precision: str = ""
    detector: str = ""
    threshold: float = 0.0
    problem: str = ""

    @property
    def loaded(self) -> bool:
        """Whether the models are in memory."""
        return bool(self.embedder) and not self.problem


@dataclass(frozen=True, slots=True)
class View:
    """What a job needs to see with, while the camera is open."""

    models: "Models"
    pipeline: "SharedPipeline"
    still: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What a job made of a frame: whether it is done, and whether there was a face."""

    done: bool = False
    face: bool = False


class Job(Protocol):
    """Something that wants frames. All but the attributes is called in the eye's thread."""

    @property
    def want(self) -> Want:
        """What it wants the camera for. A watch is shown nothing while somebody looks."""
        ...

    @property
    def deadline(self) -> float:
        """When it has seen enough, on `time.monotonic`; infinity for never."""
        ...

    @property
    def patient(self) -> bool:
        """Whether it waits for a camera that is missing or lost."""
        ...

    def begin(self, view: View) -> None:
        """The camera is open; called again after it was lost and found."""
        ...

    def see(self, frame: "Frame", *, worth: bool) -> Seen:
        """One frame; not `worth` looking at: the scene is as it was."""
        ...

    def end(self, reason: Reason | None, problem: str) -> None:
        """It is over: by itself or at its deadline (None), or for `reason`."""
        ...


class Opener(Protocol):
    """What the eye is given to work with."""

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


def model_report(models: "Models") -> ModelReport:
    """The report of loaded models."""
    return ModelReport(
        models.embedder.name,
        models.embedder.model_id,
        models.embedder.precision,
        models.detector_name,
        models.criterion.threshold,
    )


def camera_report(source: "FrameSource") -> CameraReport:
    """The report of an open camera."""
    from daemon.sources.v4l2 import Node, stable_name

    node = getattr(source, "node", None)
    if not isinstance(node, Node):
        return CameraReport(CameraState.OPEN, source.description)
    return CameraReport(CameraState.OPEN, stable_name(node.path), node.infrared)
