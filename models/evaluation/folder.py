"""Every protocol that a folder of people allows, for one embedder."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.errors import UsageError
from models.evaluation import all_pairs, enrolment, fairness, quality_curve, rates
from models.evaluation.collect import Collection, Progress
from models.evaluation.crossed import Crossed, crossed
from models.evaluation.metrics import Flags, Numbers
from models.evaluation.people import People
from models.evaluation.trials import Trials
from models.evaluation.turns import Faces
from models.types import MIN_QUALITY, Array, Metric

Protocol = Literal["all-pairs", "enrolment", "quality"]
PROTOCOLS: tuple[Protocol, ...] = ("all-pairs", "enrolment", "quality")

ENROLLED = (1, 3, 5, 10)
HEADLINE = 3
"""Pictures enrolled where one number stands for all."""
SPREAD_FAR = 1e-3

Counting = Callable[[str], AbstractContextManager[Progress]]
"""Takes what is going on, yields what to tell about its progress."""


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Usable and unusable pictures of one folder, as one embedder sees them."""

    people: People
    embeddings: Array
    quality: Array
    found: Flags
    """Readable and with a face."""
    unreadable: int
    corrections: Crossed
    """Of the usable pictures, those that `good` names."""

    @classmethod
    def of(cls, people: People, collection: Collection, *, commonness: float = 0.0) -> "Pictures":
        """Raises UsageError where no picture of two people shows a face.

        `commonness` is the embedder's weight, see `models.evaluation.crossed`.
        """
        readable = np.isfinite(collection.quality)
        found = readable & collection.detected
        if not readable.any():
            raise UsageError(f"none of the {len(people.paths)} pictures can be read")
        shown = np.unique(people.person[found]).size
        if shown < 2:
            raise UsageError(
                f"a face is found in {int(found.sum())} of {len(people.paths)} pictures, of "
                f"{shown} of the people: fewer than two ({int((~readable).sum())} unreadable)"
            )
        good = found & (collection.quality >= MIN_QUALITY)
        faces = Faces(collection.embeddings[good], people.person[good])
        return cls(
            people,
            collection.embeddings,
            collection.quality,
            found,
            int((~readable).sum()),
            crossed(faces, commonness),
        )

    @property
    def undetected(self) -> int:
        """Pictures that were read and show no face."""
        return int((~self.found).sum()) - self.unreadable

    @property
    def good(self) -> Flags:
        """Pictures that production would decide on."""
        return self.found & (self.quality >= MIN_QUALITY)

    @property
    def poor(self) -> int:
        """Pictures with a face that production would not decide on."""
        return int((self.found & ~self.good).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What is to be measured."""

    protocols: tuple[Protocol, ...] = PROTOCOLS
    enrolled: tuple[int, ...] = ENROLLED
    explicit: bool = False
    """True where the person asked for one protocol or these numbers: what does not fit is an
    error."""
    groups: tuple[Mapping[str, str], ...] = ()
    """By name, each of the lists that were given."""
    rounds: int = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One protocol's trials and what they say."""

    trials: Trials
    rates: rates.Rates
    people: int
    """All-pairs: with a usable picture; enrolment: with a template."""
    pictures: int
    enrolled: int = 0
    """0 for all-pairs."""
    failures: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Fairness:
    """Spread and groups of one protocol at one threshold."""

    measured: Measured
    spread: tuple[fairness.Spread, fairness.Spread]
    groups: tuple[fairness.GroupRates, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FolderResult:
    """What was measured; parts that were not asked for, or do not fit, are empty."""

    all_pairs: Measured | None
    enrolments: tuple[Measured, ...]
    same_people: tuple[Measured, ...]
    """As `enrolments`, on the people and probes that all numbers have in common."""
    quality: tuple[tuple[str, tuple[quality_curve.QualityStep, ...]], ...]
    """By protocol."""
    fairness: tuple[Fairness, ...]
    not_run: tuple[str, ...]
    """What does not fit, with the reason."""


def evaluate(pictures: Pictures, metric: Metric, asked: Asked, counting: Counting) -> FolderResult:
    """Runs what was `asked`; raises UsageError where none of it, or something explicit, fails."""
    not_run: list[str] = []
    pairs: Measured | None = None
    enrolled: tuple[Measured, ...] = ()
    if {"all-pairs", "quality"} & set(asked.protocols):
        pairs = _attempt(lambda: _all_pairs(pictures, metric, asked, counting), asked, not_run)
    if {"enrolment", "quality"} & set(asked.protocols):
        enrolled = _enrolments(pictures, metric, asked, counting, not_run)
    if pairs is None and not enrolled:
        raise UsageError(not_run[0] if not_run else "nothing to measure")
    shown = enrolled if "enrolment" in asked.protocols else ()
    kept = pairs if "all-pairs" in asked.protocols else None
    return FolderResult(
        all_pairs=kept,
        enrolments=shown,
        same_people=_same_people(pictures, metric, asked, counting) if len(shown) > 1 else (),
        quality=_quality(pictures, pairs, enrolled) if "quality" in asked.protocols else (),
        fairness=_fairness(pictures, asked, [kept, _headline(shown)]),
        not_run=tuple(not_run),
    )


def _attempt(work: Callable[[], Measured], asked: Asked, not_run: list[str]) -> Measured | None:
    try:
        return work()
    except UsageError as error:
        if asked.explicit:
            raise
        not_run.append(f"all-pairs: {error.message}")
        return None


def _all_pairs(pictures: Pictures, metric: Metric, asked: Asked, counting: Counting) -> Measured:
    started = time.perf_counter()
    person = pictures.people.person[pictures.found]
    embeddings = pictures.embeddings[pictures.found]
    with counting("comparing pictures") as progress:
        trials = all_pairs.all_pairs(embeddings, person, metric, progress=progress)
    measured = rates.measure(trials, rounds=asked.rounds)
    seconds = time.perf_counter() - started
    return Measured(trials, measured, np.unique(person).size, person.size, seconds=seconds)


def _enrolments(
    pictures: Pictures, metric: Metric, asked: Asked, counting: Counting, not_run: list[str]
) -> tuple[Measured, ...]:
    fits = enrolment.fitting(pictures.people.person[pictures.good], asked.enrolled)
    for count in asked.enrolled:
        if count not in fits:
            reason = f"nobody has more than {count} usable pictures"
            if asked.explicit:
                raise UsageError(f"{count} enrolled: {reason}", "enrol fewer with --enrolled")
            not_run.append(f"enrolment of {count}: {reason}")
    return tuple(_enrol(pictures, metric, asked, counting, count) for count in fits)


def _same_people(
    pictures: Pictures, metric: Metric, asked: Asked, counting: Counting
) -> tuple[Measured, ...]:
    """Those numbers on the people who have enough for all but numbers that too few have."""
    counts = np.bincount(pictures.people.person[pictures.good])
    fits = [n for n in asked.enrolled if (counts > n).sum() >= _FEWEST_IN_COMMON]
    if len(fits) < 2:
        return ()
    return tuple(
        _enrol(pictures, metric, asked, counting, count, spared=max(fits)) for count in fits
    )


_FEWEST_IN_COMMON = 30
"""People; with fewer a difference between numbers of pictures would be noise."""


def _enrol(
    pictures: Pictures,
    metric: Metric,
    asked: Asked,
    counting: Counting,
    count: int,
    *,
    spared: int = 0,
) -> Measured:
    started = time.perf_counter()
    person, good = pictures.people.person, pictures.good
    with counting(f"comparing with templates of {count}") as progress:
        made = enrolment.enrol(
            pictures.embeddings[good],
            person[good],
            metric,
            enrolled=count,
            spared=spared,
            unusable=person[~good],
            corrections=pictures.corrections,
            progress=progress,
        )
    measured = rates.measure(made.trials, rounds=asked.rounds)
    return Measured(
        made.trials,
        measured,
        people=made.people,
        pictures=int(good.sum()),
        enrolled=count,
        failures=made.failures,
        seconds=time.perf_counter() - started,
    )


def _headline(enrolled: Sequence[Measured]) -> Measured | None:
    """Three pictures, or else the number nearest to it."""
    return min(enrolled, key=lambda one: abs(one.enrolled - HEADLINE), default=None)


def _quality(
    pictures: Pictures, pairs: Measured | None, enrolled: Sequence[Measured]
) -> tuple[tuple[str, tuple[quality_curve.QualityStep, ...]], ...]:
    made = []
    if pairs is not None:
        steps = quality_curve.quality_curve(pairs.trials, pictures.quality[pictures.found])
        made.append(("all-pairs", steps))
    # One picture enrolled has the most genuine trials, and errors enough to see them fall.
    for one in enrolled[:1]:
        steps = quality_curve.quality_curve(one.trials, pictures.quality[pictures.good])
        made.append((f"{one.enrolled} enrolled", steps))
    return tuple(made)


def _fairness(
    pictures: Pictures, asked: Asked, chosen: Sequence[Measured | None]
) -> tuple[Fairness, ...]:
    made = []
    for measured in chosen:
        if measured is None:
            continue
        trials, threshold = measured.trials, _threshold(measured)
        groups = tuple(
            rate
            for one in asked.groups
            for rate in fairness.by_group(trials, threshold, pictures.people.names, one)
        )
        made.append(Fairness(measured, fairness.spread(trials, threshold), groups))
    return tuple(made)


def _threshold(measured: Measured) -> float:
    return measured.rates.at(SPREAD_FAR).threshold


def unlabelled(pictures: Pictures, groups: Sequence[Mapping[str, str]]) -> int | None:
    """People with a picture whom none of `groups` names; None without groups."""
    if not groups:
        return None
    person: Numbers = pictures.people.person
    named = {name: group for one in groups for name, group in one.items()}
    return fairness.unlabelled(pictures.people.names, person, named)
