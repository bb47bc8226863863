"""Embeddings as directions: at length 1, as they are compared."""

import numpy as np

from models.types import Embedding

_TINY = float(np.finfo(np.float32).tiny)


def direction(vector: Embedding) -> Embedding:
    """`vector` (d,) at length 1, float32; one without a length stays as it is."""
    length = max(float(np.linalg.norm(vector)), _TINY)
    return np.asarray(vector / length, dtype=np.float32)
