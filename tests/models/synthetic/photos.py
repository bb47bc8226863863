"""The owner's portrait as a photo for rendered clips, its landmarks written down."""

import numpy as np

from models.synthetic.attacks import Photo
from tests.portraits import owner_portrait

OWNER_LANDMARKS = np.array(
    [[204.0, 108.0], [243.0, 105.0], [225.0, 128.0], [209.0, 146.0], [243.0, 143.0]],
    dtype=np.float32,
)


def owner_photo() -> Photo:
    return Photo(owner_portrait(), OWNER_LANDMARKS)
