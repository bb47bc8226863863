"""What two faces have in common with a whole group of people, and what that costs their distance.

A network that saw few people of a group in its training puts them near to each other: along one
direction all of them lie off everybody's middle, and two strangers are alike by that alone. What
both sides have of such a direction says nothing of who they are, so its product is added to their
distance; whoever is compared with people of other groups pays nothing. That is the part of the
cosine which taking the direction out of both would take away (as nuisance attribute projection
does in speaker recognition: Solomonoff, Campbell, Boardman, "Advances in channel compensation for
SVM speaker recognition", ICASSP 2005), weighted, and only where it made them nearer. A direction is
that of the mean of many people, so that nobody's own face is in the file. Pure NumPy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.scoring.checked import MOST_NUMBERS, Curve, curve, number, require, rounded
from models.scoring.cohort import NOBODY, Embeddings
from models.scoring.neighbours import FEWEST_PEOPLE

_MOST_AXES = 16
_DIGITS = 4
_LENGTH_ERROR = 1e-2
_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """`directions` (a, d) of length 1 in which groups of `people` (a,) lie off the `middle` (d,) of
    everybody at length 1; `weight` in [0, 10]. Raises ValueError for values out of bounds.
    """

    middle: Curve
    directions: Curve
    people: tuple[int, ...]
    weight: float

    def __post_init__(self) -> None:
        require(self.directions.ndim == 2 and self.middle.ndim == 1, "directions")
        count, size = self.directions.shape
        require(1 <= count <= _MOST_AXES and 1 <= size <= MOST_NUMBERS, "directions")
        require(self.middle.size == size and len(self.people) == count, "directions")
        require(bool(np.linalg.norm(self.middle) <= 1.0 + _LENGTH_ERROR), "middle")
        lengths = np.linalg.norm(self.directions, axis=1)
        require(bool(np.all(np.abs(lengths - 1.0) < _LENGTH_ERROR)), "directions")
        require(all(type(one) is int and one >= FEWEST_PEOPLE for one in self.people), "people")
        require(0.0 <= self.weight <= 10.0, "weight")

    def between(self, templates: Embeddings, faces: Embeddings) -> Curve:
        """What is added to the distances of `faces` (n, d) to `templates` (t, d), (t, n), never
        below 0; `NOBODY` for what is no face.
        """
        with np.errstate(invalid="ignore", over="ignore"):
            added = self.weight * (self._sides(templates) @ self._sides(faces).T)
        return np.where(np.isfinite(added), added, NOBODY)

    def _sides(self, rows: Embeddings) -> Curve:
        """How far each of `rows` (n, d) lies along each direction, (n, a); 0 behind the middle."""
        faces = np.atleast_2d(np.asarray(rows, dtype=np.float64))
        if faces.shape[1] != self.middle.size:
            return np.full((len(faces), len(self.directions)), np.nan)
        lengths = np.linalg.norm(faces, axis=1, keepdims=True)
        along = (faces / np.maximum(lengths, _TINY) - self.middle) @ self.directions.T
        return np.where(lengths > _TINY, np.maximum(along, 0.0), np.nan)


def to_json(made: Axes) -> dict[str, Any]:
    """As `from_json` reads it."""
    return {
        "middle": rounded(made.middle, _DIGITS),
        "directions": [rounded(row, _DIGITS) for row in made.directions],
        "people": list(made.people),
        "weight": round(made.weight, _DIGITS),
    }


def from_json(raw: Mapping[str, Any]) -> Axes:
    """The axes in `raw`; raises ValueError, KeyError or TypeError where they are none."""
    require(isinstance(raw, dict) and set(raw) == _FIELDS, "field")
    rows, people = raw["directions"], raw["people"]
    require(isinstance(rows, list) and 1 <= len(rows) <= _MOST_AXES, "directions")
    require(isinstance(people, list), "people")
    middle, directions = curve(raw["middle"]), [curve(row) for row in rows]
    require(all(row.size == middle.size for row in directions), "directions")
    made = np.stack(directions)
    made.setflags(write=False)
    return Axes(middle, made, tuple(people), number(raw["weight"]))


_FIELDS = {"middle", "directions", "people", "weight"}
