"""People made of numbers: a frame's first pixel says who is in it, so that engines run unseen."""

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np

from daemon.sources.base import Frame
from enroll.template import Appearance, Person, now
from models.scoring.calibration import Calibration, Provenance, criterion
from models.scoring.security import STANDARD
from models.types import (
    Array,
    Box,
    Detection,
    Embedding,
    Image,
    Landmarks,
    Metric,
    Precision,
)

NOBODY, ADA, BOB, BLURRED_ADA = 0, 1, 2, 101
_TEXTURE = np.random.default_rng(7).integers(40, 216, (240, 320, 3), dtype=np.uint8)
_FACE = np.array([(120, 90), (180, 90), (150, 123), (127, 155), (173, 155)], dtype=np.float32)


def picture(who: int) -> Image:
    """A frame with this person; above 100 it is a frame too dark to use."""
    image = _TEXTURE.copy() if who <= 100 else np.zeros_like(_TEXTURE)
    image[0, 0] = who
    return image


def embedding(who: int) -> Embedding:
    """Everybody is a corner of the cube: two people are sqrt(2) apart."""
    vector = np.zeros(64, dtype=np.float32)
    vector[who % 100] = 1.0
    return vector


class FakeDetector:
    """Finds one face unless nobody is there."""

    name = "fake"

    def detect(self, image: Image) -> list[Detection]:
        who = set(image[0, 0].tolist())
        # A turned picture has another pixel there.
        if who == {NOBODY} or len(who) > 1:
            return []
        return [Detection(Box(90, 40, 210, 190), 0.999, _FACE.copy())]


class FakeEmbedder:
    """Reads who it is off the frame."""

    name = "fake"
    model_id = "fake:0"
    precision: Precision = "float32"
    metric: Metric = "euclidean"
    threshold = 0.6

    def align(self, image: Image, landmarks: Landmarks) -> tuple[Image, ...]:
        assert landmarks.shape == (5, 2)
        return (image,)

    def embed(self, chips: Sequence[Image]) -> Embedding:
        return embedding(int(chips[0][0, 0, 0]))


class FakeSource:
    """Plays a list of people at 10 frames a second of its own clock, as fast as they are taken.

    An exception in the list is raised in its turn.
    """

    description = "a list"
    patience = 5.0

    def __init__(
        self, people: Iterable[int | Exception], *, live: bool = False, still: bool = False
    ) -> None:
        self._people = iter(people)
        self._index = 0
        self.live = live
        self.still = still
        self.closed = False

    def read(self) -> Frame | None:
        who = next(self._people, None)
        if who is None:
            return None
        if isinstance(who, Exception):
            raise who
        frame = Frame(picture(who), self._index / 10.0, self._index)
        self._index += 1
        return frame

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def person(name: str, who: int, *, model_id: str = FakeEmbedder.model_id) -> Person:
    """Somebody enrolled."""
    rows: Array = np.stack([embedding(who)])
    return Person(name, (Appearance("default", now(), model_id, "euclidean", rows),))


CALIBRATION = Calibration(
    model_id=FakeEmbedder.model_id,
    precision=FakeEmbedder.precision,
    metric=FakeEmbedder.metric,
    provenance=Provenance("measured", "a cube", 64, 640, 100, 10_000, "2025-03-01", "none"),
    distances=np.array([0.2, 0.6, 1.0, 1.4]),
    log_far=np.array([-8.0, -4.0, -1.0, 0.0]),
    llr=np.array([16.0, 4.0, -4.0, -8.0]),
    measured_far=1e-3,
)
CRITERION = criterion(CALIBRATION, STANDARD)

PEOPLE: Sequence[Person] = (person("Ada", ADA), person("Bob", BOB))


class RecordingSpeaker:
    """Says nothing aloud and remembers what it was given."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def finish(self, seconds: float) -> bool:  # noqa: ARG002 - nothing to wait for
        return True

    def close(self) -> None:
        pass
