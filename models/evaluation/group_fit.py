"""Which distance keeps a rate in every group of people: thresholds of the worst one measured.

Templates of one and of three pictures, impostors of the same group and of everybody, with what two
faces have of a group worked in. Where too few comparisons of a group are so near, the tail is that
of a normal distribution through the quantiles that were measured; of three pictures a small group
has too few, so its curve for one is moved by what two more pictures change for the same people of
no small group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.evaluation.group_axes import axes_of
from models.evaluation.group_compared import (
    Compared,
    Costs,
    Made,
    Tables,
    compare,
    folds_of,
    people_of,
)
from models.evaluation.group_costs import Group, costs_of
from models.evaluation.group_projection import projection_of
from models.evaluation.group_rates import EVERYBODY, most_kept
from models.evaluation.kinds import Labels, Weights, kinds_of
from models.evaluation.metrics import Flags, Numbers
from models.evaluation.tails import measured, quantiles
from models.evaluation.turns import Faces
from models.scoring.axes import Axes
from models.scoring.checked import Curve
from models.scoring.neighbours import Neighbours
from models.scoring.projection import Projection
from models.scoring.security import ATTEMPTS, LEVELS
from models.types import Array, Metric

SIZES = (1, 3)
"""Pictures enrolled."""

_LEAST_PROMISED = 0.99e-5 / ATTEMPTS
_HAIR = 1e-3  # of a distance: what embeddings differ by from one machine to another
_LEAST_PEOPLE = 5
"""Of a group; of fewer nothing can be said at any level."""
_FEWEST_FITTED = 2000
"""Impostors with single pictures enrolled; fewer show no tail beyond their number."""
_SHOWN = 1 / 3
"""Strangers expected among as many again as such a group has: in two of three such groups none."""


@dataclass(frozen=True, slots=True, eq=False)
class Impostors:
    """Sorted distances by pictures enrolled and group, and the genuine ones of three pictures."""

    by_group: Mapping[tuple[int, str], Array]
    genuine: Array
    steps: Mapping[int, Array]
    """By pictures enrolled, sorted: the same people of no rare group, so that nothing but the
    number of pictures differs."""
    costs: Costs = field(default_factory=dict)
    """By group: what is added where both sides are wholly of it."""


def gather(faces: Faces, metric: Metric, labels: Sequence[Labels], weights: Weights) -> Impostors:
    """All comparisons of `faces` that count, and what groups cost so that none needs another limit
    than the rest.
    """
    rare = rare_groups(faces.people, labels)
    folds = folds_of(faces.people, rare)
    tables = Tables.of(faces, folds, lambda some: _made(some, metric, labels, weights))
    compared = {size: compare(faces, metric, size, folds, tables) for size in SIZES}
    inside = dict(_groups(faces.people, labels))
    usual = ~people_of(list(rare), int(faces.people.max()) + 1)
    often = np.bincount(faces.people) >= SIZES[-1]
    steps = {size: one.strangers(usual, {}, usual & often) for size, one in compared.items()}
    costs = _costs(compared, inside, rare, steps, tables.names)
    return Impostors(
        {
            (size, name): one.strangers(people, costs)
            for size, one in compared.items()
            for name, people in inside.items()
        },
        compared[SIZES[-1]].genuine(costs),
        {size: one.strangers(usual, costs, usual & often) for size, one in compared.items()},
        costs,
    )


def corrections_of(
    faces: Faces, metric: Metric, labels: Sequence[Labels], weights: Weights, costs: Costs
) -> tuple[Neighbours | None, Projection | None, Axes | None]:
    """Kinds of strangers, what is taken out of faces, axes of groups; None for what would change
    nothing.
    """
    kinds = kinds_of(faces, metric, weights, labels) if weights.wanted else None
    projection = projection_of(faces, labels) if weights.projected else None
    return kinds, projection, axes_of(faces, weights.shared, labels, costs)[0]


def _made(faces: Faces, metric: Metric, labels: Sequence[Labels], weights: Weights) -> Made:
    kinds = kinds_of(faces, metric, weights, labels) if weights.wanted else None
    projection = projection_of(faces, labels) if weights.projected else None
    return kinds, projection, *axes_of(faces, weights.shared, labels)


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
    found = [quantiles(impostors.by_group[size, EVERYBODY], rates) for size in SIZES]
    for name in {name for _, name in impostors.by_group} - {EVERYBODY}:
        values = {size: impostors.by_group[size, name] for size in SIZES}
        found.append(_limit(values, impostors.steps, rates))
    worst = np.min(found, axis=0)
    return np.asarray(np.minimum.accumulate(worst[::-1])[::-1])


def _limit(values: Mapping[int, Array], steps: Mapping[int, Array], rates: Curve) -> Curve:
    """Where each of `rates` of one group's strangers lie, by pictures enrolled the strictest."""
    single = values[SIZES[0]]
    worst = np.full(rates.shape, np.inf)
    for size, found in values.items():
        if not found.size:
            continue
        if single.size < _FEWEST_FITTED:
            curve = quantiles(found, np.maximum(rates, _SHOWN / found.size))
        elif size == SIZES[0] or measured(found) > 1e-3:
            more = quantiles(steps[size], rates) - quantiles(steps[SIZES[0]], rates)
            curve = quantiles(single, rates) + more
        else:
            curve = quantiles(found, rates)
        worst = np.minimum(np.minimum(worst, curve), _seen(found, rates))
    return worst


def _seen(values: Array, rates: Curve) -> Curve:
    """Short of the distance at which more of `values` were let in than each rate allows, (r,).

    A rate of visits, beyond what chance explains. Infinite for rates below those that anybody is
    promised.
    """
    found = np.full(rates.shape, np.inf)
    for index, rate in enumerate(rates):
        most = most_kept(min(ATTEMPTS * float(rate), 1.0), values.size)
        if rate >= _LEAST_PROMISED and most < values.size:
            found[index] = values[most] - _HAIR
    return found


def _costs(
    compared: Mapping[int, Compared],
    inside: Mapping[str, Flags],
    rare: Mapping[int, str],
    steps: Mapping[int, Array],
    names: Sequence[str],
) -> dict[str, float]:
    """What each group of `names` costs, so that it keeps `standard` about as far as others do."""
    rates = np.array([LEVELS["standard"] / ATTEMPTS])
    charged = [name for name in names if name in inside]
    if not charged:
        return {}
    groups = {
        name: Group.of(compared, people, charged)
        for name, people in inside.items()
        if name != EVERYBODY
    }
    return costs_of(
        groups, charged, sorted(set(rare.values())), lambda v: float(_limit(v, steps, rates)[0])
    )


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
