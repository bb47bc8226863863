"""Kinds of strangers: centroids of people whom a network puts near (`scoring.neighbours`)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.errors import UsageError
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
_LEAST_SEEN = 0.1  # percent of faces


@dataclass(frozen=True, slots=True)
class Weights:
    """How much likeness counts, and to how many of the nearest kinds."""

    template: float
    face: float
    nearest: int


def kinds_of(
    faces: Faces, metric: Metric, weights: Weights, rare: Mapping[int, str] | None = None
) -> Neighbours:
    """The kinds of the people in `faces` and what likeness to them costs.

    People of a `rare` group, by number, make kinds of their own, of as few people as may be.
    Raises UsageError where there are too few people.
    """
    members = faces.by_person()
    if len(members) < FEWEST_FOR_KINDS:
        raise UsageError(
            f"{len(members)} people make no kinds", f"at least {FEWEST_FOR_KINDS} are needed"
        )
    people = np.stack([centre(faces.embeddings[rows], "cosine") for rows in members])
    groups = np.array([(rare or {}).get(int(faces.people[rows[0]]), "") for rows in members])
    centroids, sizes = _by_group(people, groups)
    nothing = Shift(0.0, 0.0, 0.0)
    bare = Neighbours(centroids, sizes, min(weights.nearest, len(sizes)), nothing, nothing)
    templates = np.stack([centre(faces.embeddings[rows[:3]], metric) for rows in members])
    return Neighbours(
        centroids,
        sizes,
        bare.nearest,
        _shift(bare.likeness(templates), weights.template),
        _shift(bare.likeness(faces.embeddings), weights.face),
    )


def _by_group(people: Array, groups: npt.NDArray[np.str_]) -> tuple[Curve, tuple[int, ...]]:
    made = []
    for name in np.unique(groups):
        rows = people[groups == name]
        if len(rows) < FEWEST_PEOPLE:
            continue
        count = len(rows) // (FEWEST_PEOPLE if name else _PEOPLE_A_KIND)
        made.append(clustered(rows, max(min(count, _MOST_KINDS), 1)))
    centroids = np.concatenate([found for found, _ in made])
    return centroids, tuple(size for _, sizes in made for size in sizes)


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
