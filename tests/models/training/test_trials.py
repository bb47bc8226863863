"""Means over seeds, and runs that need not be done again."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.errors import UsageError
from models.training import trials


def told(seed: int, auc: float, seconds: float = 10.0) -> dict[str, Any]:
    return {
        "settings": {"seed": seed},
        "measured": {"auc": auc, "one_shot": auc / 2},
        "beside": {"resnet": {"auc": 1.0, "one_shot": 0.9}},
        "seconds": seconds,
    }


def test_mean_spread_and_longest_by_hand() -> None:
    recipe, other = trials.RECIPES[:2]
    found = trials.rows({recipe: [told(0, 0.9), told(1, 1.0, 30.0)], other: [told(0, 0.8)]})
    assert [row.what for row in found] == ["olivetti, bce", "contrastive, contrastive", "resnet"]
    assert (found[0].auc, found[0].auc_spread) == pytest.approx((0.95, 0.05))
    assert (found[0].one_shot, found[0].seconds) == pytest.approx((0.475, 30.0))
    assert found[0].processor_seconds is None
    # The same pairs once a seed, however many recipes met them.
    assert (found[2].seeds, found[2].auc, found[2].seconds) == (2, 1.0, None)
    with pytest.raises(UsageError, match="no run"):
        trials.rows({recipe: []})


def test_who_stands_beside_is_measured_once_a_seed() -> None:
    runs = [told(0, 0.9), told(0, 0.8)]
    assert trials.missing_beside(runs) == ["mobilefacenet"]
    runs[1]["beside"]["mobilefacenet"] = {"auc": 1.0, "one_shot": 1.0}
    assert trials.missing_beside(runs) == []


def test_a_run_of_other_settings_is_done_again(tmp_path: Path) -> None:
    settings = trials.settings_of(trials.RECIPES[0], seed=1, epochs=5, patience=2)
    assert trials.done(tmp_path, settings) is None
    (tmp_path / "run.json").write_text(json.dumps({"settings": settings.as_json()}))
    assert trials.done(tmp_path, settings) is not None
    other = trials.settings_of(trials.RECIPES[0], seed=1, epochs=6, patience=2)
    assert trials.done(tmp_path, other) is None
    (tmp_path / "run.json").write_text("[1")
    assert trials.done(tmp_path, settings) is None
