"""OpenCV's cascade behind the same interface."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.alignment import landmarks_from_box
from models.assets import weights
from models.detectors.haar import HaarDetector
from models.errors import CorruptModelError, ImageError, UsageError
from models.geometry import iou
from models.synthetic.drawing import indoor_scene
from models.types import Box, Image


@pytest.fixture(scope="module")
def haar() -> HaarDetector:
    return HaarDetector()


def test_it_finds_the_owner(haar: HaarDetector, frame: Image) -> None:
    faces = haar.detect(frame)
    assert len(faces) == 1
    face = faces[0]
    assert 0.5 < face.confidence < 1.0
    assert iou(face.box, Box(240, 165, 360, 285)) > 0.6
    assert not face.landmarks_measured
    assert np.array_equal(face.landmarks, landmarks_from_box(face.box))


def test_an_empty_room_has_no_face(haar: HaarDetector) -> None:
    assert haar.detect(indoor_scene()) == []


def test_sizes_count_in_the_frames_own_pixels(frame: Image) -> None:
    assert HaarDetector(min_face=250).detect(frame) == []
    small = np.asarray(cv2.resize(frame, (160, 120), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    found, expected = HaarDetector(min_face=24).detect(small)[0], HaarDetector().detect(frame)[0]
    assert 4 * found.box.left == pytest.approx(expected.box.left, abs=20)
    assert 4 * found.box.height == pytest.approx(expected.box.height, rel=0.2)


def test_a_large_picture_gives_the_same_face_in_its_own_pixels(
    haar: HaarDetector, frame: Image
) -> None:
    large = np.kron(frame, np.ones((4, 4, 1), dtype=np.uint8))
    box, expected = haar.detect(large)[0].box, haar.detect(frame)[0].box
    shrunk = Box(box.left / 4, box.top / 4, box.right / 4, box.bottom / 4)
    assert iou(shrunk, expected) > 0.7


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(24, 300), st.integers(0, 2**32 - 1))
def test_any_frame_gets_a_sound_answer(height: int, width: int, face: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for found in HaarDetector(min_face=face).detect(image):
        assert 0.0 <= found.confidence <= 1.0
        assert np.isfinite(found.landmarks).all()


def test_a_very_wide_picture_is_no_problem(haar: HaarDetector) -> None:
    assert haar.detect(np.zeros((5, 20_000, 3), dtype=np.uint8)) == []


def test_what_is_no_colour_picture_is_refused(haar: HaarDetector) -> None:
    with pytest.raises(ImageError):
        haar.detect(np.zeros((50, 50), dtype=np.uint8))


@pytest.mark.parametrize("min_face", [0, 23, 1001])
def test_the_smallest_face_is_bounded(min_face: int) -> None:
    with pytest.raises(UsageError):
        HaarDetector(min_face=min_face)


def test_another_cascade_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "cascade.xml"
    other.write_text("<opencv_storage></opencv_storage>")
    monkeypatch.setattr(weights, "source_path", lambda _source: other)
    with pytest.raises(CorruptModelError):
        HaarDetector()
