"""Makes good pictures as bad as a webcam's, so that a measure of quality has something to find.

Press photos, of which Labeled Faces in the Wild is made, are lit and focused; a face before a
laptop at night is not.
"""

import zlib
from collections.abc import Callable

import cv2
import numpy as np

from models.types import Image

NAME = "webcam-2"
"""Changes with anything that changes pictures: embeddings are kept under this name."""

_UNTOUCHED = 0.25
_NOISE = 2.0


def degraded(image: Image) -> Image:
    """`image` (H x W x 3 BGR uint8) with one flaw of a random kind and strength, or none.

    The chance is drawn from the picture itself: the same picture always comes out the same.
    """
    rng = np.random.default_rng(zlib.crc32(np.ascontiguousarray(image).tobytes()))
    if rng.random() < _UNTOUCHED:
        return image
    flaw = _FLAWS[int(rng.integers(len(_FLAWS)))]
    return np.ascontiguousarray(flaw(image, rng), dtype=np.uint8)


def _blurred(image: Image, rng: np.random.Generator) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 4.0)), dtype=np.uint8)


def _moved(image: Image, rng: np.random.Generator) -> Image:
    """Blurred along a line, as by a head that turns away."""
    length = int(rng.integers(3, 16))
    kernel = np.full((1, length), 1.0 / length, dtype=np.float32)
    return np.asarray(cv2.filter2D(image, -1, kernel), dtype=np.uint8)


def _dark(image: Image, rng: np.random.Generator) -> Image:
    noise = rng.normal(0.0, _NOISE, image.shape)
    return np.asarray(np.clip(image * rng.uniform(0.05, 0.5) + noise, 0, 255), dtype=np.uint8)


def _glaring(image: Image, rng: np.random.Generator) -> Image:
    return np.asarray(np.clip(image * rng.uniform(1.2, 2.5) + 20.0, 0, 255), dtype=np.uint8)


def _far_away(image: Image, rng: np.random.Generator) -> Image:
    """At a fraction of its size: a face of 88 pixels comes to 40 to 80."""
    scale = rng.uniform(0.46, 0.9)
    return np.asarray(
        cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )


_FLAWS: tuple[Callable[[Image, np.random.Generator], Image], ...] = (
    _blurred,
    _moved,
    _dark,
    _glaring,
    _far_away,
)
