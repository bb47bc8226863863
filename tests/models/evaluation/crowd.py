"""Made-up people: embeddings that scatter around a point of each person."""

import numpy as np

from models.evaluation.metrics import Numbers
from models.types import Array


def crowd(
    people: int = 40, pictures: int = 4, *, spread: float = 0.8, dimension: int = 24, seed: int = 3
) -> tuple[Array, Numbers]:
    """Embeddings (people * pictures, dimension) and who is in each."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people, dtype=np.int32), pictures)
    points = rng.normal(size=(people, dimension))
    noise = spread * rng.normal(size=(person.size, dimension))
    return (points[person] + noise).astype(np.float32), person
