"""Which face a picture is about, what stands in for a missing one, and unusable files."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.alignment import landmarks_from_box
from models.errors import ImageError
from models.evaluation.pictures import PictureEmbedder, central_face, digest
from models.types import Box, Detection, Image, Landmarks
from tests.models.evaluation.fakes import ColourEmbedder, MiddleDetector


def face(left: float, top: float, size: float) -> Detection:
    box = Box(left, top, left + size, top + size)
    return Detection(box, 0.9, landmarks_from_box(box))


IMAGE: Image = np.zeros((250, 250, 3), dtype=np.uint8)


def test_the_face_in_the_middle_wins_against_a_larger_one_at_the_border() -> None:
    middle, border = face(85, 85, 80), face(0, 0, 90)
    assert central_face([border, middle], IMAGE) is middle


def test_the_larger_of_two_near_the_middle_wins() -> None:
    small, large = face(105, 105, 40), face(70, 80, 100)
    assert central_face([small, large], IMAGE) is large
    assert central_face([], IMAGE) is None


def test_without_a_face_the_middle_is_embedded_and_said_so() -> None:
    class Blind(MiddleDetector):
        def detect(self, image: Image) -> list[Detection]:  # noqa: ARG002
            return []

    grey = np.full((100, 100, 3), 90, dtype=np.uint8)
    found = PictureEmbedder(MiddleDetector(), ColourEmbedder())(grey)
    missed = PictureEmbedder(Blind(), ColourEmbedder())(grey)
    assert found.detected
    assert not missed.detected
    assert missed.embedding == pytest.approx([90, 90, 90])


def test_landmarks_that_cannot_be_aligned_count_as_no_face() -> None:
    class Picky(ColourEmbedder):
        def align(self, image: Image, landmarks: Landmarks) -> tuple[Image, ...]:
            if landmarks[0, 0] == landmarks_from_box(Box(30, 30, 70, 70))[0, 0]:
                raise ImageError("landmarks coincide")
            return super().align(image, landmarks)

    result = PictureEmbedder(MiddleDetector(), Picky())(np.full((100, 100, 3), 7, dtype=np.uint8))
    assert not result.detected
    assert result.embedding == pytest.approx([7, 7, 7])


def test_landmarks_are_steadied_before_the_face_is_cut() -> None:
    class Steady(MiddleDetector):
        def steady(self, image: Image, face: Detection) -> Detection:  # noqa: ARG002
            return replace(face, landmarks=face.landmarks + np.float32(20))

    image = np.zeros((100, 100, 3), dtype=np.uint8)
    image[:, :, :] = np.linspace(0, 250, 100, dtype=np.uint8)[None, :, None]
    plain = PictureEmbedder(MiddleDetector(), ColourEmbedder())(image).embedding
    steady = PictureEmbedder(Steady(), ColourEmbedder())(image).embedding
    assert steady[0] - plain[0] == pytest.approx(20 * 250 / 99, abs=2)


def test_large_pictures_are_shrunk_before_anything_looks_at_them() -> None:
    seen: list[tuple[int, ...]] = []

    class Watching(MiddleDetector):
        def detect(self, image: Image) -> list[Detection]:
            seen.append(image.shape)
            return super().detect(image)

    embed = PictureEmbedder(Watching(), ColourEmbedder())
    embed(np.full((1000, 4000, 3), 5, dtype=np.uint8))
    embed(np.full((300, 200, 3), 5, dtype=np.uint8))
    assert seen == [(320, 1280, 3), (300, 200, 3)]


def test_a_digest_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"abc")
    assert digest(path) == hashlib.sha256(b"abc").hexdigest()


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(65 * 2**20)
    for name in ("none.png", "pipe.png", "huge.png", "."):
        with pytest.raises(ImageError):
            digest(tmp_path / name)
