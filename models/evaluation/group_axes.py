"""Measures by which directions people of small groups are told from everybody else."""

from collections.abc import Mapping, Sequence

import numpy as np

from models.evaluation.kinds import Labels, small_groups, small_names
from models.evaluation.turns import Faces
from models.scoring.axes import MOST_COST, Axes, Axis
from models.scoring.checked import Curve
from models.scoring.matching import centre
from models.scoring.neighbours import FEWEST_PEOPLE

RARE = 0.1
"""Of all people: larger groups are what a network was trained on, or nearly."""
_SHRUNK = 0.1
"""Share of the mean variance that is added in every direction: groups have fewer people than
embeddings have numbers (Friedman, "Regularized discriminant analysis", JASA 84, 1989)."""
_LEAST_RAMP = 2e-3
_TINY = 1e-12
_OF_A_PICTURE = 0.5
"""How much of the spread of one person's pictures counts: templates have less than pictures."""


def axes_of(
    faces: Faces, whole: float, labels: Sequence[Labels], costs: Mapping[str, float] | None = None
) -> tuple[Axes | None, tuple[str, ...]]:
    """Fisher's discriminant of each small group against people of no rare group, and whose it is.

    Groups of less than half of the people and of eight at least, each person counted once. A face
    is wholly of a group at the share `whole` of the way from the others' mean to the group's.
    Those with `costs` above 0 alone, where costs are given. None where `whole` is 0 or no group is
    left.
    """
    numbers = np.array([faces.people[rows[0]] for rows in faces.by_person()])
    members, names = small_groups(numbers, labels), small_names(numbers, labels)
    usual = ~members[members.mean(axis=1) < RARE].any(axis=0)
    kept = [
        index
        for index, name in enumerate(names)
        if members[index].sum() >= FEWEST_PEOPLE and (costs is None or costs.get(name, 0.0) > 0.0)
    ]
    if not whole or not kept:
        return None, ()
    people, within = means_of(faces), _within(faces)
    directions, axes = [], []
    for index in kept:
        group = members[index]
        direction, start, mean = _told(people[group], people[usual & ~group], within)
        directions.append(direction)
        end = start + max(whole * (mean - start), _LEAST_RAMP)
        cost = MOST_COST if costs is None else costs[names[index]]
        axes.append(Axis(start, end, cost, int(group.sum())))
    return Axes(np.stack(directions), tuple(axes)), tuple(names[index] for index in kept)


def means_of(faces: Faces) -> Curve:
    """Of each person's pictures, at length 1, (p, d)."""
    means = np.stack([centre(faces.embeddings[rows], "cosine") for rows in faces.by_person()])
    rows = means.astype(np.float64)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _TINY))


def _told(group: Curve, others: Curve, within: Curve) -> tuple[Curve, float, float]:
    """The direction (d,) of length 1, and where the mean of the others and the group's lie."""
    middle, off = others.mean(axis=0), group.mean(axis=0)
    spread = np.concatenate([group - off, others - middle])
    scatter = spread.T @ spread / len(spread) + _OF_A_PICTURE * within
    size = len(scatter)
    scatter += _SHRUNK * np.trace(scatter) / size * np.eye(size)
    direction = np.linalg.solve(scatter, off - middle)
    direction /= max(float(np.linalg.norm(direction)), _TINY)
    return direction, float(middle @ direction), float(off @ direction)


def _within(faces: Faces) -> Curve:
    """Covariance (d, d) of pictures about the mean of their person's, at length 1."""
    rows = faces.embeddings.astype(np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _TINY)
    off = [rows[one] - rows[one].mean(axis=0) for one in faces.by_person() if len(one) > 1]
    if not off:
        return np.zeros((rows.shape[1], rows.shape[1]))
    joined = np.concatenate(off)
    return np.asarray(joined.T @ joined / len(joined))
