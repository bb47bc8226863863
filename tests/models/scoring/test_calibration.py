"""From distances to rates and evidence and back; what claims too much is refused."""

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import UsageError
from models.scoring.calibration import Calibration, criterion, from_json, to_json
from models.scoring.security import CUSTOM, STANDARD, Level
from models.types import Array, Metric
from tests.models.calibrated import calibration, cohort

CALIBRATION = calibration(cohort=cohort())
distances = st.floats(-1.0, 3.0)
rates = st.floats(1e-6, 1.0)


@given(distances, distances)
def test_nearer_is_rarer_among_strangers_and_says_more(one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert CALIBRATION.far(near) <= CALIBRATION.far(far)
    assert CALIBRATION.evidence(near) >= CALIBRATION.evidence(far)


@given(rates)
def test_a_threshold_keeps_its_rate(rate: float) -> None:
    assert CALIBRATION.far(CALIBRATION.threshold(rate)) <= rate * (1 + 1e-9)


@given(rates)
def test_a_threshold_is_the_largest_that_keeps_its_rate(rate: float) -> None:
    threshold = CALIBRATION.threshold(rate)
    assert threshold == CALIBRATION.distances[-1] or CALIBRATION.far(threshold + 1e-4) > rate


def test_rates_stand_still_at_their_farthest_distance() -> None:
    flat = replace(CALIBRATION, log_far=np.array([-6.0, -4.0, -4.0, -1.0, 0.0]))
    assert flat.threshold(1e-4) == pytest.approx(0.6)


def test_nothing_is_promised_beyond_the_last_knot() -> None:
    assert CALIBRATION.far(0.0) == pytest.approx(1e-6)
    assert CALIBRATION.far(math.nan) == CALIBRATION.far(5.0) == CALIBRATION.far(math.inf) == 1.0
    assert CALIBRATION.evidence(math.nan) == CALIBRATION.evidence(math.inf) == -7.0
    for rate in (5e-7, 0.0, -1.0, math.nan):
        with pytest.raises(UsageError, match="beyond this calibration"):
            CALIBRATION.threshold(rate)


@pytest.mark.parametrize(
    ("model_id", "name"),
    [("resnet:12ab", "resnet"), ("siamese:mine:12ab", "siamese:mine")],
)
def test_a_model_is_called_without_its_digest(model_id: str, name: str) -> None:
    assert replace(CALIBRATION, model_id=model_id).model_name == name


def test_what_was_hardly_measured_is_called_so() -> None:
    assert CALIBRATION.extrapolated(1e-4)
    assert not CALIBRATION.extrapolated(1e-3)


def test_people_share_the_rate() -> None:
    one, ten = (criterion(CALIBRATION, STANDARD, templates=n) for n in (1, 10))
    assert one.threshold == pytest.approx(0.4)
    assert ten.threshold == pytest.approx(CALIBRATION.threshold(1e-5))
    assert ten.share == pytest.approx(1e-5)
    assert ten.level.far == 1e-4
    with pytest.raises(UsageError, match="fewer people"):
        criterion(CALIBRATION, STANDARD, templates=1000)


def test_a_threshold_of_ones_own_has_the_rate_it_has() -> None:
    chosen = criterion(CALIBRATION, STANDARD, templates=2, threshold=0.6)
    assert (chosen.threshold, chosen.level.name) == (0.6, CUSTOM)
    assert chosen.level.far == pytest.approx(2e-2)
    assert criterion(CALIBRATION, STANDARD, threshold=2.0).level.far == 1.0


@pytest.mark.parametrize("threshold", [0.0, -1.0, 2.1, math.nan, math.inf])
def test_thresholds_out_of_bounds_are_refused(threshold: float) -> None:
    with pytest.raises(UsageError, match="threshold"):
        criterion(CALIBRATION, STANDARD, threshold=threshold)


def test_a_frame_can_always_exceed_the_toll() -> None:
    strictest = criterion(CALIBRATION, Level(CUSTOM, 1e-6))
    assert strictest.toll < CALIBRATION.llr[0]


def test_what_is_written_reads_the_same() -> None:
    read = from_json(json.loads(json.dumps(to_json(CALIBRATION))))
    assert read.provenance == CALIBRATION.provenance
    for name in ("distances", "log_far", "llr"):
        assert np.allclose(getattr(read, name), getattr(CALIBRATION, name), atol=1e-4)
    assert read.cohort is not None
    assert np.allclose(read.cohort.components, cohort().components, atol=1e-4)


def _changed(change: dict[str, Any], **more: Any) -> Any:
    return {**to_json(CALIBRATION), **change, **more}


NUMBERS = [0.1, 0.2, 0.3, 0.4, 0.5]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {},
        "calibration",
        _changed({"format": 2}),
        _changed({"extra": 1}),
        _changed({"model_id": "fake"}),
        _changed({"model_id": 7}),
        _changed({"model_id": "fa\nke:1"}),
        _changed({"precision": "int4"}),
        _changed({"metric": ["cosine"]}),
        _changed({"distances": NUMBERS[:4]}),
        _changed({"distances": NUMBERS[::-1]}),
        _changed({"distances": [0.2, 0.2, 0.3, 0.4, 0.5]}),
        _changed({"distances": ["0.2", 0.4, 0.6, 0.8, 1.4]}),
        _changed({"distances": [math.nan, 0.4, 0.6, 0.8, 1.4]}),
        _changed({"distances": [0.2, 0.4, 0.6, 0.8, 1e9]}),
        _changed({"distances": [True, 2, 3, 4, 5]}),
        _changed({"distances": []}),
        _changed({"distances": list(range(2000))}),
        _changed({"log_far": [-6.0, -4.0, -5.0, -1.0, 0.0]}),
        _changed({"log_far": [-60.0, -4.0, -2.0, -1.0, 0.0]}),
        _changed({"log_far": [-6.0, -4.0, -2.0, -1.0, 0.5]}),
        _changed({"llr": [12.0, 6.0, 7.0, -3.0, -7.0]}),
        _changed({"llr": [12.0, 6.0, 1.0, -3.0, -1e9]}),
        _changed({"llr": [math.inf, 6.0, 1.0, -3.0, -7.0]}),
        _changed({"measured_far": 0.0}),
        _changed({"measured_far": 10**400}),
        _changed({"provenance": {}}),
        _changed({"provenance": {**to_json(CALIBRATION)["provenance"], "kind": "guessed"}}),
        _changed({"provenance": {**to_json(CALIBRATION)["provenance"], "people": -1}}),
        _changed({"provenance": {**to_json(CALIBRATION)["provenance"], "data": "a\nb"}}),
        _changed({"provenance": {**to_json(CALIBRATION)["provenance"], "versions": [1]}}),
        _changed({"cohort": {}}),
        _changed({"cohort": {**to_json(CALIBRATION)["cohort"], "rest": 0.0}}),
        _changed({"cohort": {**to_json(CALIBRATION)["cohort"], "weight_likeness": -1.0}}),
        _changed({"cohort": {**to_json(CALIBRATION)["cohort"], "usual": [1.0]}}),
        _changed({"cohort": {**to_json(CALIBRATION)["cohort"], "components": [[1.0]]}}),
        _changed({"cohort": {**to_json(CALIBRATION)["cohort"], "mean": [1e30] * 64}}),
    ],
)
def test_what_is_no_calibration_is_refused(raw: Any) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, ArithmeticError)):
        from_json(raw)


