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
    # Channel by channel: the largest along an axis of three costs ten times as much.
    one, other, third = np.moveaxis(image[::_STEP, ::_STEP], 2, 0).copy()
    largest = np.maximum(np.maximum(one, other), third)
    spread = largest - np.minimum(np.minimum(one, other), third)
    return bool(np.count_nonzero(spread > _LEVELS) > _SHARE * spread.size)
