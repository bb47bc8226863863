"""Measures in which directions small groups of people lie off everybody else."""

from collections.abc import Sequence

import numpy as np

from models.evaluation.kinds import Labels, small_groups
from models.evaluation.turns import Faces
from models.scoring.axes import Axes
from models.scoring.matching import centre
from models.scoring.neighbours import FEWEST_PEOPLE

RARE = 0.1
"""Of all people: larger groups are what a network was trained on, or nearly."""


def axes_of(faces: Faces, weight: float, labels: Sequence[Labels]) -> Axes | None:
    """From the mean of the people of no small group to that of each small group in `labels`.

    Each person counts once. None where that is not wanted, or no group has eight people.
    """
    if not weight:
        return None
    members = faces.by_person()
    means = np.stack([centre(faces.embeddings[rows], "cosine") for rows in members])
    people = means.astype(np.float64)
    groups = small_groups(faces.people[[rows[0] for rows in members]], labels)
    groups = groups[groups.mean(axis=1) < RARE]
    rest = people[~groups.any(axis=0)].mean(axis=0)
    groups = groups[groups.sum(axis=1) >= FEWEST_PEOPLE]
    if not len(groups):
        return None
    off = np.stack([people[group].mean(axis=0) - rest for group in groups])
    directions = off / np.maximum(np.linalg.norm(off, axis=1, keepdims=True), 1e-12)
    counts = tuple(int(group.sum()) for group in groups)
    return Axes(people.mean(axis=0), directions, counts, weight)