def test_more_evidence_than_the_rate_allows_is_refused() -> None:
    """A likelihood ratio that falls with the distance is nowhere above 1 / FAR."""
    most = math.log(10) * 6
    assert isinstance(_with_first(most - 0.1), Calibration)
    with pytest.raises(ValueError, match="evidence"):
        _with_first(most + 0.1)


def _with_first(llr: float) -> Calibration:
    return replace(CALIBRATION, llr=np.array([llr, 6.0, 1.0, -3.0, -7.0]))


def test_whom_strangers_resemble_gets_a_stricter_threshold() -> None:
    crowd = cohort()
    alike, unlike = np.zeros((3, 64)), np.zeros((3, 64))
    alike[:, 0], unlike[:, 5] = 1.0, 1.0
    expected = 0.75 - (0.5 - 2.326 * 0.1)
    assert crowd.strictness(alike, "cosine") == pytest.approx(expected, abs=1e-6)
    assert crowd.strictness(unlike, "cosine") == pytest.approx(0.0)


def test_the_likeness_is_a_distance_of_the_metric() -> None:
    """Strangers at length 1 whose product with the template is the same."""
    rows = np.tile(np.eye(64)[0], (3, 1))
    cosine, _ = cohort().features(rows, "cosine")
    euclidean, spread = cohort().features(rows, "euclidean")
    assert euclidean == pytest.approx(math.sqrt(2.0 * cosine))
    assert spread == pytest.approx(1.0)


def test_a_short_template_is_nearer_to_strangers_and_treated_strictly() -> None:
    """An appearance of scattered pictures lies near the middle of everybody."""
    together, scattered = np.tile(np.eye(64)[5], (3, 1)), np.eye(64)[5:8]
    crowd = replace(cohort(), usual=(1.2, 0.9))
    assert crowd.strictness(scattered, "euclidean") > 0.1
    assert crowd.strictness(together, "euclidean") == 0.0


@given(st.integers(0, 2**32 - 1), st.integers(1, 10), st.sampled_from(["cosine", "euclidean"]))
def test_no_threshold_is_ever_laxer_than_general(seed: int, count: int, metric: Metric) -> None:
    rows = np.random.default_rng(seed).normal(size=(count, 64)).astype(np.float32)
    assert 0.0 <= cohort().strictness(rows, metric) < 2.0


@pytest.mark.parametrize(
    "rows",
    [
        np.ones((2, 32)),
        np.zeros((2, 64)),
        np.full((2, 64), np.nan),
        np.stack([np.ones(64), -np.ones(64)]),
    ],
)
def test_nobody_comes_near_enough_to_what_is_no_appearance(rows: Array) -> None:
    """Of another size, of nothing, not finite, or pictures that cancel each other."""
    made = replace(CALIBRATION, metric="euclidean")
    assert made.strictness(rows) > 10.0


def test_without_a_crowd_nobody_is_treated_strictly() -> None:
    assert calibration().strictness(np.ones((2, 64))) == 0.0
