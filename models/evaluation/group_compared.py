"""Every template against every picture of a crowd, with what others tell of the two people in it.

People fall into folds, and what two folds are compared by comes from the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.metrics import Flags, Numbers
from models.evaluation.trials import block_distances, ready
from models.evaluation.turns import Faces
from models.scoring.axes import Axes
from models.scoring.checked import Curve
from models.scoring.matching import centre
from models.scoring.neighbours import Neighbours
from models.scoring.projection import Projection
from models.types import Array, Metric

FOLDS = 4

Made = tuple[Neighbours | None, Projection | None, Axes | None, tuple[str, ...]]
"""Kinds of strangers, what is taken out of faces, axes of groups, and whose each axis is."""
Making = Callable[[Faces], Made]
Costs = Mapping[str, float]
"""By group: what is added where both sides are wholly of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What everybody outside two folds tells of groups."""

    made: Mapping[tuple[int, int], Made]

    @classmethod
    def of(cls, faces: Faces, folds: Numbers, make: Making) -> "Tables":
        """`make` of the faces in no fold of each pair; `folds` (n,) is the fold of each picture."""
        made = {}
        for one in range(FOLDS):
            for other in range(one, FOLDS):
                chosen = (folds != one) & (folds != other)
                of_others = make(Faces(faces.embeddings[chosen], faces.people[chosen]))
                made[one, other] = made[other, one] = of_others
        return cls(made)

    @property
    def names(self) -> tuple[str, ...]:
        """Groups that have an axis in every table."""
        found = [set(names) for *_, names in self.made.values()]
        return tuple(sorted(set.intersection(*found)))


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Templates of t people against n pictures."""

    distances: Array
    """(t, n), likeness to kinds worked in, what groups have in common taken out."""
    owners: Numbers
    """(t,): whose template it is."""
    people: Numbers
    """(n,): who is in the picture."""
    probed: Flags
    """(t, n): False for the pictures that made the template."""
    own_folds: Numbers
    folds: Numbers
    of_templates: Mapping[str, Array]
    """By group (FOLDS, t): how much each template is of it, by the fold of the picture."""
    of_pictures: Mapping[str, Array]
    """By group (FOLDS, n): how much each picture is of it, by the fold of the template."""

    @property
    def same(self) -> Flags:
        """(t, n): whether the picture is of the template's owner."""
        return np.asarray(self.owners[:, None] == self.people[None])

    def shares(self, group: str, templates: Flags, pictures: Flags) -> Array:
        """How much `templates` (t,) and `pictures` (n,) that are chosen are both of `group`."""
        side = self.of_templates[group][:, templates][self.folds[pictures]].T
        other = self.of_pictures[group][:, pictures][self.own_folds[templates]]
        return np.asarray(side * other, dtype=np.float32)

    def strangers(self, inside: Flags, costs: Costs, enrolled: Flags | None = None) -> Array:
        """Sorted distances of people of `inside`, by number, to others of it, costs added; the
        templates are those of `enrolled` where given.
        """
        owners = inside if enrolled is None else enrolled
        templates, pictures = owners[self.owners], inside[self.people]
        found = self.distances[np.ix_(templates, pictures)]
        for group, cost in costs.items():
            found = found + np.float32(cost) * self.shares(group, templates, pictures)
        others = self.owners[templates][:, None] != self.people[pictures][None]
        return np.sort(found[others])

    def genuine(self, costs: Costs) -> Array:
        """Distances of people's further pictures to their own templates, costs added."""
        chosen = self.same & self.probed
        found = self.distances[chosen]
        rows, columns = np.nonzero(chosen)
        for group, cost in costs.items():
            side = self.of_templates[group][self.folds[columns], rows]
            other = self.of_pictures[group][self.own_folds[rows], columns]
            found = found + np.float32(cost) * side * other
        return np.asarray(found, dtype=np.float32)


def folds_of(people: Numbers, rare: Mapping[int, str]) -> Numbers:
    """Fold of each picture: people in turn, those of `rare` groups apart, so that each has some."""
    numbers = [int(one) for one in np.unique(people)]
    ordered = sorted(numbers, key=lambda number: (rare.get(number, ""), number))
    fold = {number: index % FOLDS for index, number in enumerate(ordered)}
    return np.array([fold[int(number)] for number in people], dtype=np.int32)


def compare(faces: Faces, metric: Metric, size: int, folds: Numbers, tables: Tables) -> Compared:
    """Templates of the first `size` pictures of whoever has as many, against all pictures."""
    members = [rows for rows in faces.by_person() if len(rows) >= size]
    first = [rows[0] for rows in members]
    templates = np.stack([centre(faces.embeddings[rows[:size]], metric) for rows in members])
    distant = block_distances(ready(templates, metric), ready(faces.embeddings, metric), metric)
    probed = np.ones(distant.shape, dtype=bool)
    for index, rows in enumerate(members):
        probed[index, rows[:size]] = False
    for (one, other), made in tables.made.items():
        enrolled, pictures = folds[first] == one, folds == other
        added = _added(templates[enrolled], faces.embeddings[pictures], metric, made)
        if added is not None:
            distant[np.ix_(enrolled, pictures)] += added.astype(np.float32)
    return Compared(
        distant,
        faces.people[first],
        faces.people,
        probed,
        folds[first],
        folds,
        _sides(templates, folds[first], tables),
        _sides(faces.embeddings, folds, tables),
    )


def _added(templates: Array, faces: Array, metric: Metric, made: Made) -> Curve | None:
    """What kinds and what is taken out change in the distances, (t, n); None for nothing."""
    kinds, projection, *_ = made
    if kinds is None and projection is None:
        return None
    added: Curve = np.zeros((len(templates), len(faces)))
    if projection is not None:
        added = added + projection.between(templates, faces, metric)
    if kinds is not None:
        added = added + kinds.of_templates(templates)[:, None] + kinds.of_faces(faces)[None]
    return added


def _sides(rows: Array, folds: Numbers, tables: Tables) -> dict[str, Array]:
    """By group (FOLDS, n): how much each of `rows` (n, d), whose folds are `folds` (n,), is of the
    group by the people in neither its fold nor the other.
    """
    names = tables.names
    found = {name: np.zeros((FOLDS, len(rows)), dtype=np.float32) for name in names}
    for (own, other), (_, _, axes, made) in tables.made.items():
        if axes is None:
            continue
        chosen = folds == own
        sides = axes.sides(rows[chosen])
        for name in names:
            found[name][other, chosen] = sides[:, made.index(name)]
    return found


def people_of(numbers: Sequence[int], count: int) -> Flags:
    """Which of the people below `count` are in `numbers`, (count,)."""
    return np.isin(np.arange(count), list(numbers))
