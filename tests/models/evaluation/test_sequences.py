"""Visits judged as verify would, and what single frames of them would decide."""

import numpy as np
import pytest

from daemon.config import Attempts
from models.errors import UsageError
from models.evaluation import sequences
from models.evaluation.sequences import Gallery, Measured, Visit
from models.evaluation.sequences_report import Setup, sequences_json, sequences_rows
from models.scoring.calibration import Calibration, criterion
from models.scoring.security import ATTEMPTS, STANDARD, Level
from models.types import Array
from tests.models.calibrated import calibration, cohort

FRAMES, DIMENSION = 20, 64
CALIBRATION = calibration()


def _direction(person: int) -> Array:
    return np.asarray(np.eye(DIMENSION)[person], dtype=np.float32)


def _visit(person: int, like: int, *, share: float = 0.0, quality: float = 1.0) -> Visit:
    """Frames that point to `person`, a `share` of them to `like`."""
    rows = np.tile(_direction(person), (FRAMES, 1))
    rows[: round(share * FRAMES)] = _direction(like)
    return Visit(person, np.arange(FRAMES) / 10, rows, np.full(FRAMES, quality, dtype=np.float32))


def _gallery(people: int = 4, made: Calibration = CALIBRATION) -> Gallery:
    evidence = [(person, np.tile(_direction(person), (3, 1))) for person in range(people)]
    return Gallery.of(evidence, made)


def _measure(*visits: Visit) -> Measured:
    return sequences.measure(visits, _gallery(), CALIBRATION)


def test_owners_match_after_the_fewest_frames_and_strangers_never() -> None:
    outcome = sequences.judge(_measure(_visit(0, 0), _visit(1, 1)), CALIBRATION, STANDARD)
    assert (outcome.false_rejects.errors, outcome.false_rejects.trials) == (0, 2)
    assert (outcome.false_accepts.errors, outcome.false_accepts.trials) == (0, 6)
    assert outcome.frame_frr_at_same_far is None
    assert list(outcome.frames) == [3.0, 3.0]


def test_one_stray_frame_opens_nothing_that_frames_alone_would() -> None:
    outcome = sequences.judge(_measure(_visit(0, 1, share=0.05)), CALIBRATION, STANDARD)
    assert outcome.false_accepts.errors == 0
    assert outcome.frame_false_accepts.errors == 1


def test_who_looks_like_another_long_enough_is_taken_for_them() -> None:
    outcome = sequences.judge(_measure(_visit(0, 1, share=0.5)), CALIBRATION, STANDARD)
    assert outcome.false_accepts.errors == 1
    assert outcome.frame_frr_at_same_far is not None


def test_poor_frames_decide_nothing() -> None:
    outcome = sequences.judge(_measure(_visit(0, 0, quality=0.1)), CALIBRATION, STANDARD)
    assert outcome.false_rejects.errors == 1
    assert outcome.frame_false_rejects.errors == FRAMES


def test_frames_without_a_face_decide_nothing() -> None:
    visit = _visit(0, 0)
    visit.embeddings[:5], visit.quality[:5] = np.nan, 0.0
    outcome = sequences.judge(_measure(visit), CALIBRATION, STANDARD)
    assert (outcome.false_rejects.errors, list(outcome.frames)) == (0, [3.0])


def test_a_stricter_template_is_farther_from_everybody() -> None:
    strict = _gallery(made=calibration(cohort=cohort()))
    plain = sequences.measure([_visit(0, 0)], _gallery(), CALIBRATION)
    own = sequences.measure([_visit(0, 0)], strict, CALIBRATION)
    assert strict.strictness.max() > 0.0
    assert np.allclose(own.distances - plain.distances, strict.strictness, atol=1e-6)


def test_joined_visits_are_of_one_person_and_keep_time() -> None:
    visits = [_visit(0, 0), _visit(1, 1), _visit(0, 2, share=1.0), _visit(0, 0)]
    (joined,) = sequences.joined(visits)
    assert joined.person == 0
    assert (np.diff(joined.times) == pytest.approx(0.1)) and joined.times.size == FRAMES
    assert (joined.embeddings[: FRAMES // 2] == _direction(0)).all()
    assert (joined.embeddings[FRAMES // 2 :] == _direction(2)).all()


def test_a_visit_of_several_attempts_is_as_many_chances() -> None:
    """One of a stranger's three attempts opens; of an owner's the second does."""
    clips = [
        *(_visit(0, 1, share=share) for share in (0.0, 0.5, 0.0)),
        *(_visit(2, 3, share=share) for share in (1.0, 0.0)),
    ]
    attempts = sequences.attempts_of_visits(clips)
    assert attempts == [[0, 1, 2], [3, 4]]
    measured = _measure(*clips)
    alone = sequences.judge(measured, CALIBRATION, STANDARD)
    together = sequences.judge(measured, CALIBRATION, STANDARD, visits=attempts)
    assert (alone.false_accepts.errors, alone.false_accepts.trials) == (2, 15)
    assert (together.false_accepts.errors, together.false_accepts.trials) == (2, 6)
    assert (alone.false_rejects.errors, alone.false_rejects.trials) == (1, 5)
    assert (together.false_rejects.errors, together.false_rejects.trials) == (0, 2)


def test_a_visit_has_no_more_attempts_than_the_ledger_allows() -> None:
    clips = [_visit(0, 0)] * (2 * ATTEMPTS + 1)
    assert [len(one) for one in sequences.attempts_of_visits(clips)] == [ATTEMPTS, ATTEMPTS, 1]
    assert Attempts().before_pause == ATTEMPTS


@pytest.mark.parametrize("visits", [(), (_visit(9, 9),)])
def test_without_both_kinds_of_trials_there_is_nothing_to_measure(visits: tuple[Visit]) -> None:
    with pytest.raises(UsageError, match="two people"):
        _measure(*visits)


def test_the_report_says_what_was_measured() -> None:
    measured = _measure(_visit(0, 0), _visit(1, 0, share=0.5))
    outcomes = {"one photo": [sequences.judge(measured, CALIBRATION, STANDARD)]}
    setup = Setup(
        *("fake", "fake:0", "int8", "mtcnn", "made up", 4, 3, FRAMES, 10.0, 9, 2, 1, 2.34), {}
    )
    report = sequences_json(outcomes, setup, CALIBRATION)
    made = report["visits"]["one photo"]["standard"]
    assert made["false_accepts"]["errors"] == 1
    assert made["false_accepts"]["exact"][0] < 1 / 6 < made["false_accepts"]["exact"][1]
    assert made["frames_median"] >= 3.0
    (row,) = sequences_rows(report)
    assert row["FAR"] == "1.7e-01 (1 of 6)"
    assert report["calibration"]["kind"] == "measured"


def test_levels_are_judged_at_their_own_thresholds() -> None:
    measured = _measure(_visit(0, 0))
    lax, strict = (
        sequences.judge(measured, CALIBRATION, Level("x", far)).threshold for far in (1e-2, 1e-5)
    )
    assert strict < criterion(CALIBRATION, STANDARD).threshold < lax
