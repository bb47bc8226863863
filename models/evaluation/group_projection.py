"""Measures what a network says of whole groups of people (`scoring.projection`)."""

from collections.abc import Sequence

import numpy as np

from models.evaluation.group_axes import RARE, means_of
from models.evaluation.kinds import Labels, small_groups
from models.evaluation.metrics import Flags
from models.evaluation.turns import Faces
from models.scoring.checked import Curve
from models.scoring.neighbours import FEWEST_PEOPLE
from models.scoring.projection import Projection

_LEAST_APART = 1e-3  # of the widest: what others make up is no direction of its own
_TINY = 1e-12


def projection_of(faces: Faces, labels: Sequence[Labels]) -> Projection | None:
    """What is to be taken out of `faces`: where each group of less than half of the people lies,
    seen from people of no rare group.

    Each person counts once; a rare group of fewer than eight people is filled up with the most like
    of other rare groups. None where no group is left.
    """
    numbers = np.array([faces.people[rows[0]] for rows in faces.by_person()])
    people = means_of(faces)
    members = small_groups(numbers, labels)
    rare = members[members.mean(axis=1) < RARE].any(axis=0)
    whole = [filled(people, one, rare) for one in members]
    groups = [one for one in whole if one.sum() >= FEWEST_PEOPLE and (~rare & ~one).any()]
    if not groups:
        return None
    middle = people.mean(axis=0)
    gaps = [people[one].mean(axis=0) - people[~rare & ~one].mean(axis=0) for one in groups]
    directions = _orthonormal(np.stack(gaps))
    return Projection(middle, directions, _length(faces, middle, directions), len(people))


def filled(people: Curve, group: Flags, rare: Flags) -> Flags:
    """`group` with the most like of other `rare` groups, if it is rare and has too few people (p,).

    `people` (p, d) are their means.
    """
    short = FEWEST_PEOPLE - int(group.sum())
    if short <= 0 or not group.any():
        return group
    near = people @ people[group].mean(axis=0)
    near[group | ~rare] = -np.inf
    made = group.copy()
    made[np.argsort(-near)[:short]] = True
    return np.asarray(made & rare)


def _orthonormal(rows: Curve) -> Curve:
    """Directions (k, d) that span `rows`, without those that others make up."""
    _, sizes, directions = np.linalg.svd(rows, full_matrices=False)
    return np.asarray(directions[sizes > _LEAST_APART * sizes[0]])


def _length(faces: Faces, middle: Curve, directions: Curve) -> float:
    """Of what is usually left of a face at length 1."""
    rows = faces.embeddings.astype(np.float64)
    seen = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _TINY) - middle
    left = seen - (seen @ directions.T) @ directions
    return float(np.sqrt(np.mean(np.einsum("ij,ij->i", left, left))))
