"""What is wrong with a whole picture."""

import numpy as np
import pytest

from models import scene
from models.errors import ImageError
from models.types import Image
from tests.portraits import owner_portrait, stranger_portrait

RNG = np.random.default_rng(11)


def flat(level: float, noise: float = 0.0, size: tuple[int, int] = (480, 640)) -> Image:
    """A picture of one level, with what a sensor adds."""
    drawn = RNG.normal(level, noise, (*size, 3)) if noise else np.full((*size, 3), level)
    return np.clip(drawn, 0, 255).astype(np.uint8)


def dim() -> Image:
    """A room at night, in which a lamp stands."""
    image = flat(6.0, 2.0)
    image[100:200, 100:250] = 90
    return image


@pytest.mark.parametrize(
    ("image", "word"),
    [
        (flat(0), scene.BLACK),
        (flat(6, 2.0), scene.BLACK),  # a shutter, and the sensor's noise
        (flat(0, size=(48, 64)), scene.BLACK),
        (flat(18, 3.0), scene.TOO_DARK),
        (dim(), scene.TOO_DARK),
        (flat(255), scene.TOO_BRIGHT),
        (flat(240, 4.0), scene.TOO_BRIGHT),
        (flat(128), scene.COVERED),
        (flat(60, 6.0), scene.COVERED),  # a hand
        (owner_portrait(), ""),
        (stranger_portrait(), ""),
        (np.random.default_rng(2).integers(0, 255, (24, 32, 3), dtype=np.uint8), ""),
    ],
)
def test_a_picture_says_what_is_wrong_with_it(image: Image, word: str) -> None:
    assert scene.flaw(image) == word


def test_a_red_finger_is_no_darkness() -> None:
    image = flat(0)
    image[..., 2] = 120
    assert scene.flaw(image) == scene.COVERED


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ImageError):
        scene.flaw(np.zeros((480, 640), dtype=np.uint8))
