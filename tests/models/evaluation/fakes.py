"""A detector and an embedder that need no network: the colour of the middle is the person."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from models.alignment import landmarks_from_box
from models.errors import ImageError
from models.types import Box, Detection, Embedding, Image, Landmarks, Metric, Precision


class MiddleDetector:
    """Finds one face in the middle of every picture that is not black."""

    name = "middle"

    def detect(self, image: Image) -> list[Detection]:
        if not image.any():
            return []
        height, width = image.shape[:2]
        box = Box(0.3 * width, 0.3 * height, 0.7 * width, 0.7 * height)
        return [Detection(box, 0.9, landmarks_from_box(box))]


class ColourEmbedder:
    """Embeds the mean colour of the chip; counts its calls."""

    name = "colour"
    model_id = "colour:0"
    precision: Precision = "float32"
    metric: Metric = "euclidean"
    threshold = 40.0

    def __init__(self) -> None:
        self.calls = 0

    def align(self, image: Image, landmarks: Landmarks) -> tuple[Image, ...]:
        x, y = landmarks.mean(axis=0).astype(int)
        return (np.ascontiguousarray(image[y - 3 : y + 3, x - 3 : x + 3]),)

    def embed(self, chips: Sequence[Image]) -> Embedding:
        self.calls += 1
        return np.asarray(chips[0].mean(axis=(0, 1)), dtype=np.float32)


def picture(colour: tuple[int, int, int]) -> bytes:
    """A PNG of one colour, 40 x 40."""
    image = np.full((40, 40, 3), colour, dtype=np.uint8)
    return cv2.imencode(".png", image)[1].tobytes()


def read_picture(path: Path) -> Image:
    """Decodes a file; raises ImageError."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ImageError(f"{path} is no picture")
    return np.asarray(image, dtype=np.uint8)
