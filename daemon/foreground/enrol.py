"""Enrolment in the foreground: the frames of a source to the enroller until it has enough."""

import time
from collections.abc import Callable

from daemon.recognition.frames import guide_observation
from daemon.recognition.observe import analyse
from daemon.sources.base import Frame
from daemon.sources.reader import FrameWorker
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
    still: bool = False,
    watch: Watch | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Enrolment:
    """Reads until the enroller is done, the source ends, or `seconds` are over.

    `still` as the source's; `watch` is shown every frame. Raises EnrollError where the frames make
    no appearance, SourceError where they cannot be had.
    """
    enroller = Enroller(
        appearance,
        model_id=embedder.model_id,
        metric=embedder.metric,
        threshold=embedder.threshold,
        still=still,
    )
    deadline = clock() + seconds
    while not enroller.done and (remaining := deadline - clock()) > 0:
        frame = worker.next(timeout=remaining)
        if frame is None:
            break
        step = enroller.add(guide_observation(analyse(pipeline, frame)))
        if watch is not None:
            watch(frame, step)
    # Whoever gives a short clip has no more to give.
    return enroller.result(fewest=1 if worker.ended else FEWEST_PICTURES)
