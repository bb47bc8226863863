"""What all faces have in common to a network, taken off each embedding.

A network that saw few people in its training puts all faces to one side of the origin, and
strangers differ along a few directions far more than along the others. So an embedding is seen from
the mean over people, and the spread of people's means around it is evened out in part: whitening,
with the covariance shrunk towards its mean (Ledoit and Wolf, "A well-conditioned estimator for
large-dimensional covariance matrices", Journal of Multivariate Analysis 88, 2004; the share is not
theirs but was measured). The file holds statistics over hundreds of people, none of one of them;
`models.evaluation.whitening` makes it. Pure NumPy.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models import files
from models.errors import CorruptModelError, ModelError
from models.scoring.checked import MOST_NUMBERS, Curve, curve, number, plain, require, rounded
from models.scoring.directions import decoded, encoded, require_orthonormal
from models.types import Embedding

SHIPPED = Path(__file__).resolve().parent
FEWEST_PEOPLE = 100
"""A mean and a spread are made of: of fewer they say too much of each."""

_FORMAT = 1
_MOST_BYTES = 2_000_000
_MOST_DIRECTIONS = 256
_MOST_GAIN = 10.0
_DIGITS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """Of an embedding at length 1 `mean` (d,) is taken off; what is left is scaled by `gains` (k,)
    along `directions` (k, d), orthonormal, and by `rest` across them. Gains are in (0, 10].
    Raises ValueError for values out of bounds.
    """

    mean: Curve
    directions: Curve
    gains: Curve
    rest: float
    people: int
    """It is made of."""

    def __post_init__(self) -> None:
        require(self.mean.ndim == 1 and 2 <= self.mean.size <= MOST_NUMBERS, "mean")
        require(bool(np.linalg.norm(self.mean) < 1.0), "mean")
        require_orthonormal(self.directions, numbers=self.mean.size, most=_MOST_DIRECTIONS)
        count = len(self.directions)
        gains = np.append(self.gains, self.rest)
        require(gains.shape == (count + 1,), "gains")
        require(bool(np.all((gains > 0.0) & (gains <= _MOST_GAIN))), "gains")
        require(type(self.people) is int and self.people >= FEWEST_PEOPLE, "people")

    def of(self, direction: Embedding) -> Embedding:
        """What is left of an embedding of length 1, (d,) or (n, d), not scaled to any length."""
        seen = direction.astype(np.float64) - self.mean
        along = seen @ self.directions.T
        return np.asarray(
            self.rest * seen + (along * (self.gains - self.rest)) @ self.directions,
            dtype=np.float32,
        )


def shipped_path(name: str) -> Path:
    """Where the whitening of the embedder `name` lies."""
    return SHIPPED / f"{name}-whitening.json"


def load(name: str, dimension: int) -> Whitening:
    """The whitening that ships for the embedder `name`, of embeddings of `dimension` numbers.

    Raises CorruptModelError where it is absent or damaged, ModelError where it cannot be read.
    """
    return read(shipped_path(name), dimension)


def read(path: Path, dimension: int) -> Whitening:
    """The whitening in a file, whosever; raises as `load`."""
    try:
        content = files.read_bounded(path, most=_MOST_BYTES)
    except (FileNotFoundError, files.UntrustedError) as error:
        raise _corrupt(path) from error
    except OSError as error:
        raise ModelError(f"cannot read {path}: {files.reason(error)}") from error
    try:
        require(len(content) <= _MOST_BYTES, "size")
        made = from_json(json.loads(content))
        require(made.mean.size == dimension, "dimension")
    except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError) as error:
        raise _corrupt(path) from error
    return made


def _corrupt(path: Path) -> CorruptModelError:
    return CorruptModelError(
        f"{path} is absent, damaged or of another network", "install Facelatch again"
    )


def to_json(made: Whitening, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """As `from_json` reads it; directions as int16 in base 64."""
    return {
        "format": _FORMAT,
        "provenance": dict(provenance),
        "people": made.people,
        "rest": round(made.rest, _DIGITS),
        "gains": rounded(made.gains, _DIGITS),
        "mean": rounded(made.mean, _DIGITS),
        "directions": encoded(made.directions),
    }


def from_json(raw: Any) -> Whitening:
    """The whitening in `raw`; raises ValueError, LookupError or TypeError where it is none."""
    require(isinstance(raw, dict) and set(raw) == _FIELDS and raw["format"] == _FORMAT, "field")
    origin = raw["provenance"]
    require(isinstance(origin, dict) and all(map(plain, origin.values())), "provenance")
    mean = curve(raw["mean"])
    directions = decoded(raw["directions"], numbers=mean.size, most=_MOST_DIRECTIONS)
    return Whitening(mean, directions, curve(raw["gains"]), number(raw["rest"]), raw["people"])


_FIELDS = {"format", "provenance", "people", "rest", "gains", "mean", "directions"}
