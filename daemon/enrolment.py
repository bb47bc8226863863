"""Enrolment from a stream of frames: collect samples, choose among them, make a look."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from daemon.sources.base import Frame
from daemon.sources.worker import FrameWorker
from enroll.selection import Sample, Selection, choose
from enroll.template import Look, now
from models.pipeline import FacePipeline
from models.types import Analysis, Embedder

MOST_FRAMES = 300
"""Ten seconds of a camera; more adds nothing to a look."""


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """A look and what it was chosen from."""

    look: Look
    selection: Selection
    frames_seen: int
    faces_seen: int
    quality: float
    """Median over the pictures kept, in [0, 1]."""


def enrol(
    worker: FrameWorker,
    pipeline: FacePipeline,
    embedder: Embedder,
    *,
    look: str,
    seconds: float,
    watch: Callable[[Frame, Analysis], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Enrolment:
    """Looks until the source ends, `seconds` have passed or MOST_FRAMES were seen.

    Raises EnrollError where the frames make no look, SourceError where they cannot be had.
    """
    samples: list[Sample] = []
    frames = 0
    deadline = clock() + seconds
    while frames < MOST_FRAMES and (remaining := deadline - clock()) > 0:
        frame = worker.next(timeout=remaining)
        if frame is None:
            break
        frames += 1
        analysis = pipeline.analyse(frame.image)
        sample = Sample.of(analysis, label=f"picture {frame.index + 1}")
        if sample is not None:
            samples.append(sample)
        if watch is not None:
            watch(frame, analysis)
    selection = choose(samples, threshold=embedder.threshold, metric=embedder.metric)
    made = Look(look, now(), embedder.model_id, embedder.metric, selection.embeddings)
    quality = median(samples[index].quality.score for index in selection.kept)
    return Enrolment(made, selection, frames, len(samples), quality)
