"""Whether a face is the one before: place, likeness and time."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from daemon.recognition.same_face import (
    ANOTHER_RATE,
    MOST_GAP_SECONDS,
    TURNED_RATE,
    Likeness,
    SameFace,
    largest,
)
from models import calibrations
from models.scoring.calibration import criterion, from_json
from models.scoring.security import STANDARD
from models.types import Box, Detection, Face, Quality
from tests.daemon.fakes import ADA, BOB, CRITERION, FakeEmbedder, embedding


def face(who: int, *, left: float = 90.0, quality: float = 0.9) -> Face:
    box = Box(left, 40.0, left + 120.0, 190.0)
    landmarks = np.full((5, 2), left, dtype=np.float32)
    return Face(Detection(box, 0.9, landmarks), Quality(quality), embedding(who))


def followed() -> SameFace:
    same = SameFace(Likeness.by(FakeEmbedder.metric, CRITERION))
    assert not same.follows(1.0, face(ADA))
    return same


def test_a_face_that_stays_is_the_same() -> None:
    same = followed()
    assert [same.follows(1.0 + n / 10, face(ADA, left=90.0 + n)) for n in range(1, 6)] == [True] * 5


@pytest.mark.parametrize("time", [1.0, 0.9, math.nan, math.inf, 1.0 + MOST_GAP_SECONDS + 0.01])
def test_a_time_that_does_not_rise_or_leaps_is_a_cut(time: float) -> None:
    assert not followed().follows(time, face(ADA))


def test_who_jumps_or_is_another_is_not_the_same() -> None:
    assert not followed().follows(1.1, face(ADA, left=400.0))
    assert not followed().follows(1.1, face(BOB))


def test_another_one_is_told_across_blurred_frames() -> None:
    """A blurred face is like nobody, but whoever follows is compared with who was before."""
    same = followed()
    assert same.follows(1.1, face(BOB, quality=0.1))
    assert not same.follows(1.2, face(BOB))
    assert same.follows(1.3, face(BOB))


def test_embeddings_of_another_length_are_of_another() -> None:
    short = replace(face(ADA), embedding=np.ones(8, dtype=np.float32))
    assert not followed().follows(1.1, short)


def test_the_largest_is_who_sits_in_front() -> None:
    small = replace(face(BOB), detection=replace(face(BOB).detection, box=Box(0, 0, 30, 30)))
    found = largest((small, face(ADA)))
    assert found is not None
    assert found.detection.box.width == 120.0
    assert largest(()) is None


def test_a_face_that_was_asked_to_turn_may_be_less_like_itself() -> None:
    steps = [_towards(BOB, share) for share in (0.5, 0.8)]
    assert 1.25 * CRITERION.threshold < 0.8 < 1.25 * 1.3 * CRITERION.threshold
    assert not followed().follows(1.1, steps[-1])
    same = followed()
    same.turns = True
    assert [same.follows(1.1 + n / 10, step) for n, step in enumerate(steps)] == [True, True]
    assert not same.follows(1.3, face(BOB))


def test_a_face_that_turns_goes_so_far_step_by_step_only() -> None:
    """Two thirds of strangers are as near to a face as it is to itself when it turns."""
    farther = _towards(BOB, 0.8)
    same = followed()
    same.turns = True
    assert not same.follows(1.1, farther)  # somebody else, who takes its place
    same = followed()
    same.turns = True
    assert same.follows(1.1, _towards(BOB, 0.5))
    blurred = [same.follows(1.3 + n / 5, face(ADA, quality=0.1)) for n in range(5)]
    assert blurred == [True] * 5
    assert not same.follows(2.3, farther)  # hidden while nobody could tell


def _towards(who: int, length: float) -> Face:
    """Ada's face, so far from itself in the direction of somebody else."""
    turned = embedding(ADA).copy()
    turned[who] = length
    return replace(face(ADA), embedding=turned)


@pytest.mark.parametrize("path", sorted(Path(calibrations.__file__).parent.glob("*.json")))
def test_no_embedder_takes_most_strangers_for_who_was_there(path: Path) -> None:
    """By what each embedder that ships was measured to do, not by a factor alone."""
    known = from_json(json.loads(path.read_text(encoding="utf-8")))
    bounds = Likeness.by(known.metric, criterion(known, STANDARD))
    assert known.far(bounds.farthest) <= ANOTHER_RATE * 1.01
    assert known.far(bounds.turned) <= TURNED_RATE * 1.01
    assert bounds.farthest <= bounds.turned


def test_a_face_that_is_asked_to_turn_may_be_less_like_itself() -> None:
    same = SameFace(Likeness("euclidean", 0.6, 2.0))
    same.follows(1.0, face(ADA))
    same.turns = True
    assert [same.follows(1.1 + n / 10, _towards(BOB, n / 2)) for n in range(4)] == [True] * 4
    same.turns = False
    assert not same.follows(1.5, _towards(BOB, 1.5))
