"""Kinds of strangers: centroids of people whom a network puts near (`scoring.neighbours`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.errors import UsageError
from models.evaluation.metrics import Flags, Numbers
from models.evaluation.tails import quantiles
from models.evaluation.trials import block_distances, ready
from models.evaluation.turns import Faces
from models.scoring.checked import Curve
from models.scoring.matching import centre
from models.scoring.neighbours import FEWEST_PEOPLE, Neighbours, Shift
from models.types import Array, Metric

FEWEST_FOR_KINDS = 300
"""People; fewer make too few kinds of at least eight to tell anything."""

_MOST_KINDS = 128
_PEOPLE_A_KIND = 12
_ROUNDS = 10
_RARE = 0.1  # of all people
_GAP_AT = 1e-3
_FEWEST_STRANGERS = 1000
_LEAST_SEEN = 0.1  # percent of faces


@dataclass(frozen=True, slots=True)
class Weights:
    """How much likeness counts, and to how many of the nearest kinds."""

    template: float
    face: float
    nearest: int
    cost: float = 0.0
    """How much of what a group's strangers come nearer by its kinds cost."""
    shared: float = 0.0
    """Where on the way from the others' mean to a small group's a face counts as wholly of the
    group, see `models.scoring.axes`; 0 for no axes."""

    projected: bool = False
    """Whether what a network says of whole groups is taken out, see `models.scoring.projection`."""

    @property
    def wanted(self) -> bool:
        """Whether kinds change anything."""
        return max(self.template, self.face, self.cost) > 0.0


Labels = Mapping[int, str]
"""Group of each person, by number."""


def kinds_of(
    faces: Faces, metric: Metric, weights: Weights, labels: Sequence[Labels] = ()
) -> Neighbours:
    """The kinds of the people in `faces` and what likeness to them costs.

    Groups of `labels` with less than a tenth of the people make kinds of their own, of as few
    people as may be; where kinds cost, all groups of less than half of the people do. Raises
    UsageError where there are too few people.
    """
    members = faces.by_person()
    if len(members) < FEWEST_FOR_KINDS:
        raise UsageError(
            f"{len(members)} people make no kinds", f"at least {FEWEST_FOR_KINDS} are needed"
        )
    people = np.stack([centre(faces.embeddings[rows], "cosine") for rows in members])
    inside = small_groups(faces.people[[rows[0] for rows in members]], labels)
    if not weights.cost:
        inside = inside[inside.mean(axis=1) < _RARE]
    gaps = _gaps(faces, metric, inside) if weights.cost else np.zeros(len(inside))
    centroids, sizes, groups = _by_group(people, inside)
    costs = np.minimum(weights.cost / 2 * (groups @ gaps), 1.0)
    nothing = Shift(0.0, 0.0, 0.0)
    nearest = min(weights.nearest, len(sizes))
    bare = Neighbours(centroids, sizes, nearest, nothing, nothing, costs)
    templates = np.stack([centre(faces.embeddings[rows[:3]], metric) for rows in members])
    return Neighbours(
        centroids,
        sizes,
        nearest,
        _shift(bare.likeness(templates), weights.template),
        _shift(bare.likeness(faces.embeddings), weights.face),
        costs,
    )


def small_groups(numbers: Numbers, labels: Sequence[Labels]) -> Flags:
    """Which of the people `numbers` (p,) are of each group of less than half of them, (g, p).

    In the order of `small_names`.
    """
    found = []
    for one in labels:
        groups = np.array([one.get(int(number), "") for number in numbers])
        found += [groups == name for name in _small(groups)]
    return np.array(found, dtype=bool).reshape(len(found), numbers.size)


def small_names(numbers: Numbers, labels: Sequence[Labels]) -> list[str]:
    """Names of the groups that have some, but less than half of the people `numbers` (p,).

    Sorted by list and name.
    """
    return [
        name
        for one in labels
        for name in _small(np.array([one.get(int(number), "") for number in numbers]))
    ]


def _small(groups: npt.NDArray[np.str_]) -> list[str]:
    names, counts = np.unique(groups[groups != ""], return_counts=True)
    return [str(name) for name in names[2 * counts < groups.size]]


