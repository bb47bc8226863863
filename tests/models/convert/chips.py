"""Prepared networks and real aligned faces, for the tests that compare networks."""

import subprocess
import sys
from functools import lru_cache

import cv2
import numpy as np
import pytest

from models.assets import catalogue, weights
from models.detectors.mtcnn import MtcnnDetector
from models.embedders.litert import LiteRTEmbedder
from models.embedders.spec import EMBEDDERS
from models.evaluation.pictures import central_face
from models.types import Image, Landmarks, Precision
from tests.data import shared_data


@lru_cache
def prepared(name: str) -> None:
    """Prepares the model called `name` if need be; skips where its weights are not here."""
    if not weights.installed(catalogue.spec(name)):
        pytest.skip(f"the weights of {name} are not on this machine (facelatch models fetch)")
    made = subprocess.run(
        [sys.executable, "-P", "-m", "models.convert", name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr


def embedder(name: str, precision: Precision) -> LiteRTEmbedder:
    """The embedder called `name`, prepared if need be."""
    prepared(name)
    return LiteRTEmbedder(EMBEDDERS[name], precision=precision)


@lru_cache(maxsize=2)
def lfw_faces(count: int) -> tuple[tuple[Image, Landmarks], ...]:
    """Pictures of `count` people of Labeled Faces in the Wild, with the landmarks of each."""
    prepared("mtcnn")
    detector = MtcnnDetector()
    paths = sorted(shared_data("lfw/images").rglob("*_0001.jpg"))
    pictures = [cv2.imread(str(path)) for path in paths[:: len(paths) // count][:count]]
    found = []
    for picture in pictures:
        image = np.asarray(picture, dtype=np.uint8)
        face = central_face(detector.detect(image), image)
        if face is not None:
            found.append((image, face.landmarks))
    assert len(found) >= 0.95 * count
    return tuple(found)


def lfw_chips(name: str, count: int) -> list[Image]:
    """The same faces as the embedder called `name` is given them."""
    model = embedder(name, "float32")  # reads and checks up to 94 MB
    return [model.align(*face)[0] for face in lfw_faces(count)]


def smallest_cosine(name: str, count: int) -> float:
    """Between the quantised and the float32 network, over real faces."""
    chips = lfw_chips(name, count)
    pair = [embedder(name, precision) for precision in ("int8", "float32")]
    quantised, plain = (np.stack([one.answer(chip) for chip in chips]) for one in pair)
    products = (quantised * plain).sum(axis=1)
    lengths = np.linalg.norm(quantised, axis=1) * np.linalg.norm(plain, axis=1)
    return float((products / lengths).min())
