"""Detail that is gone: a face enlarged from 30 pixels or fewer, by whatever means, is refused."""

import cv2
import numpy as np
import pytest

from models.detail import fineness, repetition
from models.quality import assess
from models.types import MIN_QUALITY, Box, Detection, Image
from tests.models.test_quality import astronaut, hopper, scaled

SMALL = 24.0


def enlarged(image: Image, face: Detection, pixels: float, way: int) -> tuple[Image, Detection]:
    """As if the face had been `pixels` wide and was enlarged to its size."""
    scale = pixels / face.box.width
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = image.shape[:2]
    return np.asarray(cv2.resize(small, (width, height), interpolation=way), np.uint8), face


@pytest.mark.parametrize("portrait", [astronaut, hopper])
@pytest.mark.parametrize("way", [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4])
def test_an_enlarged_face_says_come_closer(portrait: object, way: int) -> None:
    image, face = astronaut() if portrait is astronaut else hopper()
    assert assess(image, face).score > 0.9
    quality = assess(*enlarged(image, face, SMALL, way))
    assert quality.score < MIN_QUALITY
    assert quality.reasons[0] == "come closer"


@pytest.mark.parametrize("portrait", [astronaut, hopper])
def test_pixels_that_were_repeated_are_no_detail(portrait: object) -> None:
    image, face = astronaut() if portrait is astronaut else hopper()
    spoilt, _ = enlarged(image, face, SMALL, cv2.INTER_NEAREST)
    assert repetition(spoilt, face.box) < 0.4 < repetition(image, face.box)
    assert assess(spoilt, face).score < MIN_QUALITY


def test_the_same_face_counts_the_same_near_and_far() -> None:
    image, face = hopper()
    half, smaller = scaled(image, face, 0.5)
    assert fineness(half, smaller.box) == pytest.approx(fineness(image, face.box), abs=0.3)


@pytest.mark.parametrize(
    "box", [Box(0, 0, 3, 3), Box(-9, -9, -1, -1), Box(600, 600, 700, 700), Box(5, 5, 5, 90)]
)
def test_a_box_that_holds_too_little_tells_nothing(box: Box) -> None:
    image, _ = astronaut()
    assert (fineness(image, box), repetition(image, box)) == (0.0, 1.0)


def test_light_changes_nothing() -> None:
    image, face = hopper()
    dark = np.asarray(cv2.convertScaleAbs(image, alpha=0.5, beta=40.0), dtype=np.uint8)
    assert fineness(dark, face.box) == pytest.approx(fineness(image, face.box), abs=0.3)
    assert repetition(dark, face.box) == pytest.approx(repetition(image, face.box), abs=0.1)
