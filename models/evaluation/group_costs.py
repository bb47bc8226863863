"""What being of one group costs two faces, so that no group holds the others to its own limit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.group_compared import Compared, Costs
from models.evaluation.metrics import Flags
from models.scoring.axes import MOST_COST
from models.types import Array

Limit = Callable[[Mapping[int, Array]], float]
"""Within which distance a group keeps its promise, of its strangers by pictures enrolled."""

_MANY = 100
"""People of a group that says how far costs are to bring others."""
_LEAST_GAIN = 0.2
"""Of a limit, for what is added to a distance: below that owners pay more than they gain."""
_STEPS, _WIDE = (0.1, 0.02, 0.004, 0.001), 5  # of costs
_SHORT = (0.0, 0.01, 0.02)
"""How much nearer than the others' limit costs bring groups, distances: owners of a group pay for
what owners of no group gain, and few of those may lie between."""
_FEW = 30_000
"""Comparisons below which a group's own cost is chance: one stranger in a thousand, thirty times.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Some comparisons of one group, (n,), and how much both sides are of each group that costs."""

    distances: Array
    shares: Mapping[str, Array]

    def at(self, costs: Costs) -> Array:
        """The distances with `costs`."""
        found = self.distances
        for group, cost in costs.items():
            if cost:
                found = found + np.float32(cost) * self.shares[group]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Of one group: comparisons with strangers of the group, by pictures enrolled, and with the
    owners."""

    people: int
    strangers: Mapping[int, Held]
    owners: Held

    @classmethod
    def of(cls, compared: Mapping[int, Compared], inside: Flags, names: Sequence[str]) -> "Group":
        """The comparisons among people of `inside`, by number; owners of the largest size."""
        strangers, owners = {}, Held(np.zeros(0, dtype=np.float32), {})
        for size, one in compared.items():
            templates, pictures = inside[one.owners], inside[one.people]
            block = np.ix_(templates, pictures)
            shares = {name: one.shares(name, templates, pictures) for name in names}
            same, found = one.same[block], one.distances[block]
            strangers[size] = Held(found[~same], {name: shares[name][~same] for name in names})
            own = same & one.probed[block]
            owners = Held(found[own], {name: shares[name][own] for name in names})
        return cls(int(inside.sum()), strangers, owners)

    def limit(self, costs: Costs, limit: Limit) -> float:
        """Within which distance it keeps its promise at `costs`."""
        return limit({size: np.sort(held.at(costs)) for size, held in self.strangers.items()})

    @property
    def few(self) -> bool:
        """Whether too few strangers are compared for a cost of its own."""
        return max(held.distances.size for held in self.strangers.values()) < _FEW


def costs_of(
    groups: Mapping[str, Group], names: Sequence[str], rare: Sequence[str], limit: Limit
) -> dict[str, float]:
    """By group of `names`, those of `rare` being of few people: no empty one, and none where no
    large group is without a cost.
    """
    others = [name for name in groups if name not in names]
    many = [name for name in others if groups[name].people >= _MANY]
    if not names or not many:
        return {}
    tried = [_brought(groups, names, rare, limit, (many, others), short=short) for short in _SHORT]
    return min(tried, key=lambda costs: _missed(groups, costs, limit))


def _brought(
    groups: Mapping[str, Group],
    names: Sequence[str],
    rare: Sequence[str],
    limit: Limit,
    aims: Sequence[Sequence[str]],
    *,
    short: float,
) -> dict[str, float]:
    """Costs that bring the limit of each group within `short` of those of others.

    First as if no group were tiny: what holds tiny groups back is mended by costs too.
    """
    costs = dict.fromkeys(names, 0.0)
    for some in aims:
        aim = min(groups[name].limit(costs, limit) for name in some) - short
        for name in names:

            def limited(cost: float, name: str = name) -> float:
                return groups[name].limit(costs | {name: cost}, limit)

            costs[name] = _worth(limited, aim)
        most = max((costs[name] for name in rare if name in costs), default=0.0)
        for name in rare:
            if name in costs and groups[name].few:
                costs[name] = most
    return costs


def _worth(limit: Callable[[float], float], aim: float) -> float:
    """The cost by which `limit` comes near to `aim`, as long as a fifth of it is gained."""
    best = 0.0
    for step in _STEPS:
        around = best + step * np.arange(-_WIDE, _WIDE + 1)
        found = [
            (min(limit(float(cost)), aim) - _LEAST_GAIN * cost, -float(cost))
            for cost in around[(around >= 0.0) & (around <= MOST_COST)]
        ]
        best = -max(found)[1]
    return best


def _missed(groups: Mapping[str, Group], costs: Costs, limit: Limit) -> float:
    """Share of owners missed at the limit of the worst group, the mean over groups."""
    worst = min(group.limit(costs, limit) for group in groups.values())
    owners = [group.owners.at(costs) for group in groups.values()]
    return float(np.mean([np.mean(one > worst) for one in owners if one.size]))
