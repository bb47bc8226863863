"""The all-pairs protocol: every picture against every other, in blocks of bounded memory."""

import numpy as np

from models.errors import UsageError
from models.evaluation.collect import Progress
from models.evaluation.metrics import Numbers
from models.evaluation.trials import (
    CAPACITY,
    Gatherer,
    Trials,
    block_distances,
    largest_distance,
    ready,
)
from models.types import Array, Metric

_BLOCK = 1 << 20
"""Comparisons computed at once: some 40 MB with everything that is made of them."""


def all_pairs(
    embeddings: Array,
    person: Numbers,
    metric: Metric,
    *,
    capacity: int = CAPACITY,
    progress: Progress | None = None,
) -> Trials:
    """Compares all rows of `embeddings` (n, d), finite, with each other; `person` (n,) is who.

    `progress` is told rows done and rows in all. Raises UsageError where genuine or impostor
    comparisons are impossible.
    """
    counts = np.bincount(person) if person.size else np.zeros(1)
    if (counts > 0).sum() < 2 or counts.max() < 2:
        raise UsageError(
            "error rates need at least two people with usable pictures, one of them with two"
        )
    rows = ready(embeddings, metric)
    gatherer = Gatherer(largest_distance(rows, metric), capacity)
    step = max(_BLOCK // len(rows), 1)
    for start in range(0, len(rows), step):
        stop = min(start + step, len(rows))
        distances = block_distances(rows[start:stop], rows[start:], metric)
        _add_block(gatherer, distances, person, start)
        if progress is not None:
            progress(stop, len(rows))
    return gatherer.trials(person, person, people=int(person.max()) + 1, symmetric=True)


def _add_block(gatherer: Gatherer, distances: Array, person: Numbers, start: int) -> None:
    """Distances of some rows from `start` on to themselves and all later rows, each pair once."""
    first, second = np.triu_indices(distances.shape[0], k=1, m=distances.shape[1])
    same = person[first + start] == person[second + start]
    gatherer.add(
        distances[first, second],
        (first + start).astype(np.int32),
        (second + start).astype(np.int32),
        same,
    )
