"""Rooms behind a person: plain or full of things, so that a background can be told from a face."""

from functools import lru_cache

import cv2
import numpy as np

from models.synthetic.drawing import Size, checked_size, indoor_scene
from models.types import Image

_MOST_THINGS = 26


@lru_cache(maxsize=8)
def room(size: Size, seed: int) -> Image:
    """A room (H x W x 3), the same for one `seed`: one in four plain, the others with things.

    Things are frames, books, doors and cables: with straight edges, as real rooms have them.
    """
    _, height = checked_size(size)
    rng = np.random.default_rng(seed)
    wall = indoor_scene(size, int(rng.integers(1000))).copy()
    things = int(rng.integers(6, _MOST_THINGS)) if rng.random() < 0.75 else 0
    for _ in range(things):
        _thing(wall, rng)
    sigma = float(rng.uniform(0.6, 2.5)) * height / 480
    soft = cv2.GaussianBlur(wall, (0, 0), sigma)
    soft.setflags(write=False)
    return np.asarray(soft, dtype=np.uint8)


def _thing(wall: Image, rng: np.random.Generator) -> None:
    height, width = wall.shape[:2]
    x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
    colour = tuple(int(level) for level in rng.uniform(30, 220, 3))
    wide, high = (int(rng.uniform(0.02, 0.2) * side) for side in (width, height))
    if rng.random() < 0.6:
        cv2.rectangle(wall, (x, y), (x + wide, y + high), colour, -1)
        inner = tuple(int(level) for level in rng.uniform(30, 220, 3))
        rim = max(min(wide, high) // 8, 1)
        cv2.rectangle(wall, (x + rim, y + rim), (x + wide - rim, y + high - rim), inner, -1)
    elif rng.random() < 0.5:
        cv2.circle(wall, (x, y), max(high // 3, 2), colour, -1)
    else:
        end = (int(x + rng.uniform(-1, 1) * 2 * wide), int(y + rng.uniform(-1, 1) * 2 * high))
        cv2.line(wall, (x, y), end, colour, int(rng.integers(1, 4)))
