"""What a network says of whole groups of people, taken out before two faces are compared.

A network that saw few people of a group in its training puts them all to one side: strangers of the
group are alike by that alone. So faces are seen from the middle of many people, and the directions
in which small groups lie from there are taken out (nuisance attribute projection: Solomonoff,
Campbell and Boardman, "Advances in channel compensation for SVM speaker recognition", ICASSP 2005).
Each direction is made of many people, so that nobody's own face is in the file. Pure NumPy.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.scoring.checked import MOST_NUMBERS, Curve, curve, number, require, rounded
from models.scoring.cohort import NOBODY, Embeddings
from models.scoring.directions import decoded, encoded, require_orthonormal
from models.scoring.neighbours import FEWEST_PEOPLE
from models.types import Metric

_MOST_DIRECTIONS = 16
_DIGITS = 6
_LEAST_LENGTH = 0.1
"""Of a mean of directions: shorter, and they point everywhere."""
_LEAST_LEFT = 1e-2
"""Of a face at length 1 once all is taken out: below that nothing of the person is left."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Of faces seen from `middle` (d,) nothing along `directions` (k, d), orthonormal, counts. What
    is left is scaled to `length`, in (0, 2], so that distances stay about as large as they were.
    Raises ValueError for values out of bounds.
    """

    middle: Curve
    directions: Curve
    length: float
    people: int
    """It is made of."""

    def __post_init__(self) -> None:
        require(self.middle.ndim == 1 and 1 <= self.middle.size <= MOST_NUMBERS, "middle")
        require(bool(np.linalg.norm(self.middle) <= 1.0), "middle")
        require_orthonormal(self.directions, numbers=self.middle.size, most=_MOST_DIRECTIONS)
        require(0.0 < self.length <= 2.0, "length")
        require(type(self.people) is int and self.people >= FEWEST_PEOPLE, "people")

    def between(self, templates: Embeddings, faces: Embeddings, metric: Metric) -> Curve:
        """What is added to the distances of `faces` (n, d) to `templates` (t, d), (t, n), so that
        they are those of what is left of both; `NOBODY` for what is no face.

        Below 0 for two whom nothing but their groups told apart; the sum is not.
        """
        one, other = _rows(templates), _rows(faces)
        if one.shape[1] != other.shape[1] or one.shape[1] != self.middle.size:
            return np.full((len(one), len(other)), NOBODY)
        with np.errstate(invalid="ignore", over="ignore"):
            left = _apart(self._left(one), self._left(other), metric)
            scale = self.length if metric == "euclidean" else self.length**2
            added = scale * left - _apart(one, other, metric)
        return np.where(np.isfinite(added), added, NOBODY)

    def _left(self, rows: Curve) -> Curve:
        """What is left of `rows` (n, d), at length 1; NaN for what is no face.

        A mean of several pictures is shorter than 1, and stays so until the middle is taken off.
        """
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        seen = rows / np.maximum(lengths, 1.0) - self.middle
        left = seen - (seen @ self.directions.T) @ self.directions
        size = np.linalg.norm(left, axis=1, keepdims=True)
        whole = (lengths > _LEAST_LENGTH) & (size > _LEAST_LEFT)
        return np.where(whole, left / np.maximum(size, _TINY), np.nan)


def _rows(some: Embeddings) -> Curve:
    return np.atleast_2d(np.asarray(some, dtype=np.float64))


def _apart(one: Curve, other: Curve, metric: Metric) -> Curve:
    """As `models.scoring.matching.distances`, of (t, d) and (n, d), (t, n)."""
    products = one @ other.T
    first, second = (np.einsum("ij,ij->i", rows, rows) for rows in (one, other))
    if metric == "euclidean":
        return np.asarray(np.sqrt(np.maximum(first[:, None] + second - 2.0 * products, 0.0)))
    lengths = np.sqrt(first)[:, None] * np.sqrt(second)
    return np.asarray(1.0 - np.clip(products / np.maximum(lengths, _TINY), -1.0, 1.0))


def to_json(made: Projection) -> dict[str, Any]:
    """As `from_json` reads it; directions as int16 in base 64, less than distances are known to."""
    return {
        "middle": rounded(made.middle, _DIGITS),
        "directions": encoded(made.directions),
        "length": round(made.length, _DIGITS),
        "people": made.people,
    }


def from_json(raw: Any) -> Projection:
    """The projection in `raw`; raises ValueError, KeyError or TypeError where it is none."""
    require(isinstance(raw, dict) and set(raw) == _FIELDS, "field")
    middle = curve(raw["middle"])
    directions = decoded(raw["directions"], numbers=middle.size, most=_MOST_DIRECTIONS)
    return Projection(middle, directions, number(raw["length"]), raw["people"])


_FIELDS = {"middle", "directions", "length", "people"}
