"""Which frame later ones are compared with, and when it gives way to another."""

import numpy as np
import pytest

from models.liveness.evidence import Observation
from models.liveness.face_frame import FaceFrame
from models.liveness.reference import References
from models.liveness.tracking import Tracks, Window
from models.types import Detection, Image
from tests.models.liveness.clips import face_at

FRAME = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
FACE = face_at(160, 110, 60)


def choose(image: Image, face: FaceFrame) -> Tracks:
    window = Window.around(face, 3.0, 160)
    return Tracks(window, window.cut(image), np.full((160, 160), 255, np.uint8))


@pytest.fixture
def references() -> References:
    return References(choose, sample_seconds=0.1, most_shift=0.5, most_growth=1.3)


def seen(time: float, face: Detection = FACE) -> Observation:
    return Observation(time, FRAME, face)


def number(references: References, observation: Observation) -> int | None:
    followed = references.follow(observation)
    return None if followed is None else followed[0].number


def test_the_first_frame_is_what_later_ones_are_compared_with(references: References) -> None:
    assert references.follow(seen(0.0)) is None
    followed = references.follow(seen(0.2))
    assert followed is not None
    reference, face = followed
    assert face == reference.face == FaceFrame.of(FACE.landmarks)
    assert (reference.number, reference.time) == (1, 0.0)
    assert reference.places.shape == reference.tracks.start.shape
    assert reference.tracks.alive.mean() > 0.5


def test_a_frame_that_comes_too_early_or_at_no_time_is_passed_over(references: References) -> None:
    references.follow(seen(0.0))
    for time in (0.05, 0.0, float("nan"), float("inf")):
        assert references.follow(seen(time)) is None
        assert references.last == 0.0
    assert number(references, seen(0.2)) == 1


@pytest.mark.parametrize(
    ("time", "face"),
    [(1.7, FACE), (0.2, face_at(200, 110, 60)), (0.2, face_at(160, 110, 90))],
    ids=["too old", "too far", "too large"],
)
def test_what_cannot_be_compared_is_a_new_reference(
    references: References, time: float, face: Detection
) -> None:
    references.follow(seen(0.0))
    assert references.follow(seen(time, face)) is None
    assert number(references, seen(time + 0.2, face)) == 2


def test_where_the_face_is_lost_the_next_one_is_a_reference(references: References) -> None:
    references.follow(seen(0.0))
    assert references.follow(seen(0.2, face_at(float("nan"), 110, 60))) is None
    assert references.follow(seen(0.4)) is None
    assert number(references, seen(0.6)) == 2


def test_a_dropped_one_gives_way_and_a_reset_forgets_the_time(references: References) -> None:
    references.follow(seen(5.0))
    references.drop()
    assert references.follow(seen(5.2)) is None
    references.reset()
    assert references.follow(seen(0.0)) is None
    assert number(references, seen(0.2)) == 3
