"""An analysed frame: what is left of a picture once its faces are found and embedded.

Whoever decides is handed these and never a picture: decoding and analysis happen in another process
(`daemon.camera`). Imports neither OpenCV nor a model runtime.
"""

from dataclasses import dataclass, replace

from enroll.guide.guide import Observation as GuideObservation
from enroll.guide.prompts import Prompt
from models.liveness.evidence import CueEvidence
from models.types import Analysis


@dataclass(frozen=True, slots=True, eq=False)
class AnalysedFrame:
    """The faces of a frame with box, landmarks, quality and embedding, largest first.

    `time` is in seconds on the source's clock, `size` is the picture's (width, height) in pixels,
    `label` what a person would call it.
    """

    time: float
    size: tuple[int, int]
    analysis: Analysis
    label: str = ""
    index: int = 0
    """Its number, from 0."""
    liveness: tuple[CueEvidence, ...] = ()
    """What each cue says by now of the largest face; () where no cue looks."""
    scene: Prompt | None = None
    """What is wrong with a picture without a face, one of `enroll.guide.prompts.SCENES`."""


def guide_observation(frame: AnalysedFrame) -> GuideObservation:
    """The frame as an enrolment's guide takes it."""
    seen = GuideObservation.of(frame.time, frame.analysis, frame.size, label=frame.label)
    return seen if frame.scene is None else replace(seen, scene=frame.scene)
