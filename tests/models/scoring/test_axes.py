"""Being of one group costs two faces what the group's axis says, and nobody else anything."""

from typing import Any

import numpy as np
import pytest

from models.scoring.axes import Axes, Axis, from_json, to_json
from models.scoring.cohort import NOBODY

AXES = Axes(np.eye(4)[:2], (Axis(0.2, 0.6, 0.1, 20), Axis(0.0, 1.0, 0.3, 8)))
WHOLLY = np.array([[0.8, 0.0, 0.6, 0.0], [0.8, 0.0, 0.0, 0.6]])
PARTLY = np.array([[0.4, 0.0, 0.0, np.sqrt(1.0 - 0.16)]])


def test_two_who_are_wholly_of_a_group_pay_its_cost() -> None:
    assert AXES.between(WHOLLY, WHOLLY)[0, 1] == pytest.approx(0.1)


def test_who_is_partly_of_a_group_pays_a_part() -> None:
    assert AXES.between(WHOLLY, PARTLY)[0, 0] == pytest.approx(0.1 * 0.5)
    assert AXES.between(PARTLY, PARTLY)[0, 0] == pytest.approx(0.1 * 0.25)


@pytest.mark.parametrize(
    "other", [[0.0, 0.8, 0.6, 0.0], [0.2, 0.0, 0.98, 0.0], [-0.8, 0.0, 0.6, 0.0]]
)
def test_another_group_no_group_and_the_far_side_cost_nothing(other: list[float]) -> None:
    assert AXES.between(WHOLLY, np.array(other)).max() == 0.0
    assert AXES.between(-WHOLLY, -WHOLLY).max() == 0.0


def test_who_is_of_two_groups_pays_for_both() -> None:
    both = np.array([[0.6, 0.8, 0.0, 0.0]])
    assert AXES.between(both, both)[0, 0] == pytest.approx(0.1 + 0.3 * 0.8**2)


def test_the_length_of_an_embedding_does_not_matter() -> None:
    assert AXES.between(5.0 * PARTLY, 0.1 * PARTLY)[0, 0] == pytest.approx(0.1 * 0.25)


@pytest.mark.parametrize(
    "face", [np.full(4, np.nan), np.full(4, np.inf), np.zeros(4), np.ones(3)], ids=str
)
def test_what_is_no_face_is_nobodys(face: np.ndarray[Any, Any]) -> None:
    assert (AXES.between(WHOLLY, face) >= NOBODY).all()
    assert AXES.between(WHOLLY, face).shape == (2, 1)


def test_axes_come_back_from_json() -> None:
    again = from_json(to_json(AXES))
    np.testing.assert_allclose(again.between(WHOLLY, PARTLY), AXES.between(WHOLLY, PARTLY))
    assert again.all == AXES.all


@pytest.mark.parametrize(
    "changed",
    [
        {"people": 7},
        {"people": "20"},
        {"people": True},
        {"cost": -0.1},
        {"cost": 0.6},
        {"cost": True},
        {"cost": float("nan")},
        {"start": 1.0},
        {"start": -2.0},
        {"end": 4.0},
        {"direction": [1.0, 0.0, 0.0]},
        {"direction": [0.5, 0.0, 0.0, 0.0]},
        {"direction": [float("nan"), 0.0, 0.0, 0.0]},
        {"direction": []},
        {"more": 1},
    ],
    ids=str,
)
def test_an_axis_out_of_bounds_is_refused(changed: dict[str, Any]) -> None:
    first, second = to_json(AXES)
    with pytest.raises((ValueError, TypeError)):
        from_json([first, second | changed])


@pytest.mark.parametrize("raw", [[], {}, "axes", [1], to_json(AXES) * 9], ids=lambda r: str(r)[:9])
def test_what_is_no_list_of_axes_is_refused(raw: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_json(raw)
