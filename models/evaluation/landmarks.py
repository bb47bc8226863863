"""`python -m models.evaluation.landmarks FOLDER...`: where faces and their landmarks usually lie.

Prints medians over the face that each picture is about, as our MTCNN finds it: the box in the
picture, the five landmarks in the box, and the landmarks in FaceNet's chip. The constants of
`models.alignment`, `models.embedders.spec` and `models.evaluation.pictures` come from it.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.errors import UsageError
from models.evaluation import program
from models.evaluation.pictures import central_face
from models.types import Box, Detection, Detector, Image, Landmarks

FACENET_SIZE, FACENET_MARGIN = 160, 32
"""With these FaceNet's published accuracy on Labeled Faces in the Wild was measured: the box, 16
pixels of the picture more at each side, becomes 160 x 160 pixels, whatever its shape was
(davidsandberg/facenet, align_dataset_mtcnn). So what is printed for it holds for LFW alone."""

_PICTURES = {".jpg", ".jpeg", ".png", ".pgm"}
_MIN_FACE = 40
_LONGEST_SIDE = 1280

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Medians:
    """Over `pictures`; boxes and landmarks in shares of a width and height."""

    pictures: int
    box: Shares
    """Left, top, right, bottom in the picture."""
    in_box: Shares
    """(5, 2): the landmarks in the box."""
    facenet: Shares
    """(5, 2): the landmarks in FaceNet's chip, pixels."""
    facenet_stretch: float
    """How much wider FaceNet's chip shows a face than it is, its height left alone."""


def in_box(landmarks: Landmarks, box: Box) -> Shares:
    """`landmarks` (5, 2) as shares of the width and height of `box`."""
    origin, extent = np.array([box.left, box.top]), np.array([box.width, box.height])
    return np.asarray((landmarks.astype(np.float64) - origin) / extent)


def facenet_box(box: Box) -> Box:
    """What FaceNet's chip shows of a picture of LFW."""
    margin = FACENET_MARGIN / 2
    return Box(box.left - margin, box.top - margin, box.right + margin, box.bottom + margin)


def medians(faces: Sequence[tuple[Detection, Image]]) -> Medians:
    """Over faces and the pictures they are in; raises UsageError where there are none."""
    if not faces:
        raise UsageError("no face in these pictures")
    shown = [facenet_box(face.box) for face, _ in faces]
    in_chip = [in_box(face.landmarks, box) for (face, _), box in zip(faces, shown, strict=True)]
    return Medians(
        pictures=len(faces),
        box=np.median([_in_picture(face.box, image) for face, image in faces], axis=0),
        in_box=np.median([in_box(face.landmarks, face.box) for face, _ in faces], axis=0),
        facenet=FACENET_SIZE * np.median(in_chip, axis=0),
        facenet_stretch=float(np.median([box.height / box.width for box in shown])),
    )


def find(detector: Detector, paths: Iterable[Path]) -> Iterator[tuple[Detection, Image]]:
    """The face that each readable picture is about, and the picture; others are passed over."""
    for path in paths:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None or max(image.shape[:2]) > _LONGEST_SIDE:
            continue
        picture = np.asarray(image, dtype=np.uint8)
        face = central_face(detector.detect(picture), picture)
        if face is not None:
            yield face, picture


def lines(found: Medians) -> Iterator[str]:
    """What the command prints: shares of width and height, and pixels of a chip."""
    yield f"{found.pictures} pictures"
    yield f"box in the picture (left, top, right, bottom): {_row(found.box)}"
    yield f"FaceNet's chip stretches faces {found.facenet_stretch:.3f} times"
    yield "landmarks in the box, and in FaceNet's chip:"
    for shares, pixels in zip(found.in_box, found.facenet, strict=True):
        yield f"  {_row(shares)}    {pixels[0]:.2f} {pixels[1]:.2f}"


def _row(values: Iterable[float]) -> str:
    return " ".join(f"{value:.3f}" for value in values)


def _in_picture(box: Box, image: Image) -> tuple[float, float, float, float]:
    height, width = image.shape[:2]
    return box.left / width, box.top / height, box.right / width, box.bottom / height


def _pictures(folders: Iterable[Path], every: int) -> Iterator[Path]:
    found = sorted(
        path for folder in folders for path in folder.rglob("*") if path.suffix in _PICTURES
    )
    yield from found[::every]


def _measured(folders: Sequence[Path], every: int) -> Iterator[str]:
    from models.detectors.mtcnn import MtcnnDetector

    detector = MtcnnDetector(min_face=_MIN_FACE)
    yield from lines(medians(list(find(detector, _pictures(folders, every)))))


def main() -> int:
    """Measures the folders named on the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluation.landmarks")
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--every", type=int, default=1, help="take every n-th picture")
    arguments = parser.parse_args()
    return program.run(_measured(arguments.folders, max(arguments.every, 1)))


if __name__ == "__main__":
    sys.exit(main())
