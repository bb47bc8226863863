"""A crowd of embeddings: people as directions, pictures as those directions with noise."""

import numpy as np

from models.evaluation.turns import Faces


def crowd(people: int = 60, pictures: int = 5, *, noise: float = 0.06, seed: int = 0) -> Faces:
    """`pictures` of each of `people`, 64 dimensions; neighbours in number are no relatives."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(people, 64))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    each = np.repeat(centres, pictures, axis=0) + noise * rng.normal(size=(people * pictures, 64))
    return Faces(each.astype(np.float32), np.repeat(np.arange(people, dtype=np.int32), pictures))
