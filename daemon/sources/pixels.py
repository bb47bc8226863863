"""Bounds on pictures from outside, and turning whatever comes into a BGR frame."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from daemon.errors import SourceError
from models.types import Image

MIN_SIDE = 20
"""Pixels; a face smaller than this no detector finds."""

MAX_SIDE = 4096
"""Pixels; larger frames are shrunk, which keeps a detector's pyramid in bounds."""

MAX_PIXELS = 64_000_000
"""Larger pictures are refused before they are decoded: 64 million take 192 MB as BGR."""


def check_size(what: str, width: int, height: int) -> None:
    """Raises SourceError for a picture whose stated size no face can be found in, or too large."""
    size = f"{what} is {width} x {height} pixels"
    if min(width, height) < MIN_SIDE:
        raise SourceError(f"{size}, too small", f"each side must be at least {MIN_SIDE}")
    if width * height > MAX_PIXELS:
        limit = f"the limit is {MAX_PIXELS // 1_000_000} million pixels"
        raise SourceError(f"{size}, too large", f"{limit}: make it smaller first")
    if min(width, height) * MAX_SIDE < MIN_SIDE * max(width, height):
        raise SourceError(f"{size}, far too narrow for a face")


def as_frame(what: str, image: npt.NDArray[Any]) -> Image:
    """`image` as H x W x 3 uint8 BGR, no side over MAX_SIDE; raises SourceError.

    Takes grey (H x W or H x W x 1), BGR and BGRA, uint8 or uint16.
    """
    if image.ndim not in (2, 3) or image.size == 0 or image.dtype not in (np.uint8, np.uint16):
        raise SourceError(f"{what} sent something that is no picture")
    check_size(what, image.shape[1], image.shape[0])
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    return _within_max_side(_as_bgr(what, image))


def _as_bgr(what: str, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 3:
        return image
    if channels == 1:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if channels == 4:
        return cv2.cvtColor(image, cv2.COLOR_BGRA2BGR)
    raise SourceError(f"{what} sent a picture of {channels} channels", "1, 3 or 4 can be used")


def _within_max_side(image: npt.NDArray[Any]) -> Image:
    factor = MAX_SIDE / max(image.shape[:2])
    if factor < 1:
        height, width = (round(side * factor) for side in image.shape[:2])
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image, dtype=np.uint8)


_DEPTHS = (10, 12, 14, 16)
_ABOVE = 0.01  # share of the pixels: a few hot ones say nothing


class Depth:
    """How many bits of a camera's 16-bit words carry its picture, which no driver says.

    The fewest of 10, 12, 14 and 16 that hold what was seen. They are found in the first frames and
    kept, so that the light of one frame does not change the next; they grow only where pictures
    would be white by them, and never shrink.
    """

    def __init__(self) -> None:
        self.bits = _DEPTHS[0]

    def see(self, image: npt.NDArray[Any]) -> None:
        """Takes one frame into account; anything but 16-bit words says nothing."""
        if image.dtype == np.uint16 and image.size:
            level = float(np.quantile(image, 1.0 - _ABOVE))
            self.bits = max(self.bits, next(one for one in _DEPTHS if level < 1 << one))

    def eight_bits(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The frame in 8 bits, what is brighter than the depth holds as white."""
        if image.dtype != np.uint16:
            return image
        self.see(image)
        return np.asarray(np.minimum(image >> (self.bits - 8), 255), np.uint8)
