"""What a challenge sees of a head: a flat picture neither turns nor nods."""

import math

import numpy as np
import pytest

from models.liveness.nose import NOD, TURN, posed
from models.synthetic.motion import Placement
from models.synthetic.relief import EYES_MM, project
from tests.models.liveness.clips import face_at


def test_the_pose_of_landmarks() -> None:
    ahead = face_at(100.0, 100.0, 50.0).landmarks
    turned = ahead.copy()
    turned[2, 0] += 5.0
    nodded = ahead.copy()
    nodded[2, 1] += 5.0
    turn, nod, size = posed(ahead)
    assert turn == pytest.approx(0.0, abs=1e-6) and size == pytest.approx(50.0)
    assert posed(turned)[0] == pytest.approx(1 / 3, rel=1e-3)
    assert posed(nodded)[1] - nod == pytest.approx(1 / 3, rel=1e-3)
    assert np.isnan(posed(np.full((5, 2), np.nan, np.float32))).all()


_FACE_MM = EYES_MM * np.array(
    [[-0.5, -0.5, 0.0], [0.5, -0.5, 0.0], [0.0, 0.07, 0.0], [-0.4, 0.5, 0.0], [0.4, 0.5, 0.0]]
)


def _turned(degrees: tuple[float, float, float], *, nose: float) -> tuple[float, float, float]:
    """The pose of a face whose nose stands out by so many eye distances, half a metre away."""
    points = _FACE_MM.copy()
    points[2, 2] = -nose * EYES_MM
    yaw, pitch, roll = (math.radians(one) for one in degrees)
    seen = project(points, Placement((yaw, pitch, roll), (0.0, 0.0, 0.0)), 500.0, (1280, 720))
    return posed(seen)


@pytest.mark.parametrize("yaw", [-40.0, -20.0, 0.0, 20.0, 40.0])
@pytest.mark.parametrize("pitch", [-40.0, -20.0, 0.0, 20.0, 40.0])
@pytest.mark.parametrize("roll", [-15.0, 0.0, 15.0])
def test_a_flat_picture_neither_turns_nor_nods_however_it_is_held(
    yaw: float, pitch: float, roll: float
) -> None:
    turn, nod, _ = _turned((yaw, pitch, roll), nose=0.0)
    ahead = _turned((0.0, 0.0, 0.0), nose=0.0)
    assert abs(turn - ahead[0]) < TURN and abs(nod - ahead[1]) < NOD


def test_a_head_with_a_nose_turns_and_nods_enough() -> None:
    ahead = _turned((0.0, 0.0, 0.0), nose=0.5)
    for sign in (-1.0, 1.0):
        assert abs(_turned((sign * 12.0, 0.0, 0.0), nose=0.5)[0] - ahead[0]) > TURN
        assert abs(_turned((0.0, sign * 15.0, 0.0), nose=0.5)[1] - ahead[1]) > NOD
