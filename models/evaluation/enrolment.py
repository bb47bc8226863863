"""The enrolment protocol: some pictures of a person make a template, everything else is probed.

As in use: the template is made by the rule of production (the centre of an appearance's
embeddings), a picture without a usable face neither enrols nor unlocks, and everyone else is an
impostor.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import UsageError
from models.evaluation.collect import Progress
from models.evaluation.crossed import Crossed
from models.evaluation.metrics import Flags, Numbers
from models.evaluation.trials import (
    CAPACITY,
    Gatherer,
    Trials,
    block_distances,
    largest_distance,
    ready,
)
from models.scoring.matching import centre
from models.types import Array, Metric

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """The trials of one number of pictures enrolled."""

    enrolled: int
    """Pictures of each template."""
    trials: Trials
    """`first` are templates, `second` pictures."""
    failures: int
    """Unusable pictures of people who have a template: each would have been a genuine probe."""

    @property
    def people(self) -> int:
        """People with a template."""
        return self.trials.first_person.size


def fitting(person: Numbers, wanted: Sequence[int]) -> tuple[int, ...]:
    """Those of `wanted` numbers of enrolled pictures that leave somebody a picture to probe."""
    most = int(np.bincount(person).max(initial=0))
    return tuple(count for count in wanted if most > count)


def enrol(
    embeddings: Array,
    person: Numbers,
    metric: Metric,
    *,
    enrolled: int,
    spared: int = 0,
    unusable: Numbers | None = None,
    corrections: Crossed | None = None,
    capacity: int = CAPACITY,
    progress: Progress | None = None,
) -> Enrolment:
    """Enrols the first `enrolled` pictures of everybody who has more of them.

    `embeddings` (n, d) are of usable pictures, `person` (n,) is who they show, `unusable` who the
    unusable ones show; `corrections` are of the pictures, as in use. People without more than
    `spared` pictures are not enrolled and a person's first `spared` are no genuine probes, so that
    numbers up to it are compared on the same people and probes. Every picture of anybody else,
    enrolled or not, is an impostor. Raises UsageError where nobody can be enrolled or nobody else
    is there.
    """
    least = max(enrolled, spared)
    members = _members(person, least)
    if enrolled < 1 or not members or np.unique(person).size < 2:
        raise UsageError(
            f"nobody has more than {least} usable pictures, or nobody else is there",
            "enrol fewer with --enrolled",
        )
    templates = np.stack([centre(embeddings[rows[:enrolled]], metric) for rows in members])
    owner = np.array([person[rows[0]] for rows in members], dtype=np.int32)
    probed = np.ones(person.size, dtype=bool)
    probed[np.concatenate([rows[:least] for rows in members])] = False
    rows = ready(embeddings, metric)
    most = 0.0 if corrections is None else corrections.largest
    gatherer = Gatherer(largest_distance(rows, metric) + most, capacity)
    distances = _Distances(templates, owner, rows, metric, corrections)
    _compare(gatherer, distances, (person, probed), progress)
    trials = gatherer.trials(owner, person, people=int(person.max()) + 1, symmetric=False)
    lost = 0 if unusable is None else int(np.isin(unusable, owner).sum())
    return Enrolment(enrolled, trials, lost)


@dataclass(frozen=True, slots=True, eq=False)
class _Distances:
    """Of templates and their owners to pictures, block by block."""

    templates: Array
    owner: Numbers
    rows: Array
    metric: Metric
    corrections: Crossed | None

    def block(self, start: int, end: int) -> Array:
        """To the templates from `start` to `end`."""
        templates = ready(self.templates[start:end], self.metric)
        made = block_distances(templates, self.rows, self.metric)
        if self.corrections is not None:
            made += self.corrections.to_templates(self.owner[start:end])
        return made


def _compare(
    gatherer: Gatherer,
    distances: _Distances,
    pictures: tuple[Numbers, Flags],
    progress: Progress | None,
) -> None:
    """Templates with pictures: people, and which of them may be genuine probes."""
    person, probed = pictures
    owner = distances.owner
    step = max(_BLOCK // len(person), 1)
    for start in range(0, len(owner), step):
        end = min(start + step, len(owner))
        same = owner[start:end, None] == person[None]
        first, second = np.nonzero(~same | probed[None])
        block = distances.block(start, end)[first, second]
        columns = second.astype(np.int32)
        gatherer.add(block, (first + start).astype(np.int32), columns, same[first, second])
        if progress is not None:
            progress(end, len(owner))


def _members(person: Numbers, least: int) -> list[Numbers]:
    """The rows of each person who has more than `least`, in their order."""
    rows = np.argsort(person, kind="stable").astype(np.int32)
    parts = np.split(rows, np.flatnonzero(np.diff(person[rows])) + 1)
    return [part for part in parts if part.size > least]
