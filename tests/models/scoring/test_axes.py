"""What both sides have of a group's direction is added to their distance, and to no other."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.scoring.axes import Axes, from_json, to_json
from models.scoring.cohort import NOBODY

AXES = Axes(np.zeros(4), np.eye(4)[:2], (20, 8), 0.5)
ALIKE = np.array([[0.8, 0.0, 0.6, 0.0], [0.8, 0.0, 0.0, 0.6]])


def test_what_both_have_of_a_direction_is_added() -> None:
    assert AXES.between(ALIKE, ALIKE)[0, 1] == pytest.approx(0.5 * 0.8**2)


@pytest.mark.parametrize(
    "other", [[0.0, 0.8, 0.6, 0.0], [0.0, 0.0, 1.0, 0.0], [-0.8, 0.0, 0.6, 0.0]]
)
def test_another_group_no_group_and_the_far_side_cost_nothing(other: list[float]) -> None:
    assert AXES.between(ALIKE, np.array(other)).max() == 0.0


def test_two_on_the_far_side_have_nothing_in_common() -> None:
    assert AXES.between(-ALIKE, -ALIKE).max() == 0.0


def test_it_is_measured_from_the_middle_of_everybody_whatever_the_length() -> None:
    moved = replace(AXES, middle=np.array([0.3, 0.0, 0.0, 0.0]))
    assert moved.between(3.0 * ALIKE[:1], ALIKE[1:])[0, 0] == pytest.approx(0.5 * 0.5**2)


@pytest.mark.parametrize(
    "face", [np.full(4, np.nan), np.full(4, np.inf), np.zeros(4), np.ones(3)], ids=str
)
def test_what_is_no_face_is_nobodys(face: np.ndarray[Any, Any]) -> None:
    assert (AXES.between(ALIKE, face) >= NOBODY).all()
    assert AXES.between(ALIKE, face).shape == (2, 1)


def test_axes_come_back_from_json() -> None:
    again = from_json(to_json(AXES))
    np.testing.assert_allclose(again.between(ALIKE, ALIKE), AXES.between(ALIKE, ALIKE), atol=1e-4)
    assert again.people == AXES.people


@pytest.mark.parametrize(
    "changed",
    [
        {"people": [7, 8]},
        {"people": [20]},
        {"people": "20"},
        {"weight": -0.1},
        {"weight": 11.0},
        {"weight": True},
        {"middle": [0.0] * 3},
        {"middle": [2.0, 0.0, 0.0, 0.0]},
        {"directions": []},
        {"directions": [[1.0, 0.0, 0.0, 0.0]] * 17},
        {"directions": [[0.5, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]},
        {"directions": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]},
        {"directions": [[float("nan"), 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]},
        {"more": 1},
    ],
    ids=str,
)
def test_axes_out_of_bounds_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_json(to_json(AXES) | changed)
