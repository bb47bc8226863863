"""From a picture file to one embedding: which face counts, and what happens where none is found."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models import files
from models.alignment import landmarks_from_box
from models.detectors.steadying import steadied
from models.errors import ImageError
from models.quality import assess
from models.types import Box, Detection, Detector, Embedder, Embedding, Image, Landmarks

_MOST_BYTES = 64 * 1024 * 1024
_WORKING_SIDE = 1280
"""Pictures with a longer side are shrunk to it: no embedder sees more than 160 pixels of a face."""

# Where Labeled Faces in the Wild (deep-funneled) has the face, as shares of the picture's sides:
# medians of our MTCNN's boxes over the shared half.
_CENTRE_BOX = Box(0.31, 0.26, 0.68, 0.75)


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedFace:
    """The embedding of the face that a picture is about."""

    embedding: Embedding
    detected: bool
    """False where no face was found and the middle of the picture was taken in its place."""
    quality: float = 0.0
    """Score of `models.quality.assess` in [0, 1]; 0 where no face was found."""


class PictureEmbedder:
    """Finds the face a picture is about and embeds it, as `models.pipeline` would."""

    def __init__(self, detector: Detector, embedder: Embedder) -> None:
        self._detector = detector
        self._embedder = embedder

    def __call__(self, image: Image) -> EmbeddedFace:
        """The embedding of `image` (H x W x 3 BGR uint8)."""
        image = _shrunk(image)
        detection = central_face(self._detector.detect(image), image)
        if detection is not None:
            detection = steadied(self._detector, image, detection)
        landmarks = centre_landmarks(image) if detection is None else detection.landmarks
        try:
            chips = self._embedder.align(image, landmarks)
        except ImageError:
            detection, chips = None, self._embedder.align(image, centre_landmarks(image))
        quality = assess(image, detection).score if detection is not None else 0.0
        return EmbeddedFace(self._embedder.embed(chips), detection is not None, quality)


def central_face(detections: list[Detection], image: Image) -> Detection | None:
    """The face that a labelled picture is about: large, and near the middle.

    The weighing (area less twice the squared distance from the middle, in pixels) is that of
    FaceNet's tool that aligned Labeled Faces in the Wild (davidsandberg/facenet, align_dataset).
    """
    height, width = image.shape[:2]

    def weight(detection: Detection) -> float:
        box = detection.box
        across = (box.left + box.right - width) / 2
        down = (box.top + box.bottom - height) / 2
        return float(box.area - 2.0 * (across**2 + down**2))

    return max(detections, key=weight, default=None)


def centre_landmarks(image: Image) -> Landmarks:
    """Where the landmarks lie if the face is where LFW has it."""
    height, width = image.shape[:2]
    box = Box(
        _CENTRE_BOX.left * width,
        _CENTRE_BOX.top * height,
        _CENTRE_BOX.right * width,
        _CENTRE_BOX.bottom * height,
    )
    return landmarks_from_box(box)


def digest(path: Path) -> str:
    """What a picture is cached by: sha256 of the file, in hexadecimal; raises ImageError."""
    try:
        found = files.sha256(path, most=_MOST_BYTES)
    except OSError as error:
        raise ImageError(f"cannot read {path}: {files.reason(error)}") from error
    except files.UntrustedError as error:
        raise ImageError(str(error)) from error
    if not found:
        raise ImageError(f"{path} is larger than {_MOST_BYTES >> 20} MiB")
    return found


def _shrunk(image: Image) -> Image:
    scale = _WORKING_SIDE / max(image.shape[:2])
    if scale >= 1.0:
        return image
    height, width = (max(round(side * scale), 1) for side in image.shape[:2])
    return np.asarray(
        cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
