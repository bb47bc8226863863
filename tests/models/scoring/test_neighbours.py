"""Whom the most alike strangers resemble pays for it; what is no face comes near nobody."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scoring import calibration as calibrations
from models.scoring.cohort import NOBODY
from models.scoring.neighbours import Neighbours, Shift, from_json, to_json
from models.types import Array
from tests.models.calibrated import calibration

SIZE = 16
KINDS = Neighbours(
    centroids=np.eye(SIZE)[:6],
    people=(8, 9, 10, 11, 12, 400),
    nearest=2,
    template=Shift(1.5, 0.3, 0.1),
    face=Shift(0.5, 0.2, 0.1),
    costs=np.zeros(6),
)
ALIKE = np.eye(SIZE)[0] + np.eye(SIZE)[1]
UNLIKE = np.eye(SIZE)[9]


def test_likeness_is_the_mean_cosine_to_the_nearest_kinds() -> None:
    assert KINDS.likeness(7.0 * ALIKE) == pytest.approx([np.sqrt(0.5)])
    assert KINDS.likeness(np.stack([UNLIKE, np.eye(SIZE)[3]])) == pytest.approx([0.0, 0.5])


def test_whom_kinds_of_strangers_resemble_is_harder_to_be_taken_for() -> None:
    template = np.tile(ALIKE, (3, 1))
    assert KINDS.of_template(template, "cosine") == pytest.approx(1.5 * (np.sqrt(0.5) - 0.3))
    assert KINDS.of_template(np.tile(UNLIKE, (3, 1)), "euclidean") == pytest.approx(-0.3)
    assert KINDS.of_faces(np.stack([ALIKE, UNLIKE])) == pytest.approx(
        [0.5 * (np.sqrt(0.5) - 0.2), -0.05]
    )


def test_who_is_of_a_kind_whose_people_are_alike_pays_for_that() -> None:
    made = replace(KINDS, costs=np.array([0.04, 0.02, 0.0, 0.0, 0.0, 0.0]))
    template = np.tile(ALIKE, (3, 1))
    bare = KINDS.of_template(template, "cosine")
    assert made.of_template(template, "cosine") == pytest.approx(bare + 0.03)
    assert made.of_faces(ALIKE) == pytest.approx(KINDS.of_faces(ALIKE) + 0.03)
    read = from_json(json.loads(json.dumps(to_json(made))))
    assert read.costs == pytest.approx(made.costs)


def test_both_sides_count_in_a_calibration() -> None:
    made = replace(calibration(), neighbours=KINDS)
    assert made.strictness(np.tile(ALIKE, (2, 1))) == pytest.approx(1.5 * (np.sqrt(0.5) - 0.3))
    assert made.corrections(ALIKE) == pytest.approx([0.5 * (np.sqrt(0.5) - 0.2)])
    assert calibration().strictness(np.tile(ALIKE, (2, 1))) == 0.0


@given(st.integers(0, 2**32 - 1))
def test_nobody_is_let_off_more_than_was_ever_seen(seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(5, SIZE)).astype(np.float32)
    assert (KINDS.of_faces(rows) >= 0.5 * (0.1 - 0.2) - 1e-12).all()
    assert KINDS.of_template(rows, "cosine") >= 1.5 * (0.1 - 0.3) - 1e-12


@pytest.mark.parametrize(
    "face",
    [np.full(SIZE, np.nan), np.full(SIZE, np.inf), np.zeros(SIZE), np.ones(5), np.ones(SIZE + 1)],
)
def test_what_is_no_face_comes_near_nobody(face: Array) -> None:
    assert KINDS.of_faces(face) == pytest.approx([NOBODY])
    assert KINDS.of_template(np.stack([face, face]), "cosine") == NOBODY


def test_what_is_no_appearance_comes_near_nobody() -> None:
    assert KINDS.of_template(np.zeros((0, SIZE)), "cosine") == NOBODY
    assert KINDS.of_template(ALIKE, "cosine") == NOBODY


def _raw(**changed: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(to_json(KINDS))), **changed}


def test_kinds_come_back_from_json_but_for_rounding() -> None:
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(6, SIZE))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    made = replace(KINDS, centroids=rows)
    read = from_json(json.loads(json.dumps(to_json(made))))
    assert (read.people, read.nearest, read.template, read.face) == (
        made.people,
        made.nearest,
        made.template,
        made.face,
    )
    faces = rng.normal(size=(50, SIZE))
    np.testing.assert_allclose(read.likeness(faces), made.likeness(faces), atol=5e-3)


@pytest.mark.parametrize(
    "changed",
    [
        {"people": [7, 9, 10, 11, 12, 400]},
        {"people": [8.0, 9, 10, 11, 12, 400]},
        {"people": [8, 9, 10, 11, 12]},
        {"people": []},
        {"nearest": 7},
        {"nearest": 0},
        {"nearest": 2.0},
        {"template": [1.0, 0.2]},
        {"template": [-1.0, 0.3, 0.1]},
        {"template": [11.0, 0.3, 0.1]},
        {"face": [1.0, 0.1, 0.3]},
        {"face": [float("nan"), 0.3, 0.1]},
        {"face": "x"},
        {"costs": [0.0]},
        {"costs": [0.0, 0.0, 0.0, 0.0, 0.0, -0.1]},
        {"costs": [0.0, 0.0, 0.0, 0.0, 0.0, 1.1]},
        {"centroids": "AAAA"},
        {"centroids": "!!!!"},
        {"centroids": ""},
        {"centroids": 5},
        {"unknown": 1},
    ],
)
def test_kinds_out_of_bounds_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        from_json(_raw(**changed))


def test_a_calibration_with_kinds_comes_back_from_json() -> None:
    held = calibrations.HeldOut(0.01, "men", 0.02, "women", 2e-4, kept=True)
    made = replace(calibration(), neighbours=KINDS, held_out={"standard": held})
    raw = json.loads(json.dumps(calibrations.to_json(made)))
    read = calibrations.from_json(raw)
    assert read.held_out == {"standard": held}
    assert held.usable
    assert not replace(held, kept=False).usable
    assert not replace(held, frr=0.3).usable
    assert read.neighbours is not None
    assert read.neighbours.people == KINDS.people
    one = raw["held_out"]["standard"]
    for changed in ({"frr": 2.0}, {"kept": 1}, {"group": ""}, {"missed_frr": -1.0}, {"more": 1}):
        with pytest.raises((ValueError, TypeError)):
            calibrations.from_json({**raw, "held_out": {"standard": {**one, **changed}}})
    for held_out in ({"": one}, {str(level): one for level in range(9)}, [one], "standard"):
        with pytest.raises((ValueError, TypeError, AttributeError)):
            calibrations.from_json({**raw, "held_out": held_out})
