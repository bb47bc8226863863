"""Many templates at once: who of thousands is nearest to a face. NumPy alone, no Python a row.

Templates are packed in one matrix of float32, and a single product with the probe says of each how
far it is, up to rounding. Only rows that may be nearest within that rounding are then measured as
`models.scoring.matching.distances` does: what is found is what it would find.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from enroll.template import Appearance, Person
from models.scoring.matching import distances
from models.types import Array, Embedding, Metric

_UNIT = 2.0**-24
"""Half the distance from 1 to the next float32: the largest relative error of one operation."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """Whose appearance is nearest, and how far it is."""

    name: str
    appearance: str
    distance: float


class Gallery:
    """The appearances that one model made, of any number of people. Never changes."""

    def __init__(self, people: Iterable[Person], model_id: str) -> None:
        found: dict[tuple[Metric, int], list[tuple[str, Appearance]]] = {}
        for person in people:
            for appearance in person.appearances_of(model_id):
                kind = appearance.metric, appearance.embeddings.shape[1]
                found.setdefault(kind, []).append((person.name, appearance))
        self._blocks = {
            kind: _Block.of(appearances, kind[0]) for kind, appearances in found.items()
        }

    def __len__(self) -> int:
        return sum(len(block.owners) for block in self._blocks.values())

    def nearest(self, probe: Embedding, metric: Metric) -> Nearest | None:
        """The appearance at the smallest distance.

        None where none is of the probe's kind, or the probe (d,) has a value that is not finite.
        """
        block = self._blocks.get((metric, probe.size))
        if block is None or probe.ndim != 1 or not np.isfinite(probe).all():
            return None
        return block.nearest(probe)


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Templates (n, d) of one metric. `rows` are directions for cosine, else the templates."""

    metric: Metric
    owners: tuple[tuple[str, str], ...]
    templates: Array
    rows: Array
    squares: npt.NDArray[np.float64]
    """Squared lengths of `rows`, (n,); of directions 1, whose zeros are at distance 1 from all."""

    @classmethod
    def of(cls, appearances: Sequence[tuple[str, Appearance]], metric: Metric) -> "_Block":
        templates = np.stack([appearance.template for _, appearance in appearances])
        if metric == "cosine":
            rows, squares = _directions(templates), np.ones(len(templates))
        else:
            rows = templates
            squares = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
        owners = tuple((name, appearance.name) for name, appearance in appearances)
        return cls(metric, owners, templates, rows, squares)

    def nearest(self, probe: Embedding) -> Nearest:
        if self.metric == "cosine":
            probed, square = _directions(probe[None])[0], 1.0
        else:
            probed, square = probe, float(np.dot(probe.astype(np.float64), probe))
        with np.errstate(over="ignore", invalid="ignore"):
            # |a - b|^2, for directions 2 * (1 - cos): of both metrics the smallest is the nearest.
            apart = self.squares + square - 2.0 * (self.rows @ probed)
        wrong = self._error(square)
        # Written so that NaN, of a product that overflowed, is measured too.
        candidates = np.flatnonzero(~(apart - wrong > np.nanmin(apart + wrong, initial=np.inf)))
        exact = distances(probe, self.templates[candidates], self.metric)
        best = int(np.argmin(exact))
        name, appearance = self.owners[int(candidates[best])]
        return Nearest(name, appearance, float(exact[best]))

    def _error(self, square: float) -> npt.NDArray[np.float64]:
        """By how much `apart` may be wrong at most.

        A sum of d products in float32, in any order, is wrong by at most d * u / (1 - d * u) times
        the sum of their sizes (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), which
        is no more than the product of the lengths. Making directions and distances in float32 adds
        a few units.
        """
        units = (self.rows.shape[1] + 16) * _UNIT
        share = units / (1.0 - units)
        sizes = np.sqrt(self.squares * square) + self.squares + square
        return np.asarray(2.0 * share * sizes, dtype=np.float64)


def _directions(rows: Array) -> Array:
    """Rows at length 1, made in double precision as `distances` does; a row of zeros stays one."""
    double = rows.astype(np.float64)
    lengths = np.linalg.norm(double, axis=1, keepdims=True)
    scaled = np.divide(double, lengths, out=np.zeros_like(double), where=lengths > 0)
    return np.asarray(scaled, dtype=np.float32)
