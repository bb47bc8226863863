"""How much two faces are both of one group of people, and what that costs their distance.

A network that saw few people of a group in its training puts them near to each other: two strangers
are alike by that alone. So each group has a direction in which its people are told from others
(Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7, 1936), and
a cost: as much as strangers of the group come nearer than strangers at large. It is added to a
distance where both sides are wholly of the group, in part where they are in part, and whoever is
compared with people of other groups pays nothing. A direction is made of many people, so that
nobody's own face is in the file. Pure NumPy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.scoring.checked import MOST_NUMBERS, Curve, curve, number, require, rounded
from models.scoring.cohort import NOBODY, Embeddings
from models.scoring.neighbours import FEWEST_PEOPLE

MOST_COST = 0.5
"""Of one axis, a distance."""

_MOST_AXES = 16
_DIGITS = 5
_LENGTH_ERROR = 1e-2
_LEAST_RAMP = 1e-3
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Axis:
    """Of a group of `people`: a face at length 1 is none of it up to `start` along its direction,
    wholly of it from `end` on, both in [-1, 3]; `cost` is a distance in [0, 0.5].
    """

    start: float
    end: float
    cost: float
    people: int

    def __post_init__(self) -> None:
        require(-1.0 <= self.start <= self.end - _LEAST_RAMP and self.end <= 3.0, "axis")
        require(0.0 <= self.cost <= MOST_COST, "cost")
        require(type(self.people) is int and self.people >= FEWEST_PEOPLE, "people")


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """`directions` (a, d) of length 1, and what each of `all` (a,) says of it. Raises ValueError
    for values out of bounds.
    """

    directions: Curve
    all: tuple[Axis, ...]

    def __post_init__(self) -> None:
        require(self.directions.ndim == 2, "directions")
        count, size = self.directions.shape
        require(1 <= count <= _MOST_AXES and 1 <= size <= MOST_NUMBERS, "directions")
        require(len(self.all) == count, "directions")
        lengths = np.linalg.norm(self.directions, axis=1)
        require(bool(np.all(np.abs(lengths - 1.0) < _LENGTH_ERROR)), "directions")

    def between(self, templates: Embeddings, faces: Embeddings) -> Curve:
        """What is added to the distances of `faces` (n, d) to `templates` (t, d), (t, n), never
        below 0; `NOBODY` for what is no face.
        """
        costs = np.array([axis.cost for axis in self.all])
        with np.errstate(invalid="ignore", over="ignore"):
            added = (self.sides(templates) * costs) @ self.sides(faces).T
        return np.where(np.isfinite(added), added, NOBODY)

    def sides(self, rows: Embeddings) -> Curve:
        """How much each of `rows` (n, d) is of each group, (n, a) in [0, 1]; NaN for no face."""
        faces = np.atleast_2d(np.asarray(rows, dtype=np.float64))
        if faces.shape[1] != self.directions.shape[1]:
            return np.full((len(faces), len(self.directions)), np.nan)
        starts = np.array([axis.start for axis in self.all])
        ends = np.array([axis.end for axis in self.all])
        with np.errstate(invalid="ignore", over="ignore"):
            lengths = np.linalg.norm(faces, axis=1, keepdims=True)
            along = (faces / np.maximum(lengths, _TINY)) @ self.directions.T
            sides = np.clip((along - starts) / (ends - starts), 0.0, 1.0)
        return np.where((lengths > _TINY) & np.isfinite(lengths), sides, np.nan)


def to_json(made: Axes) -> list[dict[str, Any]]:
    """As `from_json` reads it."""
    return [
        {
            "direction": rounded(direction, _DIGITS),
            "start": round(axis.start, _DIGITS),
            "end": round(axis.end, _DIGITS),
            "cost": round(axis.cost, _DIGITS),
            "people": axis.people,
        }
        for direction, axis in zip(made.directions, made.all, strict=True)
    ]


def from_json(raw: Any) -> Axes:
    """The axes in `raw`; raises ValueError, KeyError or TypeError where they are none."""
    require(isinstance(raw, list) and 1 <= len(raw) <= _MOST_AXES, "directions")
    directions = [curve(_entry(one)["direction"]) for one in raw]
    require(all(row.size == directions[0].size for row in directions), "directions")
    made = np.stack(directions)
    made.setflags(write=False)
    return Axes(made, tuple(_axis(one) for one in raw))


def _entry(raw: Any) -> Mapping[str, Any]:
    require(isinstance(raw, dict) and set(raw) == _FIELDS, "field")
    found: Mapping[str, Any] = raw
    return found


def _axis(raw: Mapping[str, Any]) -> Axis:
    start, end, cost = (number(raw[name]) for name in ("start", "end", "cost"))
    return Axis(start, end, cost, raw["people"])


_FIELDS = {"direction", "start", "end", "cost", "people"}
