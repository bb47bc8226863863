"""The frames that everybody is timed on: one person before a camera, moving a little."""

import math
from functools import lru_cache

import numpy as np

from models.synthetic.drawing import Pose, compose, indoor_scene
from models.synthetic.portraits import OWNER, portrait_subject
from models.types import Image

FACE_HEIGHT = 120.0
"""Pixels, from hairline to chin."""

_PERIOD = 45  # frames, so that at 30 a second a sway takes a second and a half


@lru_cache(maxsize=256)
def frame(index: int) -> Image:
    """Frame `index` >= 0 of an endless clip: 480 x 640 x 3 BGR; the same each time.

    Raises NotInstalledError where the package of the portrait is missing.
    """
    phase = 2 * math.pi * index / _PERIOD
    pose = Pose(
        x=320 + 24 * math.sin(phase),
        y=215 + 10 * math.sin(2 * phase),
        face_height=FACE_HEIGHT * (1 + 0.03 * math.sin(phase / 2)),
        angle=4 * math.sin(phase + 1),
        noise=3.0,
    )
    return compose(portrait_subject(OWNER), pose, indoor_scene(), np.random.default_rng(index))
