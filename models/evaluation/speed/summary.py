"""Figures from many timings. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import UsageError


@dataclass(frozen=True, slots=True)
class Lap:
    """One frame by one contestant: milliseconds by stage and in all, and the faces it found."""

    stages_ms: Mapping[str, float]
    total_ms: float
    faces: int
    tracked: bool = False
    """Whether faces were followed from the frame before, and the whole frame was not searched."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Median and 95th percentile, in milliseconds."""

    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Timing:
    """What all laps of one contestant come to."""

    frame_ms: Summary
    stages_ms: Mapping[str, Summary]
    frames: int
    found: int
    """Frames in which a face was found."""
    tracked_ms: Summary | None = None
    """Of the frames in which a face was followed; None where there was none."""


def summarise(values: Sequence[float]) -> Summary:
    """Median and 95th percentile (linear between neighbours); raises UsageError for none."""
    if not values:
        raise UsageError("nothing was timed")
    median, p95 = np.percentile(np.asarray(values, dtype=np.float64), [50.0, 95.0])
    return Summary(float(median), float(p95))


def timing(laps: Sequence[Lap]) -> Timing:
    """The figures of one contestant; a stage that a frame did not reach counts where it ran."""
    tracked = [lap.total_ms for lap in laps if lap.tracked]
    stages = dict.fromkeys(stage for lap in laps for stage in lap.stages_ms)
    return Timing(
        frame_ms=summarise([lap.total_ms for lap in laps]),
        stages_ms={
            stage: summarise([lap.stages_ms[stage] for lap in laps if stage in lap.stages_ms])
            for stage in stages
        },
        frames=len(laps),
        found=sum(lap.faces > 0 for lap in laps),
        tracked_ms=summarise(tracked) if tracked else None,
    )
