"""From a picture to an analysed frame: the networks at work."""

import math

from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.liveness_observer import LivenessObserver
from daemon.recognition.scene import SceneObserver
from daemon.sources.base import Frame
from models.pipeline import FacePipeline


def analyse(
    pipeline: FacePipeline,
    frame: Frame,
    liveness: LivenessObserver | None = None,
    scene: SceneObserver | None = None,
    *,
    holds: bool = False,
) -> AnalysedFrame:
    """Runs the networks on one frame, then the cues of `liveness` on its largest face.

    `scene` says what is wrong with a picture without a face; of one that is turned it takes the
    faces away. Where it `holds`, a face that is followed for long is not embedded in each frame:
    for who asks who it is, never for an enrolment.

    Raises ImageError where its picture is none.
    """
    height, width = frame.image.shape[:2]
    label = frame.name or f"picture {frame.index + 1}"
    analysis = pipeline.analyse(frame.image, time=frame.time if holds else math.nan)
    analysed = AnalysedFrame(frame.time, (width, height), analysis, label, frame.index)
    if scene is not None:
        analysed = scene.see(frame, analysed)
    return analysed if liveness is None else liveness.observe(frame, analysed)
