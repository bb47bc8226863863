"""O-Net before one window and its mirror image, and what the two answers come to.

In plain numbers, not arrays: of one window NumPy's calls cost more than the network.
"""

import math
from dataclasses import dataclass

import numpy as np

from models.assets.runtime import Network
from models.types import Array, Box, Landmarks

LEAST_SURE = 0.5
"""Confidence from which an answer is of a face."""

_SWAPPED = (1, 0, 2, 4, 3)  # landmarks in a mirror
_POINTS = range(5)
_X, _Y, _CONFIDENCE = 4, 9, 14  # where they begin, after the offsets of the box's four sides


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What O-Net sees in a window, in the picture's pixels; `confidence` in [0, 1]."""

    box: Box
    confidence: float
    landmarks: Landmarks


def window_of(box: Box, share: float) -> Box:
    """The square around the middle of `box` whose side is `share` times its longer side."""
    across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    half = max(box.width, box.height) / 2 * share
    return Box(across - half, down - half, across + half, down + half)


def both_ways(onet: Network, patch: Array, window: Box) -> Seen:
    """What `onet` says of `patch` (1 x 48 x 48 x 3 float32), cut out of `window`, and of its mirror
    image: the mean of the answers that see a face, and the larger confidence.
    """
    answers = [
        _answer(onet, patch),
        _unmirrored(_answer(onet, patch[:, :, ::-1]), window.width + 1.0),
    ]
    sure = [answer[_CONFIDENCE] for answer in answers]
    seeing = [one for one, score in zip(answers, sure, strict=True) if score > LEAST_SURE]
    mean = [sum(values) / len(values) for values in zip(*(seeing or answers), strict=True)]
    # Boxes count pixels inclusively, hence the 1, as in the published MTCNN.
    wide, high = window.width + 1.0, window.height + 1.0
    box = Box(
        window.left + mean[0] * wide,
        window.top + mean[1] * high,
        window.right + mean[2] * wide,
        window.bottom + mean[3] * high,
    )
    points = [
        (window.left + mean[_X + one] * wide - 1.0, window.top + mean[_Y + one] * high - 1.0)
        for one in _POINTS
    ]
    return Seen(box, max(sure), np.array(points, dtype=np.float32))


def is_near(box: Box, window: Box, *, share: float, most: float) -> bool:
    """Whether `box` would have been looked at in about the same window, `window_of` it by `share`:
    no side is elsewhere by more than `most` of the window's.
    """
    own, side = window_of(box, share), max(window.width, 1.0)
    away = (
        own.left - window.left,
        own.top - window.top,
        own.right - window.right,
        own.bottom - window.bottom,
    )
    return all(abs(one) <= most * side for one in away)


def _answer(onet: Network, patch: Array) -> list[float]:
    values: list[float] = onet.run(patch)[0].ravel().tolist()
    # Beyond, the confidence is 0 or 1 to the last bit; `exp` would overflow far beyond.
    values[_CONFIDENCE] = 1.0 / (1.0 + math.exp(-min(max(values[_CONFIDENCE], -80.0), 80.0)))
    return values


def _unmirrored(heads: list[float], extent: float) -> list[float]:
    """O-Net's answer to a mirror image as if it were to what is mirrored."""
    turned = heads.copy()
    # In the mirror the left eye is the right one, and distances count from the other side; the
    # pixel that is taken off landmarks is to be added there.
    turned[0], turned[2] = -heads[2], -heads[0]
    for one, other in zip(_POINTS, _SWAPPED, strict=True):
        turned[_X + one] = 1.0 + 1.0 / extent - heads[_X + other]
        turned[_Y + one] = heads[_Y + other]
    return turned
