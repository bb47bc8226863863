"""Our MTCNN against the PyPI package `mtcnn`, on real photos at the package's default size."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.detectors.mtcnn import MtcnnDetector
from models.geometry import iou
from models.types import Box, Detection, Image
from tests.data import shared_data
from tests.models.detectors import exact

pytestmark = pytest.mark.slow

PACKAGE_MIN_FACE = 20
LONGEST_SIDE = 480
SURE = 0.9
MIN_PHOTOS = 60
COLLECTIONS = ("deepface", "face_recognition")
"""Photos as cameras take them. How crops of faces fare is in docs/measurements.md."""


@dataclass(frozen=True)
class Photo:
    """A photo and the faces that the package finds in it."""

    path: Path
    image: Image
    faces: list[Detection]


@dataclass(frozen=True)
class Match:
    """A sure face of one detector beside the nearest of the other."""

    photo: Path
    overlap: float
    error: float
    """Largest distance of a landmark, in shares of the distance of the eyes."""

    @property
    def agrees(self) -> bool:
        """The bar of the issue."""
        return self.overlap >= 0.9 and self.error <= 0.05


@pytest.fixture(scope="module")
def photos() -> list[Photo]:
    """Every photo of two collections, its longer side at most 480 pixels."""
    package = the_package()
    return [
        Photo(path, image, package_faces(package.detect_faces, image))
        for collection in COLLECTIONS
        for path, image in pictures(shared_data(f"photos/{collection}"))
    ]


def the_package() -> Any:
    """Its networks traced: layer by layer in Python most of the time is Keras's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow as tf
        from mtcnn import MTCNN

        package = MTCNN()
    for stage in package.stages:
        stage._model = tf.function(stage._model, reduce_retracing=True)
    return package


def pictures(folder: Path) -> Iterator[tuple[Path, Image]]:
    for path in sorted(folder.rglob("*")):
        image = cv2.imread(str(path)) if path.suffix in {".jpg", ".jpeg", ".png"} else None
        if image is None:
            continue
        scale = LONGEST_SIDE / max(image.shape)
        if scale < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        yield path, np.asarray(image, dtype=np.uint8)


def package_faces(detect: Callable[..., npt.NDArray[np.float64]], image: Image) -> list[Detection]:
    rows = detect(image[:, :, ::-1], fit_to_image=False, box_format="xyxy", output_type="numpy")
    return [
        Detection(
            Box(*row[1:5].tolist()),
            float(row[5]),
            np.stack([row[6:11], row[11:16]], axis=1).astype(np.float32),
        )
        for row in np.atleast_2d(rows)
        if row.size
    ]


def matches(photos: list[Photo], detector: MtcnnDetector) -> list[Match]:
    """One for every face that either finds with confidence >= 0.9."""
    found = []
    for photo in photos:
        ours = detector.detect(photo.image)
        for faces, others in ((photo.faces, ours), (ours, photo.faces)):
            sure = (face for face in faces if face.confidence >= SURE)
            found += [match(photo.path, face, others) for face in sure]
    return found


def match(path: Path, face: Detection, others: list[Detection]) -> Match:
    nearest = max(others, key=lambda other: iou(face.box, other.box), default=None)
    if nearest is None:
        return Match(path, 0.0, float("inf"))
    away = np.linalg.norm(face.landmarks - nearest.landmarks, axis=1).max()
    eyes = np.linalg.norm(face.landmarks[0] - face.landmarks[1])
    return Match(path, iou(face.box, nearest.box), float(away / eyes))


def test_the_exact_variant_is_the_package(photos: list[Photo]) -> None:
    found = matches(photos, MtcnnDetector(min_face=PACKAGE_MIN_FACE, cut=exact.cut))
    assert len(photos) >= MIN_PHOTOS
    assert len(found) >= 2 * MIN_PHOTOS
    assert [entry for entry in found if entry.overlap < 0.999] == []
    assert max(entry.error for entry in found) < 0.001


def test_what_runs_agrees_with_the_package(photos: list[Photo]) -> None:
    found = matches(photos, MtcnnDetector(min_face=PACKAGE_MIN_FACE))
    assert len(found) >= 2 * MIN_PHOTOS
    differing = [entry for entry in found if not entry.agrees]
    assert len(differing) <= 0.02 * len(found), differing
