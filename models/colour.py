"""Whether a picture shows colour, which no infrared camera's does. Pure NumPy."""

import numpy as np

from models.types import Image

_STEP = 4
"""Every fourth pixel each way: what has colour is larger than that."""
_LEVELS = 12
"""Grey levels between the channels of a pixel; a grey picture that went through JPEG or YUV has
equal ones, but for rounding."""
_SHARE = 0.01
"""Of the picture: a face that alone is lit has more."""


def has_colour(image: Image) -> bool:
    """Whether the channels of some part of an H x W x 3 uint8 picture differ.

    True is certain: a sensor that has no colour cannot show any. False says little, since a black
    or grey scene before a colour camera shows none either. A grey picture with an even tint counts
    as coloured.
    """
    sample = image[::_STEP, ::_STEP]
    spread = sample.max(axis=2) - sample.min(axis=2)
    return float(np.mean(spread > _LEVELS)) > _SHARE
