import math

import numpy as np
import pytest

from models.liveness.shape import FEWEST, Shape, curve, nose, shape
from models.types import Array

RNG = np.random.default_rng(0)
PLACES: Array = RNG.uniform([-0.8, -1.0], [0.8, 1.0], (60, 2)).astype(np.float32)


def _seen(heights: Array, yaw: float, *, noise: float = 0.003, distance: float = 9.0) -> Array:
    """Where points with `heights` over a plane are seen after a turn by `yaw` radians."""
    x, y, z = PLACES[:, 0].astype(float), PLACES[:, 1].astype(float), -heights.astype(float)
    right = x * math.cos(yaw) + z * math.sin(yaw)
    away = -x * math.sin(yaw) + z * math.cos(yaw) + distance
    seen = np.column_stack([right / away, y / away]) * distance
    return np.asarray(seen + np.random.default_rng(1).normal(0, noise, seen.shape), np.float32)


HEAD = curve(PLACES) + nose(PLACES)
FLAT = np.zeros(len(PLACES), np.float32)


def _told(heights: Array, yaw: float) -> Shape:
    found = shape(_seen(heights, 0.0, noise=0.0), _seen(heights, yaw))
    assert found is not None
    return found


def test_a_turned_head_tells_by_how_much_it_turned() -> None:
    found = _told(HEAD, math.radians(6))
    assert found.turn == pytest.approx(math.sin(math.radians(6)), rel=0.25)
    assert found.least_turn > 0.06
    assert found.agree == pytest.approx(1.0, abs=0.5)


@pytest.mark.parametrize("degrees", [0.0, 6.0, 20.0])
def test_a_plane_has_no_depth_however_it_turns(degrees: float) -> None:
    found = _told(FLAT, math.radians(degrees))
    assert found.least_turn < 0.02
    assert found.turn < 0.03


def test_a_head_that_does_not_turn_has_none_either() -> None:
    assert _told(HEAD, 0.0).least_turn < 0.02


def test_points_that_went_astray_change_nothing() -> None:
    before, after = _seen(HEAD, 0.0, noise=0.0), _seen(HEAD, math.radians(8))
    after[::9] += 0.4
    found = shape(before, after)
    assert found is not None
    assert found.turn == pytest.approx(math.sin(math.radians(8)), rel=0.3)
    assert found.points <= len(PLACES) - len(PLACES[::9]) + 1


def test_too_few_points_tell_nothing() -> None:
    some = PLACES[: FEWEST - 1]
    assert shape(some, some) is None


def test_coinciding_points_are_no_head() -> None:
    same = np.zeros((40, 2), np.float32)
    found = shape(same, same)
    assert found is None or found.least_turn <= 0.0


def test_a_plane_shows_a_head_in_at_most_one_trial_of_two_hundred() -> None:
    """The stated false rate of `least_turn`, with points found to a 150th of the eyes' distance."""
    wrong = 0
    for trial in range(200):
        rng = np.random.default_rng(trial)
        yaw = float(rng.uniform(-0.3, 0.3))
        after = _seen(FLAT, yaw) + rng.normal(0, 0.006, PLACES.shape).astype(np.float32)
        found = shape(_seen(FLAT, 0.0, noise=0.0), after)
        assert found is not None
        wrong += found.least_turn > 0.03
    assert wrong <= 1
