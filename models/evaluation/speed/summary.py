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
    embedded: bool = True
    """Whether a face was embedded, and not held from a frame before (`Face.held`)."""
    processor_ms: float | None = None
    """Of the whole process, on all its threads: what a busy machine adds least to."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Median, 95th percentile and mean, in milliseconds."""

    median: float
    p95: float
    mean: float


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
    embedded_ms: Summary | None = None
    """Of those in which it was embedded too."""
    processor_ms: Summary | None = None
    """Processor time of all frames; None where it was not measured."""
    processor_tracked_ms: Summary | None = None
    """The same of the frames in which a face was followed."""


def summarise(values: Sequence[float]) -> Summary:
    """Median, 95th percentile (linear between neighbours), mean; raises UsageError for none."""
    if not values:
        raise UsageError("nothing was timed")
    array = np.asarray(values, dtype=np.float64)
    median, p95 = np.percentile(array, [50.0, 95.0])
    return Summary(float(median), float(p95), float(array.mean()))


def timing(laps: Sequence[Lap]) -> Timing:
    """The figures of one contestant; a stage that a frame did not reach counts where it ran."""
    followed = [lap for lap in laps if lap.tracked]
    stages = dict.fromkeys(stage for lap in laps for stage in lap.stages_ms)
    return Timing(
        frame_ms=summarise([lap.total_ms for lap in laps]),
        stages_ms={
            stage: summarise([lap.stages_ms[stage] for lap in laps if stage in lap.stages_ms])
            for stage in stages
        },
        frames=len(laps),
        found=sum(lap.faces > 0 for lap in laps),
        tracked_ms=_summary([lap.total_ms for lap in followed]),
        embedded_ms=_summary([lap.total_ms for lap in followed if lap.embedded]),
        processor_ms=_summary([lap.processor_ms for lap in laps]),
        processor_tracked_ms=_summary([lap.processor_ms for lap in followed]),
    )


def _summary(values: Sequence[float | None]) -> Summary | None:
    """Of the values that there are, None where there is none."""
    known = [value for value in values if value is not None]
    return summarise(known) if known else None
