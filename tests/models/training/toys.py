"""People who are easily told apart: each has a colour pattern, each picture some noise."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from models.training import prepare
from models.training.crops import CropSettings
from models.training.dataset import Dataset
from models.training.sources import SourcePicture
from models.types import Box, Detection, Image

LANDMARKS = np.array([[80, 100], [140, 100], [110, 130], [85, 160], [135, 160]], dtype=np.float32)


class OneFace:
    """Finds a face at one place in every picture that is not black."""

    name = "toy"

    def detect(self, image: Image) -> list[Detection]:
        if not image.any():
            return []
        return [Detection(Box(60, 60, 160, 190), 1.0, LANDMARKS)]


@functools.cache
def picture(person: int, number: int) -> Image:
    """240 x 240 BGR: stripes whose direction and width are the person's."""
    rng = np.random.default_rng([person, number])
    y, x = np.mgrid[0:240, 0:240]
    angle = person * 0.7
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) / (4 + 2 * (person % 3)))
    image = 128 + 80 * wave[..., None] + rng.normal(0, 20, (240, 240, 3))
    return np.asarray(np.clip(image, 0, 255), dtype=np.uint8)


def sources(people: int, each: int) -> tuple[SourcePicture, ...]:
    def loader(person: int, number: int) -> Callable[[], Image]:
        return lambda: picture(person, number)

    return tuple(
        SourcePicture(f"p{person:02d}", f"p{person:02d}/{number}.png", loader(person, number))
        for person in range(people)
        for number in range(each)
    )


def quiet(_done: int, _total: int) -> None:
    pass


def dataset(
    folder: Path,
    people: int = 8,
    each: int = 4,
    *,
    seed: int = 0,
    size: int = 32,
    more: Sequence[SourcePicture] = (),
) -> Dataset:
    order = prepare.Order(str(folder), CropSettings(size), seed, 2, 2)
    return prepare.prepare((*sources(people, each), *more), OneFace(), folder, order, quiet)
