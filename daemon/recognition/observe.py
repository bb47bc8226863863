"""Analysed frames: what is left of a picture once its faces are found and embedded.

Whoever decides is handed these and never a picture, so that decoding and analysis can happen in
another process than the decision.
"""

from dataclasses import dataclass

from daemon.sources.base import Frame
from enroll.guide.guide import Observation as GuideObservation
from models.pipeline import FacePipeline
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


def analyse(pipeline: FacePipeline, frame: Frame) -> AnalysedFrame:
    """Runs the networks on one frame; raises ImageError where its picture is none."""
    height, width = frame.image.shape[:2]
    label = frame.name or f"picture {frame.index + 1}"
    return AnalysedFrame(frame.time, (width, height), pipeline.analyse(frame.image), label)


def guide_observation(frame: AnalysedFrame) -> GuideObservation:
    """The frame as an enrolment's guide takes it."""
    return GuideObservation.of(frame.time, frame.analysis, frame.size, label=frame.label)
