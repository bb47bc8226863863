"""Arithmetic on many boxes at once: (n, 4) float32, left, top, right, bottom. Pure NumPy."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from models.types import Array

Overlap = Literal["union", "smaller"]
Indices = npt.NDArray[np.intp]

_TINY = np.finfo(np.float32).tiny


def overlaps(boxes: Array, measure: Overlap) -> Array:
    """Shared area of every pair, (n, n) in [0, 1]: as a share of their union or the smaller one."""
    left, top, right, bottom = boxes.T
    width = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    height = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    shared = np.maximum(width, 0.0) * np.maximum(height, 0.0)
    area = np.maximum(right - left, 0.0) * np.maximum(bottom - top, 0.0)
    smaller = np.minimum(area[:, None], area)
    whole = smaller if measure == "smaller" else area[:, None] + area - shared
    return np.asarray(shared / np.maximum(whole, _TINY), dtype=np.float32)


def suppress(boxes: Array, scores: Array, *, most_overlap: float, measure: Overlap) -> Indices:
    """Non-maximum suppression: indices of the boxes to keep, best score first.

    A box goes if any box with a better score overlaps it by more than `most_overlap`, even one
    that goes itself. Greedy suppression would spare such boxes; the published weights are used
    either way, and this one needs no loop and agrees with the package `mtcnn`.
    """
    if len(boxes) < 2:
        return np.arange(len(boxes))
    # Reversed and not stable, as in the package: scores that round to 1 tie, and ties decide.
    order = np.argsort(scores.astype(np.float64))[::-1]
    rivals = overlaps(boxes[order], measure) > most_overlap
    return order[~np.triu(rivals, k=1).any(axis=0)]


def strongest(scores: Array, most: int) -> Indices:
    """Indices of the `most` best scores; all, in their order, where there are no more."""
    if len(scores) <= most:
        return np.arange(len(scores))
    return np.argpartition(-scores, most)[:most]


def regress(boxes: Array, offsets: Array) -> Array:
    """Boxes with each side moved by `offsets` (n, 4), in shares of the box's width and height.

    Boxes count pixels inclusively, hence the 1, as in the published MTCNN.
    """
    extent = boxes[:, 2:] - boxes[:, :2] + 1.0
    return np.asarray(boxes + offsets * np.tile(extent, 2), dtype=np.float32)


def squares(boxes: Array) -> Array:
    """The square around each box's centre whose side is the box's longer side."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = np.max(boxes[:, 2:] - boxes[:, :2], axis=1, keepdims=True) / 2
    return np.asarray(np.hstack([centre - half, centre + half]), dtype=np.float32)
