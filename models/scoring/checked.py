"""Numbers and texts of files that somebody else may have written, checked. Pure."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Curve = npt.NDArray[np.float64]

MOST_NUMBERS = 1024
_LONGEST_TEXT = 300


def require(condition: bool, what: str) -> None:
    """Raises ValueError unless `condition` holds."""
    if not condition:
        raise ValueError(f"a calibration with a wrong {what}")


def number(raw: Any) -> float:
    """A finite number of JSON, which a truth value is not; raises ValueError."""
    require(type(raw) in (int, float) and math.isfinite(raw), "number")
    return float(raw)


def curve(raw: Any) -> Curve:
    """A list of 1 to 1024 numbers as a read-only array; raises ValueError."""
    require(isinstance(raw, list) and 1 <= len(raw) <= MOST_NUMBERS, "length")
    made = np.array([number(value) for value in raw], dtype=np.float64)
    made.setflags(write=False)
    return made


def rounded(values: Curve, digits: int) -> list[float]:
    """Numbers as JSON has them, with `digits` decimals."""
    return [round(float(value), digits) for value in values]


def plain(text: object) -> bool:
    """Whether `text` is 1 to 300 printable characters."""
    return isinstance(text, str) and 1 <= len(text) <= _LONGEST_TEXT and text.isprintable()
