"""Which kinds of strangers exist, and how near the nearest kinds are to a template and a face.

A rate that holds for strangers at large does not hold among people who are alike: a network that
saw few of them in its training puts them near to each other. So a distance is shifted by how near
the most alike kinds of strangers are to either side: adaptive symmetric normalisation, as speaker
recognition does it (Matejka et al., "Analysis of score normalization in multilingual speaker
recognition", Interspeech 2017), with differences only and without dividing by a spread. A
kind whose people were measured to come nearer to each other than others do costs that by itself.
The kinds are centroids, each of at least eight people, so that nobody's own face is in the file.
Pure NumPy.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.scoring.checked import MOST_NUMBERS, Curve, curve, number, require, rounded
from models.scoring.cohort import NOBODY, Embeddings
from models.scoring.matching import centre
from models.types import Metric

FEWEST_PEOPLE = 8
"""That a centroid stands for: a mean of fewer says too much of each."""

_MOST_CENTROIDS = 512
_LARGEST = 127
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Shift:
    """What likeness costs: `weight` times what it exceeds `usual` is added to a distance.

    Below `least`, the least that was seen, nothing more is taken off.
    """

    weight: float
    usual: float
    least: float

    def __post_init__(self) -> None:
        require(0.0 <= self.weight <= 10.0, "weight")
        require(-1.0 <= self.least <= self.usual <= 1.0, "likeness")

    def of(self, likeness: Curve) -> Curve:
        """The shift at each likeness; `NOBODY` where that is not finite."""
        with np.errstate(invalid="ignore"):
            shift = self.weight * (np.maximum(likeness, self.least) - self.usual)
        return np.where(np.isfinite(likeness), shift, NOBODY)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Kinds of strangers: `centroids` (k, d) of length 1, of `people` (k,) each.

    Likeness is the mean cosine to the `nearest` of them. `costs` (k,), distances in [0, 1], are
    what being of a kind costs either side. Raises ValueError for values out of bounds.
    """

    centroids: Curve
    people: tuple[int, ...]
    nearest: int
    template: Shift
    face: Shift
    costs: Curve

    def __post_init__(self) -> None:
        require(self.centroids.ndim == 2 and len(self.centroids) == len(self.people), "centroids")
        count, size = self.centroids.shape
        require(1 <= count <= _MOST_CENTROIDS and 1 <= size <= MOST_NUMBERS, "centroids")
        lengths = np.linalg.norm(self.centroids, axis=1)
        require(bool(np.all(np.abs(lengths - 1.0) < 1e-3)), "centroids")
        require(all(type(one) is int and one >= FEWEST_PEOPLE for one in self.people), "people")
        require(1 <= self.nearest <= count, "nearest")
        require(self.costs.shape == (count,), "costs")
        require(bool(np.all((self.costs >= 0.0) & (self.costs <= 1.0))), "costs")

    def likeness(self, rows: Embeddings) -> Curve:
        """Mean cosine of each of `rows` (n, d) to the nearest centroids, (n,); NaN for no face."""
        return self._nearest(rows)[0]

    def _nearest(self, rows: Embeddings) -> tuple[Curve, Curve]:
        """Likeness of each of `rows` (n, d), and the mean cost of the same centroids, both (n,)."""
        faces = np.atleast_2d(np.asarray(rows, dtype=np.float64))
        if faces.shape[1] != self.centroids.shape[1]:
            return np.full(len(faces), np.nan), np.zeros(len(faces))
        with np.errstate(invalid="ignore", over="ignore"):
            lengths = np.linalg.norm(faces, axis=1, keepdims=True)
            cosines = (faces / np.maximum(lengths, _TINY)) @ self.centroids.T
        cosines[~(lengths[:, 0] > _TINY)] = np.nan
        near = np.argpartition(cosines, -self.nearest, axis=1)[:, -self.nearest :]
        likeness = np.take_along_axis(cosines, near, axis=1).mean(axis=1)
        return np.asarray(likeness), np.asarray(self.costs[near].mean(axis=1))

    def of_templates(self, templates: Embeddings) -> Curve:
        """What is added to every distance to each of `templates` (n, d), (n,)."""
        likeness, costs = self._nearest(templates)
        return self.template.of(likeness) + costs

    def of_template(self, embeddings: Embeddings, metric: Metric) -> float:
        """What is added to every distance to the template of `embeddings` (n, d)."""
        rows = np.asarray(embeddings, dtype=np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.centroids.shape[1] or not rows.size:
            return NOBODY
        if not np.isfinite(rows).all():
            return NOBODY
        return min(float(self.of_templates(centre(rows, metric))[0]), NOBODY)

    def of_faces(self, faces: Embeddings) -> Curve:
        """What is added to every distance of each of `faces` (n, d), (n,)."""
        likeness, costs = self._nearest(faces)
        return np.minimum(self.face.of(likeness) + costs, NOBODY)


def to_json(made: Neighbours) -> dict[str, Any]:
    """As `from_json` reads it; centroids as int8 in base 64, which changes no distance by 1e-3."""
    largest = np.abs(made.centroids).max(axis=1, keepdims=True)
    levels = np.rint(made.centroids / largest * _LARGEST).astype(np.int8)
    return {
        "centroids": base64.b64encode(levels.tobytes()).decode(),
        "people": list(made.people),
        "nearest": made.nearest,
        "template": _shift_json(made.template),
        "face": _shift_json(made.face),
        "costs": rounded(made.costs, 5),
    }


def from_json(raw: Mapping[str, Any]) -> Neighbours:
    """The kinds in `raw`; raises ValueError, KeyError or TypeError where it is none."""
    require(isinstance(raw, dict) and set(raw) == _FIELDS, "field")
    people, encoded = raw["people"], raw["centroids"]
    require(isinstance(people, list) and 1 <= len(people) <= _MOST_CENTROIDS, "people")
    require(isinstance(encoded, str) and len(encoded) <= 2 * _MOST_CENTROIDS * MOST_NUMBERS, "data")
    levels = np.frombuffer(base64.b64decode(encoded, validate=True), dtype=np.int8)
    require(levels.size % len(people) == 0 and levels.size > 0, "centroids")
    rows = levels.reshape(len(people), -1).astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    require(bool((lengths > 0).all()), "centroids")
    rows = rows / lengths
    rows.setflags(write=False)
    nearest = raw["nearest"]
    require(type(nearest) is int, "nearest")
    return Neighbours(
        rows,
        tuple(people),
        nearest,
        _shift(raw["template"]),
        _shift(raw["face"]),
        curve(raw["costs"]),
    )


_FIELDS = {"centroids", "people", "nearest", "template", "face", "costs"}


def _shift_json(shift: Shift) -> list[float]:
    return [round(shift.weight, 4), round(shift.usual, 5), round(min(shift.least, shift.usual), 5)]


def _shift(raw: Any) -> Shift:
    weight, usual, least = raw
    return Shift(number(weight), number(usual), number(least))
