"""Medians of where faces and landmarks lie."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.alignment import landmarks_from_box
from models.errors import UsageError
from models.evaluation import landmarks
from models.types import Box, Detection, Image

PICTURE: Image = np.full((200, 100, 3), 90, np.uint8)


def face(left: float, top: float, right: float, bottom: float) -> Detection:
    box = Box(left, top, right, bottom)
    return Detection(box, 0.9, landmarks_from_box(box))


class Finds:
    name = "fake"

    def __init__(self, *found: Detection) -> None:
        self.found = list(found)

    def detect(self, image: Image) -> list[Detection]:  # noqa: ARG002
        return self.found


def test_medians_are_of_boxes_in_pictures_and_landmarks_in_boxes() -> None:
    faces = [face(20, 40, 60, 100), face(20, 40, 60, 100), face(1, 2, 30, 199)]
    found = landmarks.medians([(one, PICTURE) for one in faces])
    assert found.pictures == 3
    np.testing.assert_allclose(found.box, [0.2, 0.2, 0.6, 0.5])
    origin, unit = np.zeros(2), Box(0, 0, 1, 1)
    np.testing.assert_allclose(found.in_box, landmarks_from_box(unit) + origin, atol=1e-6)


def test_facenet_shows_sixteen_pixels_more_at_each_side() -> None:
    found = landmarks.medians([(face(16, 16, 84, 144), PICTURE)])
    assert found.facenet_stretch == pytest.approx(160 / 100)
    expected = landmarks_from_box(Box(16, 16, 84, 144)) * np.array([1.6, 1.0])
    np.testing.assert_allclose(found.facenet, expected, rtol=1e-5)


def test_no_face_is_no_median() -> None:
    with pytest.raises(UsageError, match="no face"):
        landmarks.medians([])


def test_unreadable_and_faceless_pictures_are_passed_over(tmp_path: Path) -> None:
    good, broken = tmp_path / "good.png", tmp_path / "broken.png"
    cv2.imwrite(str(good), PICTURE)
    broken.write_text("no picture")
    found = list(landmarks.find(Finds(face(20, 40, 60, 100)), [broken, good]))
    assert len(found) == 1
    np.testing.assert_array_equal(found[0][1], PICTURE)
    assert list(landmarks.find(Finds(), [good])) == []


def test_the_face_a_picture_is_about_counts() -> None:
    small, large = face(0, 0, 10, 10), face(20, 60, 80, 140)
    paths = [Path("unused")]
    picture = np.asarray(PICTURE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cv2, "imread", lambda *_: picture)
        ((found, _),) = landmarks.find(Finds(small, large), paths)
    assert found is large


def test_what_is_printed_names_every_figure() -> None:
    text = "\n".join(landmarks.lines(landmarks.medians([(face(16, 16, 84, 144), PICTURE)])))
    assert "1 pictures" in text
    assert "0.160 0.080 0.840 0.720" in text
    assert "1.600 times" in text
    assert len(text.splitlines()) == 9
