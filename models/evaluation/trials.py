"""Millions of comparisons in bounded memory: the ones that decide exactly, the rest counted.

At the false-accept rates that matter few impostors come near. Those are kept one by one, with who
they are; of all others a histogram remains.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.evaluation.metrics import Counts, ErrorCurve, Flags, Numbers
from models.types import Array, Metric

CAPACITY = 2_000_000
"""Impostor comparisons kept one by one: 24 MB, twice that while they are gathered."""
BINS = 4096

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Comparisons by rising distance, (k,) each; `first` and `second` are rows (see `Trials`)."""

    distances: Array
    first: Rows
    second: Rows

    def __len__(self) -> int:
        return self.distances.size

    def take(self, chosen: npt.NDArray[np.integer] | Flags | slice) -> "Pairs":
        """The comparisons that an index array, mask or slice selects."""
        return Pairs(self.distances[chosen], self.first[chosen], self.second[chosen])

    def up_to(self, threshold: float) -> "Pairs":
        """The comparisons at `threshold` or nearer."""
        # In float64, as NumPy would round the threshold to float32.
        end = np.searchsorted(self.distances.astype(np.float64), threshold, side="right")
        return self.take(slice(0, int(end)))


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """The comparisons of one protocol.

    Rows are pictures, or templates where `first` is a template; `first_person` and
    `second_person` say whose they are. `symmetric` where both sides are the same pictures, each
    pair compared once.
    """

    genuine: Pairs
    nearest: Pairs
    """The nearest impostor comparisons: all below `complete_below`."""
    complete_below: float
    """Infinity where `nearest` holds all."""
    histogram: Counts
    """(BINS,): impostor comparisons by distance, in equal bins from 0 to `reach`."""
    reach: float
    first_person: Numbers
    second_person: Numbers
    people: int
    """Persons are numbered below this."""
    symmetric: bool

    @property
    def impostors(self) -> int:
        """Impostor comparisons in all."""
        return int(self.histogram.sum())

    def sides(self) -> tuple[Counts, Counts]:
        """Rows of each person on the first side and on the second, (people,) float64."""
        first = np.bincount(self.first_person, minlength=self.people)
        second = np.bincount(self.second_person, minlength=self.people)
        return first.astype(np.float64), second.astype(np.float64)

    def owners(self, pairs: Pairs) -> tuple[Numbers, Numbers]:
        """Whose row is first and whose is second in each of `pairs`."""
        return self.first_person[pairs.first], self.second_person[pairs.second]

    def curve(self) -> ErrorCurve:
        """Error rates at every distance kept, and at the edges of bins beyond.

        The genuine and nearest distances are exact; beyond them thresholds are as coarse as bins.
        """
        kept = self.nearest.distances.astype(np.float64)
        genuine = self.genuine.distances.astype(np.float64)
        edges = np.linspace(0.0, self.reach, BINS + 1)[1:]
        edges = edges[edges >= self.complete_below]
        inside = genuine[genuine < self.complete_below]
        near = np.unique(np.concatenate([kept, inside]))
        beyond = np.cumsum(self.histogram)[BINS - edges.size :]
        accepted = np.concatenate([np.searchsorted(kept, near, side="right"), beyond])
        thresholds = np.concatenate([near, edges])
        rejected = 1.0 - np.searchsorted(genuine, thresholds, side="right") / genuine.size
        return ErrorCurve(
            thresholds=np.concatenate([[-np.inf], thresholds]),
            far=np.concatenate([[0.0], accepted / self.impostors]),
            frr=np.concatenate([[1.0], rejected]),
        )


@dataclass(slots=True, eq=False)
class Gatherer:
    """Takes comparisons block by block and keeps what `Trials` holds."""

    reach: float
    """No distance is larger, but for rounding."""
    capacity: int = CAPACITY
    _genuine: list[Pairs] = field(default_factory=list)
    _near: list[Pairs] = field(default_factory=list)
    _pending: int = 0
    _below: float = np.inf
    _histogram: Counts = field(default_factory=lambda: np.zeros(BINS))

    def add(self, distances: Array, first: Rows, second: Rows, same: Flags) -> None:
        """Comparisons in any order, (k,) each."""
        self._genuine.append(Pairs(distances[same], first[same], second[same]))
        impostors = Pairs(distances[~same], first[~same], second[~same])
        share = impostors.distances * np.float32(BINS / max(self.reach, 1e-9))
        bins = np.clip(np.ceil(share).astype(np.int64) - 1, 0, BINS - 1)
        self._histogram += np.bincount(bins, minlength=BINS)
        near = impostors.take(impostors.distances < self._below)
        self._near.append(near)
        self._pending += len(near)
        if self._pending > 2 * self.capacity:
            self._cut()

    def trials(
        self, first_person: Numbers, second_person: Numbers, *, people: int, symmetric: bool
    ) -> Trials:
        """What was gathered; see `Trials` for the arguments."""
        if self._pending > self.capacity:
            self._cut()
        return Trials(
            genuine=_ordered(_joined(self._genuine)),
            nearest=_ordered(_joined(self._near)),
            complete_below=self._below,
            histogram=self._histogram,
            reach=self.reach,
            first_person=first_person,
            second_person=second_person,
            people=people,
            symmetric=symmetric,
        )

    def _cut(self) -> None:
        near = _joined(self._near)
        order = np.argpartition(near.distances, self.capacity)
        # Of comparisons as far as the limit some are gone: none of them counts as kept.
        self._below = float(near.distances[order[self.capacity]])
        self._near = [near.take(near.distances < self._below)]
        self._pending = len(self._near[0])


def _joined(parts: list[Pairs]) -> Pairs:
    return Pairs(
        np.concatenate([np.zeros(0, np.float32), *(part.distances for part in parts)]),
        np.concatenate([np.zeros(0, np.int32), *(part.first for part in parts)]),
        np.concatenate([np.zeros(0, np.int32), *(part.second for part in parts)]),
    )


def _ordered(pairs: Pairs) -> Pairs:
    return pairs.take(np.argsort(pairs.distances, kind="stable"))


def ready(embeddings: Array, metric: Metric) -> Array:
    """Rows for `block_distances`: scaled to length 1 for cosine, as they are otherwise."""
    if metric == "euclidean":
        return np.asarray(embeddings, dtype=np.float32)
    norms = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(norms, np.finfo(np.float32).tiny), dtype=np.float32)


def block_distances(first: Array, second: Array, metric: Metric) -> Array:
    """Distances (a, b) of rows of `ready`, as `models.scoring.matching.distances` but for rounding.

    By one matrix product; for euclidean |x|^2 + |y|^2 - 2 xy, good to 1e-3 near 0 and to 1e-6
    where decisions fall.
    """
    products = first @ second.T
    if metric == "cosine":
        return np.asarray(np.maximum(1.0 - products, 0.0), dtype=np.float32)
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1)[None]
    return np.asarray(np.sqrt(np.maximum(squares - 2.0 * products, 0.0)), dtype=np.float32)


def largest_distance(rows: Array, metric: Metric) -> float:
    """No distance between `rows` of `ready` is larger."""
    if metric == "cosine":
        return 2.0
    return 2.0 * float(np.linalg.norm(rows, axis=1).max(initial=0.0)) + 1e-6
