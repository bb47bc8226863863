"""What is known of strangers' faces as a crowd, and what that says of one face. Pure NumPy.

A threshold that holds for strangers in general does not hold for everybody: some templates lie
nearer to the crowd than others, and so do some faces (dark, blurred, half hidden ones resemble
everybody a little). The first makes a person's threshold stricter, the second corrects the
distances of a face. Speaker recognition does the same with scores of a cohort (Auckenthaler,
Carey, Lloyd-Thomas, "Score normalization for text-independent speaker verification systems",
Digital Signal Processing 10, 2000); here the cohort is a normal distribution, so that there is no
single person in it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.scoring.checked import MOST_NUMBERS, Curve, curve, number, require, rounded
from models.scoring.matching import centre
from models.types import Embedding, Metric

NOBODY = 100.0
"""A distance that no threshold reaches."""

_MOST_COMPONENTS = 64
_ONE_IN_HUNDRED = 2.326  # standard normal quantile
_TINY = 1e-12
# What templates have in common is fitted on some hundred of them: more would be chance.
_OF_TEMPLATES = 4

Embeddings = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Commonness:
    """How a face's likeness to strangers at large corrects its distances.

    `weight` times what it exceeds `usual` is added; below `least`, the least that was seen, nothing
    more is taken off. A weight of 0 corrects nothing.
    """

    weight: float = 0.0
    usual: float = 0.0
    least: float = 0.0

    def __post_init__(self) -> None:
        require(0.0 <= self.weight <= 10.0, "weight")
        require(-1.0 <= self.least <= self.usual <= 10.0, "commonness")


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """What is known of strangers' embeddings at length 1.

    `mean` (d,) and `components` (q, d, each of length sqrt(its variance beyond `rest`)) describe
    their spread, widest first, `rest` is the variance in all other directions. `weight_likeness`
    and `weight_spread` turn a template's two features (see `features`) into a change of its
    threshold; 0 where that did not help people it was not fitted on. `usual` are the features'
    means.
    Raises ValueError for values out of bounds.
    """

    mean: Curve
    components: Curve
    rest: float
    weight_likeness: float
    weight_spread: float
    usual: tuple[float, float]
    commonness: Commonness = Commonness()

    def __post_init__(self) -> None:
        require(self.mean.ndim == 1 and 1 <= self.mean.size <= MOST_NUMBERS, "mean")
        require(
            self.components.ndim == 2
            and self.components.shape[0] <= _MOST_COMPONENTS
            and self.components.shape[1] == self.mean.size,
            "components",
        )
        values = (*self.mean, *self.components.ravel(), *self.usual)
        require(bool(np.all(np.abs(values) <= 10.0)), "statistics")
        require(0.0 < self.rest <= 10.0, "variance")
        for weight in (self.weight_likeness, self.weight_spread):
            require(0.0 <= weight <= 10.0, "weight")

    def near(self, faces: Embeddings, *, directions: int = _MOST_COMPONENTS) -> Curve:
        """Which product with each of `faces` (n, d) 1 in 100 strangers exceed, (n,).

        Both at length 1, and strangers as of a normal distribution of which so many `directions`
        are told apart. NaN for what is no face.
        """
        rows = np.atleast_2d(np.asarray(faces, dtype=np.float64))
        if rows.shape[1] != self.mean.size:
            return np.full(len(rows), np.nan)
        rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _TINY)
        kept, left = self.components[:directions], self.components[directions:]
        rest = self.rest + float((left**2).sum()) / max(self.mean.size - len(kept), 1)
        variance = ((rows @ kept.T) ** 2).sum(axis=1) + rest
        return np.asarray(rows @ self.mean + _ONE_IN_HUNDRED * np.sqrt(variance))

    def features(self, embeddings: Embeddings, metric: Metric) -> tuple[float, float]:
        """Likeness and spread of an appearance of `embeddings` (n, d); (nan, nan) if unusable.

        Likeness: the distance within which about 1 in 100 strangers come to the template. Spread:
        the length of the mean of the embeddings at length 1, which is 1 where all agree: the
        shorter it is, the more the template resembles everybody.
        """
        rows = np.asarray(embeddings, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != self.mean.size or not np.isfinite(rows).all():
            return math.nan, math.nan
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        spread = float(np.linalg.norm((rows / np.maximum(lengths, _TINY)).mean(axis=0)))
        if spread < _TINY:
            return math.nan, math.nan
        return self._likeness(centre(rows.astype(np.float32), metric), metric), spread

    def strictness(self, embeddings: Embeddings, metric: Metric) -> float:
        """How much stricter than general an appearance's threshold must be, a distance >= 0.

        `NOBODY` for embeddings that are none of the crowd's kind.
        """
        likeness, spread = self.features(embeddings, metric)
        shift = self.weight_likeness * (likeness - self.usual[0])
        shift += self.weight_spread * (spread - self.usual[1])
        return -min(shift, 0.0) if math.isfinite(shift) else NOBODY

    def corrections(self, faces: Embeddings) -> Curve:
        """What is added to every distance of each of `faces` (n, d), (n,); see `Commonness`.

        `NOBODY` for what is no face.
        """
        how = self.commonness
        # A product of numbers that are not finite is not either: no face, not a warning.
        with np.errstate(invalid="ignore", over="ignore"):
            shift = how.weight * (np.maximum(self.near(faces), how.least) - how.usual)
        return np.where(np.isfinite(shift), shift, NOBODY)

    def _likeness(self, template: Embedding, metric: Metric) -> float:
        length = float(np.linalg.norm(template.astype(np.float64)))
        near = float(self.near(template, directions=_OF_TEMPLATES)[0])
        if metric == "cosine":
            return 1.0 - near
        return math.sqrt(max(1.0 + length**2 - 2.0 * length * near, 0.0))


def to_json(cohort: Cohort) -> dict[str, Any]:
    """As `from_json` reads it; numbers rounded to what they are known to."""
    how = cohort.commonness
    return {
        "mean": rounded(cohort.mean, 5),
        "components": [rounded(row, 5) for row in cohort.components],
        "rest": float(f"{cohort.rest:.5g}"),
        "weight_likeness": round(cohort.weight_likeness, 4),
        "weight_spread": round(cohort.weight_spread, 4),
        "usual": [round(value, 5) for value in cohort.usual],
        "commonness": [how.weight, round(how.usual, 5), round(min(how.least, how.usual), 5)],
    }


def from_json(raw: Mapping[str, Any]) -> Cohort:
    """The cohort in `raw`; raises ValueError, KeyError or TypeError where it is none."""
    require(isinstance(raw, dict) and set(raw) <= _FIELDS, "field")
    rows = raw["components"]
    require(isinstance(rows, list) and len(rows) <= _MOST_COMPONENTS, "components")
    mean = curve(raw["mean"])
    likeness, spread = raw["usual"]
    # Files of before faces were corrected have no such line.
    weight, usual, least = raw.get("commonness", (0.0, 0.0, 0.0))
    return Cohort(
        mean=mean,
        components=np.array([curve(row) for row in rows]).reshape(len(rows), mean.size),
        rest=number(raw["rest"]),
        weight_likeness=number(raw["weight_likeness"]),
        weight_spread=number(raw["weight_spread"]),
        usual=(number(likeness), number(spread)),
        commonness=Commonness(number(weight), number(usual), number(least)),
    )


_FIELDS = {
    *("mean", "components", "rest", "weight_likeness", "weight_spread", "usual", "commonness"),
}
