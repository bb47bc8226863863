"""Corrections of faces for protocols, by crowds of people who take no part in a comparison.

In use neither the person enrolled nor the stranger before the camera is among the people whose
crowd ships. Here people fall into folds, and each comparison of two folds is corrected by what was
fitted on the others.
"""

from dataclasses import dataclass

import numpy as np

from models.evaluation.commonness import FEWEST_PEOPLE, crowd_of
from models.evaluation.metrics import Numbers
from models.evaluation.turns import Faces
from models.types import Array

FOLDS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """What is added to the distance of each of n faces to a template of each fold."""

    table: Array
    """(FOLDS, n) float32"""

    def to_templates(self, owners: Numbers) -> Array:
        """For templates of the people `owners` (t,): (t, n)."""
        return np.asarray(self.table[fold_of(owners)])

    @property
    def largest(self) -> float:
        """The most that is added, at least 0."""
        return max(float(self.table.max(initial=0.0)), 0.0)


def fold_of(people: Numbers) -> Numbers:
    """Fold of each person, by number: people are sorted by name, which says nothing of faces."""
    return np.asarray(people % FOLDS, dtype=np.int32)


def crossed(faces: Faces, weight: float) -> Crossed:
    """All corrections of `faces`; zeros where a crowd would be too small.

    `weight` is that of the embedder (`models.embedders.spec`).
    """
    folds = fold_of(faces.people)
    table = np.zeros((FOLDS, folds.size), dtype=np.float32)
    for one in range(FOLDS):
        for other in range(one, FOLDS):
            others = (folds != one) & (folds != other)
            if weight == 0.0 or np.unique(faces.people[others]).size < FEWEST_PEOPLE:
                continue
            crowd = crowd_of(Faces(faces.embeddings[others], faces.people[others]), weight)
            for template, probe in {(one, other), (other, one)}:
                shown = folds == probe
                table[template, shown] = crowd.corrections(faces.embeddings[shown])
    return Crossed(table)
