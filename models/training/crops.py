"""From a picture to the crop a network is trained on."""

from dataclasses import dataclass

import cv2
import numpy as np

from models import alignment
from models.embedders.spec import trained_reference
from models.errors import UsageError
from models.evaluation.pictures import central_face
from models.types import Detection, Detector, Image, Landmarks

SIZES = (32, 224)
"""Least and largest side of a crop, pixels."""
_BORDER = 0.25  # of a picture's longer side


@dataclass(frozen=True, slots=True)
class CropSettings:
    """How faces are cut out. Raises UsageError for values out of bounds."""

    size: int = 112
    """Side of the square crop, pixels."""
    upright: bool = False
    """Not turned so that the eyes are level: only moved and scaled."""
    grey: bool = False

    def __post_init__(self) -> None:
        if not SIZES[0] <= self.size <= SIZES[1]:
            raise UsageError(f"a crop's side is {SIZES[0]} to {SIZES[1]} pixels, not {self.size}")


def find_face(image: Image, detector: Detector) -> Landmarks | None:
    """Landmarks of the face that `image` is about, None where none is found.

    Looked for once more with a border around it: collections hold faces cut at brow and chin, and
    detectors want to see what is around a face.
    """
    found = central_face(detector.detect(image), image)
    if found is not None:
        return found.landmarks
    border = round(_BORDER * max(image.shape[:2]))
    wide = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
    framed: Image = np.asarray(wide, dtype=np.uint8)
    found = central_face(detector.detect(framed), framed)
    return None if found is None else np.asarray(found.landmarks - border, dtype=np.float32)


def largest_face(found: list[Detection]) -> Detection | None:
    """Of several faces the largest, None of none."""
    return max(found, key=lambda face: face.box.area, default=None)


def crop(image: Image, landmarks: Landmarks, settings: CropSettings) -> Image:
    """The crop, size x size x 3 BGR uint8; a grey one has three equal channels.

    Raises ImageError where the landmarks are unusable.
    """
    reference = trained_reference(settings.size)
    if settings.upright:
        landmarks = alignment.upright(landmarks, reference)
    chip = alignment.align(image, landmarks, reference, settings.size)
    if settings.grey:
        grey = cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY)
        chip = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    return chip
