"""Pictures under a wrong name are left out where two networks agree, and no others."""

import numpy as np
import pytest

from models.evaluation.mislabelled import mislabelled
from models.types import Array

PEOPLE, PICTURES, DIMENSION = 6, 8, 16
WHO = np.repeat(np.arange(PEOPLE, dtype=np.int32), PICTURES)
USABLE = np.ones(WHO.size, dtype=bool)


def network(seed: int, *, swapped: tuple[int, ...] = ()) -> Array:
    """Pictures near their people's directions; `swapped` ones show the next person."""
    rng = np.random.default_rng(seed)
    shown = WHO.copy()
    shown[list(swapped)] = (shown[list(swapped)] + 1) % PEOPLE
    people = rng.normal(size=(PEOPLE, DIMENSION))
    return (people[shown] + 0.2 * rng.normal(size=(WHO.size, DIMENSION))).astype(np.float32)


def test_a_wrong_name_that_both_see_is_left_out() -> None:
    made = mislabelled([network(1, swapped=(3, 20)), network(2, swapped=(3, 20))], WHO, USABLE)
    assert list(np.flatnonzero(made)) == [3, 20]


@pytest.mark.parametrize("confused", [(3,), (3, 20, 30)])
def test_what_one_network_confuses_stays(confused: tuple[int, ...]) -> None:
    assert not mislabelled([network(1, swapped=confused), network(2)], WHO, USABLE).any()


def test_a_picture_without_a_face_counts_for_nothing() -> None:
    usable = USABLE.copy()
    usable[3] = False
    rows = network(1, swapped=(3, 20))
    rows[3] = np.nan
    assert list(np.flatnonzero(mislabelled([rows, rows], WHO, usable))) == [20]
