"""What a network is shown in training: crops a little changed each time, or ready features."""

from typing import Any, Protocol

import cv2
import numpy as np

from models.training.examples import Rows
from models.types import Array, Image

_TURN, _SHIFT, _SCALE = 5.0, 0.03, 0.05  # degrees, of the side, of the size; uniform, both ways
_CONTRAST, _LIGHT, _SLOPE = 0.2, 15.0, 25.0  # share; grey levels; of light across the picture
_MIRRORED = 0.5
_BLURRED, _BLUR = 0.1, 1.0  # how often; pixels


class Views(Protocol):
    """n pictures of people, as batches of float32."""

    @property
    def people(self) -> Rows:
        """Whom each shows, (n,)."""
        ...

    def changed(self, rows: Rows, rng: np.random.Generator) -> Array:
        """A batch of these, each as if photographed anew."""
        ...

    def plain(self, rows: Rows) -> Array:
        """A batch of these as they are."""
        ...


class CropViews:
    """Crops (n, s, s, 3) BGR uint8, shown as RGB 0..255 of `size`."""

    def __init__(self, images: Any, people: Rows, size: int) -> None:
        self.people = people
        self._images = [_resized(image, size) for image in images]

    def changed(self, rows: Rows, rng: np.random.Generator) -> Array:
        """Moved, turned, scaled, mirrored, lit and blurred a little."""
        return _batch([augmented(self._images[row], rng) for row in rows])

    def plain(self, rows: Rows) -> Array:
        """As they were cut."""
        return _batch([self._images[row] for row in rows])


class FeatureViews:
    """Embeddings (n, v, d) of v views of each picture by a network that is not trained; the first
    view is the picture as it is.
    """

    def __init__(self, features: Array, people: Rows) -> None:
        self.people = people
        self._features = features

    def changed(self, rows: Rows, rng: np.random.Generator) -> Array:
        """Any view of each."""
        views = rng.integers(self._features.shape[1], size=len(rows))
        return np.asarray(self._features[rows, views], dtype=np.float32)

    def plain(self, rows: Rows) -> Array:
        """The first view of each."""
        return np.asarray(self._features[rows, 0], dtype=np.float32)


def augmented(image: Image, rng: np.random.Generator) -> Image:
    """`image`, square, as it might have been photographed a moment later."""
    side = image.shape[0]
    middle = (side - 1) / 2
    turn, grow = rng.uniform(-_TURN, _TURN), 1 + rng.uniform(-_SCALE, _SCALE)
    matrix = cv2.getRotationMatrix2D((middle, middle), turn, grow)
    matrix[:, 2] += rng.uniform(-_SHIFT, _SHIFT, 2) * side
    moved = cv2.warpAffine(image, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < _MIRRORED:
        moved = cv2.flip(moved, 1)
    if rng.random() < _BLURRED:
        moved = cv2.GaussianBlur(moved, (0, 0), _BLUR)
    slope = np.linspace(-0.5, 0.5, side)[None, :, None] * rng.uniform(-_SLOPE, _SLOPE)
    contrast = 1 + rng.uniform(-_CONTRAST, _CONTRAST)
    lit = (moved.astype(np.float32) - 128) * contrast + 128 + rng.uniform(-_LIGHT, _LIGHT) + slope
    return np.asarray(np.clip(lit, 0, 255), dtype=np.uint8)


def _resized(image: Image, size: int) -> Image:
    if image.shape[0] == size:
        return image
    how = cv2.INTER_AREA if image.shape[0] > size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (size, size), interpolation=how), dtype=np.uint8)


def _batch(images: list[Image]) -> Array:
    return np.stack(images)[..., ::-1].astype(np.float32)
