"""From a picture to an analysed frame: the networks at work."""

from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.liveness_observer import LivenessObserver
from daemon.sources.base import Frame
from models.pipeline import FacePipeline


def analyse(
    pipeline: FacePipeline, frame: Frame, liveness: LivenessObserver | None = None
) -> AnalysedFrame:
    """Runs the networks on one frame, then the cues of `liveness` on its largest face.

    Raises ImageError where its picture is none.
    """
    height, width = frame.image.shape[:2]
    label = frame.name or f"picture {frame.index + 1}"
    analysis = pipeline.analyse(frame.image)
    analysed = AnalysedFrame(frame.time, (width, height), analysis, label, frame.index)
    return analysed if liveness is None else liveness.observe(frame, analysed)
