"""What is wrong with a whole picture that shows no face: black, too dark, too bright, covered.

Pure; no state. The words are what `models.quality` uses where it has the same one.
"""

import numpy as np
import numpy.typing as npt

from models.alignment import check_image
from models.types import Image

BLACK = "picture is black"
TOO_DARK = "too dark"
TOO_BRIGHT = "too bright"
COVERED = "uncover the camera"

_STEP = 8  # every eighth pixel of every eighth line: a fortieth of the time, the same answer
_BLOCKS = (20, 15)  # columns and lines of the picture that is judged: noise is averaged away
_STEP_BELOW = 160  # pixels of the shorter side, below which every pixel is taken

# Of 738 pictures and frames of the shared data (LFW, photos, clips) the darkest has a mean of 24,
# the brightest of 209, and the flattest deviates by 21.6.
_BLACK_MEAN, _BLACK_BLOCK = 12.0, 24.0
_DARK_MEAN = 22.0
_BRIGHT_MEAN = 225.0
_FLAT = 4.0


def flaw(image: Image) -> str:
    """BLACK, TOO_DARK, TOO_BRIGHT or COVERED, "" for none; `image` is H x W x 3 BGR uint8.

    Levels are those of the brightest channel, 0..255: a finger before the lens is dark but red.
    Raises ImageError for what is no frame.
    """
    check_image(image)
    blocks = _blocks(image)
    mean, brightest, deviation = blocks.mean(), blocks.max(), blocks.std()
    if mean <= _BLACK_MEAN and brightest <= _BLACK_BLOCK:
        return BLACK
    if mean <= _DARK_MEAN:
        return TOO_DARK
    if mean >= _BRIGHT_MEAN:
        return TOO_BRIGHT
    return COVERED if deviation <= _FLAT else ""


def _blocks(image: Image) -> npt.NDArray[np.float32]:
    import cv2

    step = _STEP if min(image.shape[:2]) >= _STEP_BELOW else 1
    level = image[::step, ::step].max(axis=2)
    return np.asarray(cv2.resize(level, _BLOCKS, interpolation=cv2.INTER_AREA), np.float32)
