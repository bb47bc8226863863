"""A face that is covered so that the detector finds none: a bright mask before mouth and nose.

Says which words help, and nothing else: a face that is found goes to `models.liveness.covering`.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from models.detectors.haar import HaarDetector
from models.errors import CorruptModelError, NotInstalledError
from models.types import Box, Detector, Image

_SIDE = 480  # pixels of the longer side that is searched
_SMALLEST = 100  # pixels: a face before a computer, in that
_FEWEST_FINDS = 3  # of the cascade: half a face gathers few

# Shares of the cascade's box: mouth, nose and chin; brow, eyes and cheeks.
_LOWER, _UPPER = (0.28, 0.62, 0.72, 0.92), (0.20, 0.15, 0.80, 0.50)
_BLOCKS = (8, 6)

# In CIE Lab as OpenCV scales it. On 24 boxes of the shared masked clips the mask is lighter than
# what is above it by 55 and more, and even: 3.6 at most. On 130 of eight living people the lower
# face is lighter by 32 at most, and uneven by 3.8 and more.
_LIGHTER = 43.0
_MOST_UNEVEN = 4.5

Colours = npt.NDArray[np.float64]


class MaskFinder:
    """Looks for a masked face with OpenCV's cascade. Not for use by two threads at once.

    Where the cascade is not on this machine, or damaged, it never finds one.
    """

    def __init__(self, detector: Detector | None = None) -> None:
        self._detector = detector
        self._missing = False

    def __call__(self, image: Image) -> bool:
        """Whether `image` shows one, large enough to sit before the camera. Takes some 15 ms."""
        detector = self._loaded()
        if detector is None:
            return False
        small = _shrunk(image)
        # The cascade goes by what is lighter and darker: where a mask dazzles the camera, little.
        even = cv2.equalizeHist(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY))
        faces = detector.detect(np.asarray(cv2.cvtColor(even, cv2.COLOR_GRAY2BGR), dtype=np.uint8))
        return any(is_masked(small, face.box) for face in faces[:2])

    def _loaded(self) -> Detector | None:
        if self._detector is None and not self._missing:
            try:
                self._detector = HaarDetector(min_face=_SMALLEST, fewest_finds=_FEWEST_FINDS)
            except (NotInstalledError, CorruptModelError):
                self._missing = True
        return self._detector


def is_masked(image: Image, box: Box) -> bool:
    """Whether the cascade's `box` has one light colour where mouth and nose should be."""
    lower, upper = _colours(image, box, _LOWER), _colours(image, box, _UPPER)
    if lower is None or upper is None:
        return False
    middle = np.median(lower, axis=0)
    lighter = float(middle[0] - np.median(upper[:, 0]))
    unlike = np.hypot(*(lower - middle)[:, 1:].T)
    return lighter >= _LIGHTER and float(np.quantile(unlike, 0.9)) <= _MOST_UNEVEN


def _colours(image: Image, box: Box, part: Sequence[float]) -> Colours | None:
    """(n, 3) in Lab: the mean of every block of a part of the box; None outside the picture."""
    left, top, right, bottom = part
    across, down = (
        slice(round(start + first * length), round(start + last * length))
        for start, length, first, last in (
            (box.left, box.width, left, right),
            (box.top, box.height, top, bottom),
        )
    )
    height, width = image.shape[:2]
    if min(across.start, down.start) < 0 or across.stop > width or down.stop > height:
        return None
    cut = image[down, across]
    if min(cut.shape[:2]) < min(_BLOCKS):
        return None
    blocks = cv2.resize(cut, _BLOCKS, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(blocks, cv2.COLOR_BGR2LAB), np.float64).reshape(-1, 3)


def _shrunk(image: Image) -> Image:
    scale = _SIDE / max(image.shape[:2])
    if scale >= 1.0:
        return image
    height, width = image.shape[:2]
    size = (max(round(scale * width), 1), max(round(scale * height), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
