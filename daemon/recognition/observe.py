"""From a picture to an analysed frame: the networks at work."""

from daemon.recognition.frames import AnalysedFrame
from daemon.sources.base import Frame
from models.pipeline import FacePipeline


def analyse(pipeline: FacePipeline, frame: Frame) -> AnalysedFrame:
    """Runs the networks on one frame; raises ImageError where its picture is none."""
    height, width = frame.image.shape[:2]
    label = frame.name or f"picture {frame.index + 1}"
    analysis = pipeline.analyse(frame.image)
    return AnalysedFrame(frame.time, (width, height), analysis, label, frame.index)
