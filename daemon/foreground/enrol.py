"""Enrolment in the foreground: the frames of a source to the enroller until it has enough."""

import time
from collections.abc import Callable

from daemon.foreground.liveness_check import LivenessCheck
from daemon.recognition.frames import AnalysedFrame, guide_observation
from daemon.recognition.liveness import PICTURE_OF_A_FACE, LivenessDecision, LivenessState
from daemon.recognition.liveness_observer import LivenessObserver
from daemon.recognition.observe import analyse
from daemon.recognition.same_face import Likeness
from daemon.recognition.scene import SceneObserver
from daemon.sources.base import Frame
from daemon.sources.reader import FrameWorker
from enroll.errors import EnrollError
from enroll.guide.enroller import Enroller, Enrolment
from enroll.guide.guide import FEWEST_PICTURES, Step
from models.pipeline import FacePipeline
from models.types import Embedder

Watch = Callable[[Frame, Step], None]


def enrol(
    worker: FrameWorker,
    pipeline: FacePipeline,
    embedder: Embedder,
    *,
    appearance: str,
    seconds: float,
    liveness: LivenessCheck | None,
    still: bool = False,
    watch: Watch | None = None,
    scene: SceneObserver | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Enrolment:
    """Reads until the enroller is done, the source ends, or `seconds` are over.

    `still` as the source's; `watch` is shown every frame; with `liveness` a picture of somebody is
    refused; with `scene` it is said what is wrong with pictures that show no face. Raises
    EnrollError where the frames make no appearance, SourceError where they cannot be had.
    """
    enroller = Enroller(
        appearance,
        model_id=embedder.model_id,
        metric=embedder.metric,
        threshold=embedder.threshold,
        still=still,
    )
    observer, judge = _watched_for_life(liveness, embedder)
    deadline = clock() + seconds
    while not enroller.done and (remaining := deadline - clock()) > 0:
        frame = worker.next(timeout=remaining)
        if frame is None:
            break
        analysed = analyse(pipeline, frame, observer, scene)
        _refuse_picture(judge, analysed)
        step = enroller.add(guide_observation(analysed))
        if watch is not None:
            watch(frame, step)
    # Whoever gives a short clip has no more to give.
    return enroller.result(fewest=1 if worker.ended else FEWEST_PICTURES)


def _watched_for_life(
    liveness: LivenessCheck | None, embedder: Embedder
) -> tuple[LivenessObserver | None, LivenessDecision | None]:
    if liveness is None:
        return None, None
    likeness = Likeness.around(embedder.metric, embedder.threshold)
    judge = LivenessDecision(liveness.rule, likeness)
    return liveness.observer, judge


def _refuse_picture(judge: LivenessDecision | None, frame: AnalysedFrame) -> None:
    if judge is not None:
        judge.see(frame)
        if judge.state is LivenessState.DENIED:
            raise EnrollError(PICTURE_OF_A_FACE)
