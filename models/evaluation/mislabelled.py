"""Which pictures of people, gathered from somewhere, are likely under a wrong name.

The rule, written down before any threshold was tried on such pictures: a picture is left out where
each of two networks, trained by different people, puts it nearer to the mean of somebody else's
pictures than to the mean of the other pictures under its own name. One network alone would take
what it confuses for a wrong name, and so find itself better than it is.
"""

from collections.abc import Sequence

import numpy as np

from models.evaluation.metrics import Flags, Numbers
from models.scoring.checked import Curve
from models.types import Array

NETWORKS = ("mbf", "mobilefacenet")
"""Who has to agree."""
_TINY = 1e-12


def mislabelled(embeddings: Sequence[Array], people: Numbers, usable: Flags) -> Flags:
    """Which of n pictures are left out, (n,): `embeddings` (n, d) of each network, who is said to
    be in each picture (n,), and which show a face that is good enough (n,). Others stay as they
    are and count for nothing.
    """
    wrong = np.array(usable)
    for rows in embeddings:
        wrong &= _nearer_to_another(rows.astype(np.float64), people, usable)
    return wrong


def _nearer_to_another(rows: Curve, people: Numbers, usable: Flags) -> Flags:
    directions = _unit(np.where(usable[:, None], rows, 0.0))
    numbers, place = np.unique(people, return_inverse=True)
    sums = np.zeros((numbers.size, rows.shape[1]))
    np.add.at(sums, place, directions)
    cosines = directions @ _unit(sums).T
    own = (directions * _unit(sums[place] - directions)).sum(axis=1)
    cosines[np.arange(place.size), place] = -np.inf
    return np.asarray(own <= cosines.max(axis=1), dtype=bool)


def _unit(rows: Curve) -> Curve:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _TINY))
