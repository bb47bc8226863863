"""Fits how the distances of a face are corrected for its likeness to strangers at large."""

from dataclasses import replace

import numpy as np

from models.evaluation.turns import Faces
from models.scoring.cohort import Cohort, Commonness

COMPONENTS = 32
"""Directions of the crowd's spread that are kept one by one; twice as many change no rate."""
FEWEST_PEOPLE = 100
"""With a smaller crowd nothing is corrected: its spread in so many directions is not known."""

_LEAST_SEEN = 0.1  # percent of faces


def crowd_of(faces: Faces, weight: float) -> Cohort:
    """Mean and spread of one picture of each person, and the correction of that `weight`.

    Nobody's threshold is changed by it: the other weights are 0.
    """
    rows = faces.embeddings[[rows[0] for rows in faces.by_person()]].astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    variances, directions = np.linalg.eigh(np.cov(rows.T))
    count = min(COMPONENTS, variances.size - 1)
    rest = float(variances[:-count].mean())
    largest = np.sqrt(np.maximum(variances[-count:] - rest, 0.0))
    crowd = Cohort(
        mean=rows.mean(axis=0),
        components=(directions[:, -count:] * largest).T[::-1].copy(),
        rest=max(rest, 1e-9),
        weight_likeness=0.0,
        weight_spread=0.0,
        usual=(0.0, 1.0),
    )
    near = crowd.near(faces.embeddings)
    usual, least = float(near.mean()), float(np.percentile(near, _LEAST_SEEN))
    trusted = weight if len(rows) >= FEWEST_PEOPLE else 0.0
    return replace(crowd, commonness=Commonness(trusted, usual, min(least, usual)))
