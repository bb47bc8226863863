"""What the page shows of a picture: the face, its crop, and how far everybody is."""

import base64
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2

from models.errors import UsageError
from models.training.crops import largest_face
from models.training.references import Reference, ranked
from models.types import Detection, Detector, Embedder, Image

_MOST_PEOPLE = 50
_MOST_LOADED = 4

People = Callable[[Detector, Embedder], Sequence[Reference]]
"""Whom pictures are compared with, by what runs; raises FacelatchError."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Names that a person may choose; the first is the usual one."""

    embedders: tuple[str, ...]
    detectors: tuple[str, ...]
    whose: str
    """Whom pictures are compared with, in words."""


class Engine:
    """Looks at pictures, one at a time; models and people are loaded when first asked for."""

    def __init__(
        self,
        choices: Choices,
        load_embedder: Callable[[str], Embedder],
        load_detector: Callable[[str], Detector],
        people: People,
    ) -> None:
        self.choices = choices
        self._load_embedder = load_embedder
        self._load_detector = load_detector
        self._people = people
        self._lock = threading.Lock()
        self._loaded: dict[tuple[str, str], tuple[Detector, Embedder, Sequence[Reference]]] = {}

    def look(self, image: Image, *, embedder: str, detector: str) -> dict[str, Any]:
        """JSON of what is seen in `image`; raises UsageError for a name that is no choice,
        FacelatchError.
        """
        if embedder not in self.choices.embedders or detector not in self.choices.detectors:
            raise UsageError("no such embedder or detector", "choose one of the lists")
        with self._lock:
            finder, network, people = self._get(detector, embedder)
            found = finder.detect(image)
            face = largest_face(found)
            if face is None:
                return {"faces": 0, "verdict": "no face", "detail": "no face was found"}
            chip = network.align(image, face.landmarks)[0]
            order = ranked(
                network.embed(network.align(image, face.landmarks)), people, network.metric
            )
        threshold = network.threshold
        return {
            "faces": len(found),
            "box": _shares(face, image),
            "landmarks": _points(face, image),
            "crop": _as_url(chip),
            "threshold": threshold,
            "people": [
                {"name": one.name, "distance": one.distance, "within": one.distance <= threshold}
                for one in order[:_MOST_PEOPLE]
            ],
            **_verdict([(one.name, one.distance) for one in order], threshold),
        }

    def _get(self, detector: str, embedder: str) -> tuple[Detector, Embedder, Sequence[Reference]]:
        key = (detector, embedder)
        if key not in self._loaded:
            finder, network = self._load_detector(detector), self._load_embedder(embedder)
            people = self._people(finder, network)
            if len(self._loaded) >= _MOST_LOADED:
                self._loaded.pop(next(iter(self._loaded)))
            self._loaded[key] = (finder, network, people)
        return self._loaded[key]


def _verdict(order: list[tuple[str, float]], threshold: float) -> dict[str, str]:
    if not order:
        return {"verdict": "nobody to compare with", "detail": "nobody is enrolled for this model"}
    name, distance = order[0]
    if distance <= threshold:
        return {"verdict": name, "detail": f"distance {distance:.3f}, threshold {threshold:.3f}"}
    return {
        "verdict": "a stranger",
        "detail": f"nobody is within {threshold:.3f}; nearest: {name}, {distance:.3f}",
    }


def _shares(face: Detection, image: Image) -> list[float]:
    """Left, top, width, height as shares of the picture, within it."""
    height, width = image.shape[:2]
    box = face.box
    left, right = (min(max(x / width, 0.0), 1.0) for x in (box.left, box.right))
    top, bottom = (min(max(y / height, 0.0), 1.0) for y in (box.top, box.bottom))
    return [left, top, right - left, bottom - top]


def _points(face: Detection, image: Image) -> list[list[float]]:
    height, width = image.shape[:2]
    return [[float(x) / width, float(y) / height] for x, y in face.landmarks]


def _as_url(chip: Image) -> str:
    content = cv2.imencode(".png", chip)[1].tobytes()
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
