"""What the camera's thread tells of the camera and of the models."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from daemon.policy.cameras import Identity

if TYPE_CHECKING:
    from daemon.recognition.model_info import ModelInfo


class CameraState(StrEnum):
    """What the camera is doing, or why it cannot be used."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    BUSY = "busy"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class CameraReport:
    """The camera's state; `problem` is one line where it is busy or missing.

    `identity` is what an open one is known by, None for what is no camera of this machine.
    """

    state: CameraState
    name: str = ""
    infrared: bool = False
    problem: str = ""
    identity: Identity | None = None


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


def model_report(model: "ModelInfo") -> ModelReport:
    """The report of loaded models."""
    return ModelReport(
        model.embedder,
        model.model_id,
        model.precision,
        model.detector,
        model.criterion.threshold,
    )
