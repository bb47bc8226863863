"""Enrolment in the foreground: frames to the guide until it has seen enough, then a look."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from daemon.sources.base import Frame
from daemon.sources.reader import FrameWorker
from enroll.guide.guide import FEWEST_PICTURES, Guide, Observation, Step
from enroll.guide.prompts import Prompt
from enroll.guide.selection import Selection
from enroll.template import Appearance, now
from models.pipeline import FacePipeline
from models.types import Embedder

MOST_FRAMES = 3000
"""No enrolment needs more."""

Watch = Callable[[Frame, Step], None]


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """A look and what it was chosen from."""

    appearance: Appearance
    selection: Selection
    frames_seen: int
    faces_seen: int
    quality: float
    """Median over the pictures kept, in [0, 1]."""
    missing: tuple[Prompt, ...] = ()
    """Poses that were not seen."""


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
    """Looks until the guide is through, the source ends, or `seconds` or MOST_FRAMES are over.

    `still` as the source's. Raises EnrollError where the frames make no look, SourceError where
    they cannot be had.
    """
    guide = Guide(threshold=embedder.threshold, metric=embedder.metric, still=still)
    frames = faces = 0
    deadline = clock() + seconds
    while frames < MOST_FRAMES and (remaining := deadline - clock()) > 0:
        frame = worker.next(timeout=remaining)
        if frame is None:
            break
        frames += 1
        seen = observed(pipeline, frame)
        faces += seen.sample is not None
        step = guide.observe(seen)
        if watch is not None:
            watch(frame, step)
        if guide.complete or guide.changed:
            break
    # Whoever gives a short clip has no more to give.
    selection = guide.choose(fewest=1 if worker.ended else FEWEST_PICTURES)
    quality = median(guide.samples[index].quality.score for index in selection.kept)
    rows = selection.embeddings
    made = Appearance(appearance, now(), embedder.model_id, embedder.metric, rows, quality)
    return Enrolment(made, _counted(selection, faces), frames, faces, quality, guide.missing)


def observed(pipeline: FacePipeline, frame: Frame) -> Observation:
    """One frame, for a guide."""
    height, width = frame.image.shape[:2]
    analysis = pipeline.analyse(frame.image)
    label = frame.name or f"picture {frame.index + 1}"
    return Observation.of(frame.time, analysis, (width, height), label=label)


def _counted(selection: Selection, faces: int) -> Selection:
    """With every face accounted for: what the guide passed over shows what others show."""
    over = faces - len(selection.kept) - selection.rejected.total()
    if over > 0:
        selection.rejected["much like another"] += over
    return selection
