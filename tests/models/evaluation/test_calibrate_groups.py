"""A level that breaks its promise to people on whom nothing was fitted is not offered as it is."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from models.errors import UsageError
from models.evaluation.calibrate_groups import tightened
from models.scoring.calibration import Calibration, HeldOut, from_json, to_json
from models.scoring.security import LEVELS
from tests.models.calibrated import calibration


def _held(kept: Mapping[str, bool]) -> Calibration:
    """With a share of missed owners by which each level is told again."""
    frr = {"convenient": 0.1, "standard": 0.2, "strict": 0.3}
    known = {
        level: HeldOut(frr[level], "women", 0.4, "men", 0.01, kept=kept[level]) for level in LEVELS
    }
    return replace(calibration(), held_out=known)


def _kept(convenient: bool, standard: bool, strict: bool) -> Calibration:
    return tightened(_held({"convenient": convenient, "standard": standard, "strict": strict}))


def test_levels_that_are_kept_stay_as_they_are() -> None:
    made = _kept(True, True, True)
    for far in LEVELS.values():
        assert made.threshold(far) == calibration().threshold(far)


def test_a_level_that_is_not_kept_gets_the_threshold_of_the_next_stricter() -> None:
    made = from_json(to_json(_kept(False, True, True)))
    before = calibration()
    standard = before.threshold(LEVELS["standard"])
    assert made.threshold(LEVELS["convenient"]) == pytest.approx(standard, abs=2e-5)
    assert before.threshold(LEVELS["convenient"]) > standard + 0.05
    assert made.threshold(LEVELS["standard"]) == pytest.approx(standard, abs=1e-6)
    assert made.threshold(LEVELS["strict"]) == before.threshold(LEVELS["strict"])
    assert made.held_out["convenient"] == made.held_out["standard"]
    assert made.threshold(0.05) <= before.threshold(0.05)


def test_two_levels_that_are_not_kept_get_the_strictest_threshold() -> None:
    made = _kept(False, False, True)
    strict = calibration().threshold(LEVELS["strict"])
    for level in ("standard", "convenient"):
        assert made.threshold(LEVELS[level]) == pytest.approx(strict, abs=3e-5)
        assert made.held_out[level].frr == 0.3


def test_without_a_stricter_level_that_is_kept_none_is_reached() -> None:
    made = _kept(True, False, False)
    for level in ("standard", "strict"):
        with pytest.raises(UsageError):
            made.threshold(LEVELS[level])
    convenient = LEVELS["convenient"]
    assert made.threshold(convenient) == calibration().threshold(convenient)
    assert made.evidence(0.1) <= calibration().evidence(0.4)
