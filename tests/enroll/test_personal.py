"""What an enrolment can promise, in words."""

from dataclasses import replace

import numpy as np
import pytest

from enroll.personal import GOOD_PICTURES, Assessment, assess, strictness, twins
from enroll.template import Appearance, Person, now
from models.errors import UsageError
from models.scoring.projection import Projection
from models.scoring.security import CUSTOM, LEVELS, STANDARD, Level
from models.types import Array, Metric
from tests.models.calibrated import calibration, cohort

MODEL = "fake:0123456789abcdef"
CALIBRATION = calibration()


def _at(distance: float) -> Array:
    """A direction at this cosine distance from the first axis."""
    row = np.zeros((1, 64), dtype=np.float32)
    row[0, :2] = 1.0 - distance, np.sqrt(1.0 - (1.0 - distance) ** 2)
    return row


def _appearance(rows: Array, *, model_id: str = MODEL, metric: Metric = "cosine") -> Appearance:
    return Appearance("default", now(), model_id, metric, rows)


def _person(name: str, rows: Array, *, model_id: str = MODEL) -> Person:
    return Person(name, (_appearance(rows, model_id=model_id),))


def _assess(
    rows: Array, *others: Person, quality: float = 1.0, level: Level = STANDARD
) -> Assessment:
    return assess(
        _appearance(rows), quality=quality, others=others, calibration=CALIBRATION, level=level
    )


def test_a_good_appearance_keeps_what_was_asked_for() -> None:
    found = _assess(_at(0.0), _person("Bob", _at(0.9)))
    assert (found.reaches, found.remarks) == (STANDARD, ())
    assert found.threshold == pytest.approx(0.4)


def test_people_who_look_alike_are_told_by_name() -> None:
    found = _assess(_at(0.0), _person("Bob", _at(0.35)), _person("Eve", _at(0.9)))
    assert found.reaches is None
    (remark,) = found.remarks
    assert "cannot tell you from Bob (distance 0.350, threshold 0.400)" in remark


def test_a_stricter_level_can_tell_apart_who_a_laxer_one_cannot() -> None:
    strict = Level("strict", LEVELS["strict"])
    assert _assess(_at(0.0), _person("Bob", _at(0.35)), level=strict).reaches == strict


def test_templates_of_another_model_are_nobodys_twin() -> None:
    assert _assess(_at(0.0), _person("Bob", _at(0.0), model_id="other:0")).remarks == ()


def test_poor_pictures_reach_the_laxest_level_only() -> None:
    found = _assess(_at(0.0), quality=GOOD_PICTURES - 0.01)
    assert found.reaches == Level("convenient", LEVELS["convenient"])
    assert "the pictures are poor" in found.remarks[0]


def test_pictures_unlike_each_other_are_told_by_number() -> None:
    rows = np.eye(64, dtype=np.float32)[:4] + 0.9
    rows[3] = _at(0.0)[0] * 8
    found = _assess(np.vstack([np.eye(64, dtype=np.float32)[:4]]))
    assert found.reaches is None
    assert "unlike each other: 4 of 4" in found.remarks[0]
    assert _assess(rows[:3]).remarks == ()


def test_two_pictures_say_nothing_of_their_spread() -> None:
    assert _assess(np.eye(64, dtype=np.float32)[:2]).remarks == ()


def test_a_rate_of_ones_own_falls_back_to_a_level() -> None:
    found = _assess(_at(0.0), quality=0.1, level=Level(CUSTOM, 2e-4))
    assert found.reaches is not None
    assert found.reaches.name == "convenient"


def test_a_rate_beyond_the_calibration_is_an_error() -> None:
    with pytest.raises(UsageError, match="beyond this calibration"):
        _assess(_at(0.0), level=Level(CUSTOM, 1e-7))


def test_whom_the_crowd_resembles_has_a_stricter_threshold() -> None:
    crowded = calibration(cohort=cohort())
    appearance = _appearance(_at(0.0))
    strict = strictness(appearance, crowded)
    assert strict > 0.1
    found = assess(appearance, quality=1.0, others=(), calibration=crowded, level=STANDARD)
    assert found.threshold == pytest.approx(0.4 - strict)


def test_an_appearance_of_scattered_pictures_lets_no_more_strangers_in() -> None:
    """Its template lies near the middle of everybody, where any face is near by such a metric."""
    made = replace(
        calibration(cohort=replace(cohort(), usual=(1.2, 0.9))),
        metric="euclidean",
        distances=np.array([0.8, 0.95, 1.1, 1.3, 1.6]),
    )
    scattered = _appearance(np.eye(64, dtype=np.float32)[5:15], metric="euclidean")
    stranger = np.eye(64, dtype=np.float32)[40]
    distance = np.linalg.norm(scattered.template - stranger)
    assert distance < made.threshold(1e-2)
    assert distance > made.threshold(1e-2) - strictness(scattered, made)


def test_without_a_crowd_nobody_is_treated_strictly() -> None:
    assert strictness(_appearance(_at(0.0)), CALIBRATION) == 0.0


def test_who_is_near_by_what_a_group_has_in_common_is_no_twin() -> None:
    common = np.eye(64)[:1]
    taken = Projection(np.zeros(64), common, 1.0, 40)
    apart = replace(CALIBRATION, projection=taken)
    mine, other = np.zeros((2, 1, 64), dtype=np.float32)
    mine[0, :2], other[0, [0, 2]] = (0.9, np.sqrt(0.19)), (0.9, np.sqrt(0.19))
    people = [_person("Bob", other)]
    for known, found in ((CALIBRATION, ["Bob"]), (apart, [])):
        assert twins(_appearance(mine), people, 0.4, known) == found
        assessed = assess(
            _appearance(mine), quality=1.0, others=people, calibration=known, level=STANDARD
        )
        assert (assessed.reaches is None) == bool(found)
