"""Orthonormal directions, (k, d), in files that somebody else may have written. Pure."""

import base64
from typing import Any

import numpy as np

from models.scoring.checked import MOST_NUMBERS, Curve, require

_LARGEST = 32767
_ORTHONORMAL = 1e-3


def require_orthonormal(directions: Curve, *, numbers: int, most: int) -> None:
    """Raises ValueError unless `directions` are 1 to `most` of so many numbers, of length 1 and at
    right angles.
    """
    count = len(directions)
    require(directions.shape == (count, numbers), "directions")
    require(1 <= count <= min(most, numbers), "directions")
    products = directions @ directions.T
    require(bool(np.abs(products - np.eye(count)).max() < _ORTHONORMAL), "directions")


def encoded(directions: Curve) -> str:
    """Their numbers as int16 in base 64, less than distances are known to."""
    levels = np.rint(directions * _LARGEST).astype("<i2")
    return base64.b64encode(levels.tobytes()).decode()


def decoded(raw: Any, *, numbers: int, most: int) -> Curve:
    """What `encoded` wrote, read-only: rows of so many numbers. Raises ValueError for what is no
    such text, or longer than `most` of them could be.
    """
    require(isinstance(raw, str) and len(raw) <= 4 * most * MOST_NUMBERS, "data")
    levels = np.frombuffer(base64.b64decode(raw, validate=True), dtype="<i2")
    require(levels.size > 0 and levels.size % numbers == 0, "directions")
    directions = levels.reshape(-1, numbers).astype(np.float64) / _LARGEST
    directions.setflags(write=False)
    return directions