def _gaps(faces: Faces, metric: Metric, inside: Flags) -> Curve:
    """By how much strangers of each group of `inside` (g, p) are nearer than those of none, (g,).

    Single pictures, at the distance where one in a thousand gets in; 0 where too few tell.
    """
    members = faces.by_person()
    own = np.zeros(len(faces.people), dtype=np.intp)
    for index, rows in enumerate(members):
        own[rows] = index
    first = faces.embeddings[[rows[0] for rows in members]]
    distant = block_distances(ready(first, metric), ready(faces.embeddings, metric), metric)
    rest, *groups = (_near(distant, own, group) for group in (~inside.any(axis=0), *inside))
    return np.array([np.maximum(np.nan_to_num(rest - group), 0.0) for group in groups])


def _near(distant: Array, own: npt.NDArray[np.intp], group: Flags) -> float:
    """Where one in a thousand strangers inside `group` (p,) gets in; NaN where too few tell.

    `distant` (p, n): from each person's first picture to all; `own` (n,): whose each is.
    """
    shown = own[group[own]]
    values = distant[group][:, group[own]][np.flatnonzero(group)[:, None] != shown[None]]
    if values.size < _FEWEST_STRANGERS:
        return np.nan
    return float(quantiles(np.sort(values), np.array([_GAP_AT]))[0])


def _by_group(people: Array, inside: Flags) -> tuple[Curve, tuple[int, ...], Flags]:
    """Centroids, their people, and which groups each is of, (k, g)."""
    made = []
    for cell in np.unique(inside.T, axis=0) if len(inside) else [np.zeros(0, dtype=bool)]:
        rows = people[(inside == cell[:, None]).all(axis=0)]
        if len(rows) < FEWEST_PEOPLE:
            continue
        few = len(rows) < _RARE * len(people)
        count = len(rows) // (FEWEST_PEOPLE if few else _PEOPLE_A_KIND)
        centroids, sizes = clustered(rows, max(min(count, _MOST_KINDS), 1))
        made.append((centroids, sizes, np.tile(cell, (len(sizes), 1))))
    sizes = tuple(size for _, found, _ in made for size in found)
    return np.concatenate([one[0] for one in made]), sizes, np.concatenate([one[2] for one in made])


def _shift(likeness: Curve, weight: float) -> Shift:
    usual, least = float(likeness.mean()), float(np.percentile(likeness, _LEAST_SEEN))
    return Shift(weight, usual, min(least, usual))


def clustered(people: Array, count: int) -> tuple[Curve, tuple[int, ...]]:
    """Centroids (k, d) of length 1 of the rows `people` (n, d), and how many each stands for.

    k-means of directions (Lloyd, "Least squares quantization in PCM", 1982, on the sphere), begun
    at rows drawn at random but always the same; at most `count`, each of at least eight people:
    the smaller half of what is too small is dissolved into its neighbours until that holds.
    """
    rows = people.astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    start = np.random.default_rng(0).choice(len(rows), count, replace=False)
    centroids = _settled(rows, rows[start], _ROUNDS)
    while True:
        sizes = np.bincount(_nearest(rows, centroids), minlength=len(centroids))
        small = int((sizes < FEWEST_PEOPLE).sum())
        if len(centroids) == 1 or not small:
            return centroids.astype(np.float64), tuple(int(size) for size in sizes)
        fewest = np.argsort(sizes, kind="stable")[: min((small + 1) // 2, len(centroids) - 1)]
        centroids = _settled(rows, np.delete(centroids, fewest, axis=0), 2)


def _settled(rows: Array, centroids: Array, rounds: int) -> Array:
    for _ in range(rounds):
        member = _nearest(rows, centroids)
        sums = np.zeros_like(centroids)
        np.add.at(sums, member, rows)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centroids = np.where(lengths > 1e-9, sums / np.maximum(lengths, 1e-9), centroids)
    return centroids


def _nearest(rows: Array, centroids: Array) -> npt.NDArray[np.intp]:
    return np.asarray((rows @ centroids.T).argmax(axis=1))
