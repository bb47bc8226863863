"""What a crowd says of one face; what is no face comes near nobody."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scoring.cohort import NOBODY, Commonness, from_json, to_json
from models.types import Array
from tests.models.calibrated import calibration, cohort

HOW = Commonness(weight=2.0, usual=0.4, least=0.3)
CROWD = replace(cohort(), commonness=HOW)
COMMON, RARE = np.eye(64)[0], np.eye(64)[9]


def test_a_face_like_strangers_is_farther_from_everybody() -> None:
    common, rare = CROWD.corrections(np.stack([COMMON, RARE]))
    assert common == pytest.approx(2.0 * (0.5 + 0.2326 - 0.4))
    assert rare == pytest.approx(2.0 * (0.3 - 0.4))


def test_length_does_not_make_a_face_common() -> None:
    assert CROWD.corrections(1e-3 * COMMON) == pytest.approx(CROWD.corrections(1e3 * COMMON))


@given(st.integers(0, 2**32 - 1))
def test_no_face_is_let_off_more_than_was_ever_seen(seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(5, 64)).astype(np.float32)
    most = HOW.weight * (HOW.usual - HOW.least)
    assert (CROWD.corrections(rows) >= -most - 1e-12).all()


@pytest.mark.parametrize("weight", [0.0, 2.0])
@pytest.mark.parametrize(
    "face", [np.full(64, np.nan), np.full(64, np.inf), np.ones(32), np.ones(65)]
)
def test_what_is_no_face_comes_near_nobody(face: Array, weight: float) -> None:
    crowd = replace(CROWD, commonness=replace(HOW, weight=weight))
    assert crowd.corrections(face) == pytest.approx([NOBODY])


def test_without_a_weight_nothing_is_corrected() -> None:
    assert not cohort().corrections(np.stack([COMMON, RARE])).any()
    assert not calibration().corrections(np.stack([COMMON, RARE])).any()


def test_directions_that_are_not_told_apart_count_together() -> None:
    """The variance in all directions stays the same."""
    fine = replace(cohort(), components=np.eye(64)[:2] * np.array([[0.3], [0.2]]))
    alike = [fine.near(np.eye(64)[axis], directions=1) for axis in (1, 2, 9)]
    assert alike[0] == pytest.approx(alike[2])
    coarse = replace(fine, components=fine.components[:1], rest=fine.rest + 0.04 / 63)
    assert alike[0] == pytest.approx(coarse.near(np.eye(64)[1]))


def _raw(**changed: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(to_json(CROWD))), **changed}


def test_a_cohort_comes_back_from_json() -> None:
    read = from_json(_raw())
    assert read.commonness == HOW
    assert read.corrections(COMMON) == pytest.approx(CROWD.corrections(COMMON), abs=1e-4)


def test_a_file_of_before_corrects_nothing() -> None:
    raw = _raw()
    del raw["commonness"]
    assert from_json(raw).commonness == Commonness()


@pytest.mark.parametrize(
    "changed",
    [
        {"commonness": [float("nan"), 0.4, 0.3]},
        {"commonness": [-1.0, 0.4, 0.3]},
        {"commonness": [11.0, 0.4, 0.3]},
        {"commonness": [1.0, 0.3, 0.4]},
        {"commonness": [1.0, 0.4, -9.0]},
        {"commonness": [1.0, 0.4]},
        {"commonness": "x"},
        {"commonness": [True, 0.4, 0.3]},
        {"components": [[0.0] * 64] * 65},
        {"unknown": 1},
        {"rest": 0.0},
    ],
)
def test_a_cohort_out_of_bounds_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        from_json(_raw(**changed))


def test_bounds_hold_for_what_is_made_here_too() -> None:
    with pytest.raises(ValueError, match="components"):
        replace(CROWD, components=np.zeros((1, 32)))
    with pytest.raises(ValueError, match="commonness"):
        Commonness(1.0, 0.1, 0.2)
