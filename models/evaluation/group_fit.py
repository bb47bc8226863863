"""Which distance keeps a rate in every group of people: thresholds of the worst one measured.

Templates of one and of three pictures, impostors of the same group and of everybody, with the
likeness to kinds of strangers worked in. Neither of two people compared is among those whose kinds
count: people fall into folds, and what two folds are compared by comes from the others. Where too
few comparisons of a group are so near, the tail is that of a normal distribution through the
quantiles that were measured; of three pictures a small group has too few, so its curve for one is
moved by what two more pictures change for the same people of no small group.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.group_axes import axes_of
from models.evaluation.group_rates import EVERYBODY
from models.evaluation.kinds import Labels, Weights, kinds_of
from models.evaluation.metrics import Flags, Numbers
from models.evaluation.tails import measured, quantiles
from models.evaluation.trials import block_distances, ready
from models.evaluation.turns import Faces
from models.scoring.axes import Axes
from models.scoring.checked import Curve
from models.scoring.matching import centre
from models.scoring.neighbours import Neighbours
from models.scoring.security import ATTEMPTS
from models.types import Array, Metric

SIZES = (1, 3)
"""Pictures enrolled."""
FOLDS = 4

_LEAST_PROMISED = 0.99e-5 / ATTEMPTS
_HAIR = 1e-3  # of a distance: what embeddings differ by from one machine to another
_LEAST_PEOPLE = 5
"""Of a group; of fewer nothing can be said at any level."""
_FEWEST_FITTED = 2000
"""Impostors with single pictures enrolled; fewer show no tail beyond their number."""
_SHOWN = 1 / 3
"""Strangers expected among as many again as such a group has: in two of three such groups none."""

Made = tuple[Neighbours | None, Axes | None]
Making = Callable[[Faces], Made]


@dataclass(frozen=True, slots=True, eq=False)
class Impostors:
    """Sorted distances by pictures enrolled and group, and the genuine ones of three pictures."""

    by_group: Mapping[tuple[int, str], Array]
    genuine: Array
    steps: Mapping[int, Array]
    """By pictures enrolled, sorted: the same people of no rare group, so that nothing but the
    number of pictures differs."""


def gather(faces: Faces, metric: Metric, labels: Sequence[Labels], weights: Weights) -> Impostors:
    """All comparisons of `faces` that count."""
    rare = rare_groups(faces.people, labels)
    folds = _folds(faces.people, rare)
    tables = _Tables.of(
        faces, folds, lambda chosen: corrections_of(chosen, metric, labels, weights)
    )
    by_group: dict[tuple[int, str], Array] = {}
    steps: dict[int, Array] = {}
    genuine = np.zeros(0, dtype=np.float32)
    usual = ~np.isin(np.arange(int(faces.people.max()) + 1), list(rare))
    often = np.bincount(faces.people) >= SIZES[-1]
    for size in SIZES:
        made = _compared(faces, metric, size, folds, tables)
        for name, inside in _groups(faces.people, labels):
            templates, pictures = inside[made.owners], inside[faces.people]
            part = np.ix_(templates, pictures)
            by_group[size, name] = np.sort(made.distances[part][~made.same[part]])
        part = np.ix_((usual & often)[made.owners], usual[faces.people])
        steps[size] = np.sort(made.distances[part][~made.same[part]])
        genuine = made.distances[made.same & made.probed]
    return Impostors(by_group, genuine, steps)


def corrections_of(
    faces: Faces, metric: Metric, labels: Sequence[Labels], weights: Weights
) -> Made:
    """Kinds of strangers and axes of groups, each None where it would change nothing."""
    kinds = kinds_of(faces, metric, weights, labels) if weights.wanted else None
    return kinds, axes_of(faces, weights.shared, labels)


def rare_groups(people: Numbers, labels: Sequence[Labels]) -> dict[int, str]:
    """Who belongs to a group of less than a tenth of all people: each fold needs some of them."""
    numbers = [int(one) for one in np.unique(people)]
    found: dict[int, str] = {}
    for one in labels:
        counts: dict[str, int] = {}
        for number in numbers:
            if number in one:
                counts[one[number]] = counts.get(one[number], 0) + 1
        for number in numbers:
            if number in one and counts[one[number]] < len(numbers) / 10:
                found[number] = one[number]
    return found


def thresholds(impostors: Impostors, rates: Curve) -> Curve:
    """Largest distance at which no group gets more than each of `rates`, (r,), in a visit.

    A visit is `ATTEMPTS` attempts, each a chance of its own: one may have its share of the rate
    (Bonferroni), whoever comes and however much their attempts are alike.
    """
    rates = rates / ATTEMPTS
    by_group = impostors.by_group
    everybody = [quantiles(by_group[size, EVERYBODY], rates) for size in SIZES]
    worst = np.minimum(everybody[0], everybody[1])
    steps = {size: quantiles(impostors.steps[size], rates) for size in SIZES}
    for (size, name), values in by_group.items():
        if name == EVERYBODY:
            continue
        single = by_group[SIZES[0], name]
        if single.size < _FEWEST_FITTED:
            shown = quantiles(values, np.maximum(rates, _SHOWN / values.size))
            worst = np.minimum(np.minimum(worst, shown), _seen(values, rates))
            continue
        if size == SIZES[0] or measured(values) > 1e-3:
            curve = quantiles(single, rates) + steps[size] - steps[SIZES[0]]
        else:
            curve = quantiles(values, rates)
        worst = np.minimum(np.minimum(worst, curve), _seen(values, rates))
    return np.asarray(np.minimum.accumulate(worst[::-1])[::-1])


def _seen(values: Array, rates: Curve) -> Curve:
    """Short of the distance at which more than twice each rate of `values` was let in, (r,).

    Infinite for rates below those that anybody is promised.
    """
    first = values[np.minimum((2 * rates * values.size).astype(int), values.size - 1)]
    return np.asarray(np.where(rates < _LEAST_PROMISED, np.inf, first - _HAIR), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    distances: Array
    owners: Numbers
    same: Flags
    probed: Flags


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """The kinds and axes of everybody outside two folds."""

    made: Mapping[tuple[int, int], Made]

    @classmethod
    def of(cls, faces: Faces, folds: Numbers, make: Making) -> "_Tables":
        made = {}
        for one in range(FOLDS):
            for other in range(one, FOLDS):
                chosen = (folds != one) & (folds != other)
                of_others = make(Faces(faces.embeddings[chosen], faces.people[chosen]))
                made[one, other] = made[other, one] = of_others
        return cls(made)


def _folds(people: Numbers, rare: Mapping[int, str]) -> Numbers:
    """Fold of each picture: people in turn, those of rare groups apart, so that each has some."""
    numbers = [int(one) for one in np.unique(people)]
    ordered = sorted(numbers, key=lambda number: (rare.get(number, ""), number))
    fold = {number: index % FOLDS for index, number in enumerate(ordered)}
    return np.array([fold[int(number)] for number in people], dtype=np.int32)


def _groups(people: Numbers, labels: Sequence[Labels]) -> list[tuple[str, Flags]]:
    """Name and members, by number, of everybody and of each group that is large enough."""
    count = int(people.max()) + 1
    there = np.bincount(people, minlength=count) > 0
    found = [(EVERYBODY, there)]
    for one in labels:
        for name in sorted(set(one.values())):
            inside = np.array([one.get(number) == name for number in range(count)]) & there
            if inside.sum() >= _LEAST_PEOPLE:
                found.append((name, inside))
    return found


def _compared(
    faces: Faces, metric: Metric, size: int, folds: Numbers, tables: _Tables
) -> _Compared:
    members = [rows for rows in faces.by_person() if len(rows) >= size]
    owners = faces.people[[rows[0] for rows in members]]
    templates = np.stack([centre(faces.embeddings[rows[:size]], metric) for rows in members])
    distant = block_distances(ready(templates, metric), ready(faces.embeddings, metric), metric)
    probed = np.ones(distant.shape, dtype=bool)
    for index, rows in enumerate(members):
        probed[index, rows[:size]] = False
    own_folds = folds[[rows[0] for rows in members]]
    for (one, other), (kinds, axes) in tables.made.items():
        enrolled, pictures = own_folds == one, folds == other
        shown = faces.embeddings[pictures]
        added = np.zeros((int(enrolled.sum()), len(shown)))
        if kinds is not None:
            added += kinds.of_templates(templates[enrolled])[:, None] + kinds.of_faces(shown)[None]
        if axes is not None:
            added += axes.between(templates[enrolled], shown)
        distant[np.ix_(enrolled, pictures)] += added.astype(np.float32)
    return _Compared(distant, owners, owners[:, None] == faces.people[None], probed)
