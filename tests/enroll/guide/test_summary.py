"""What an enrolment is worth, in figures and words."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enroll.guide.prompts import POSES, Prompt, grade
from enroll.guide.summary import Summary, expected_misses, summarise
from enroll.template import Appearance, Person, now
from models.scoring.security import LEVELS, STANDARD, Level
from models.types import Array
from tests.models.calibrated import calibration

CALIBRATION = calibration()
MODEL = CALIBRATION.model_id


def rows(spread: float, count: int = 6) -> Array:
    """Directions around one, more or less scattered."""
    noise = np.random.default_rng(5).normal(size=(count, 64))
    noise *= spread / np.linalg.norm(noise, axis=1, keepdims=True)
    noise[:, 0] += 1.0
    return noise.astype(np.float32)


def appearance(spread: float = 0.4, count: int = 6, name: str = "default") -> Appearance:
    return Appearance(name, now(), MODEL, "cosine", rows(spread, count))


def summary(
    made: Appearance,
    *others: Person,
    quality: float = 0.9,
    missing: tuple[Prompt, ...] = (),
    level: Level = STANDARD,
) -> Summary:
    return summarise(
        made,
        quality=quality,
        missing=missing,
        others=others,
        calibration=CALIBRATION,
        level=level,
    )


def misses(made: Appearance, level: Level = STANDARD) -> float:
    return expected_misses(
        made, threshold=CALIBRATION.threshold(level.far), calibration=CALIBRATION, level=level
    )


def test_varied_pictures_miss_less_than_pictures_of_one_moment() -> None:
    assert misses(appearance(0.5)) < misses(appearance(0.2)) < misses(appearance(0.05))


def test_a_stricter_level_misses_more() -> None:
    by_level = [misses(appearance(), Level(name, far)) for name, far in LEVELS.items()]
    assert by_level == sorted(by_level)
    assert by_level[0] < by_level[-1]


@given(st.floats(1e-6, 2.0), st.floats(0.0, 3.0), st.integers(1, 8))
def test_expected_misses_are_a_share(threshold: float, spread: float, count: int) -> None:
    found = expected_misses(
        appearance(spread, count), threshold=threshold, calibration=CALIBRATION, level=STANDARD
    )
    assert 0.0 <= found <= 1.0


def test_everything_that_is_worse_lowers_the_score() -> None:
    best = summary(appearance())
    assert summary(appearance(), missing=POSES[1:3]).score < best.score
    assert summary(appearance(), quality=0.4).score < best.score
    assert summary(appearance(0.05)).score < best.score
    assert 0.0 <= summary(appearance(0.0), missing=POSES, quality=0.0).score <= best.score <= 1.0


def test_a_network_known_to_a_lesser_rate_only_is_still_judged() -> None:
    weak = replace(
        CALIBRATION,
        log_far=np.array([-2.3, -2.0, -1.5, -1.0, 0.0]),
        llr=np.array([2.0, 1.0, 0.0, -3.0, -7.0]),
        measured_far=0.005,
    )
    found = expected_misses(
        appearance(), threshold=weak.threshold(0.01), calibration=weak, level=Level("custom", 0.01)
    )
    assert 0.0 <= found <= 1.0


def test_missing_poses_are_named() -> None:
    advice = summary(appearance(), missing=(Prompt.TURN_LEFT, Prompt.LOOK_UP)).advice
    assert any("turned left and turned up" in line for line in advice)
    assert not any("Not seen" in line for line in summary(appearance()).advice)


def test_a_first_appearance_advises_one_with_glasses() -> None:
    assert any("glasses" in line for line in summary(appearance()).advice)
    assert not any("glasses" in line for line in summary(appearance(name="glasses")).advice)


def test_poor_pictures_are_said_to_be_poor() -> None:
    found = summary(appearance(), quality=0.3)
    assert any("poor" in line for line in found.advice)
    assert found.reaches == Level("convenient", LEVELS["convenient"])


def test_somebody_enrolled_who_looks_the_same_is_found_and_not_named_in_advice() -> None:
    bob = Person("Bob", (appearance(0.42),))
    eve = Person("Eve", (Appearance("default", now(), MODEL, "cosine", -rows(0.4)),))
    found = summary(appearance(), bob, eve)
    assert found.twins == ("Bob",)
    assert not any("Bob" in line for line in found.advice)


@pytest.mark.parametrize(
    ("score", "word"), [(1.0, "excellent"), (0.8, "good"), (0.6, "fair"), (0.2, "poor")]
)
def test_scores_have_words(score: float, word: str) -> None:
    assert grade(score) == word
