"""Error curves, operating points and folds against values computed by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import UsageError
from models.evaluation.metrics import (
    Comparisons,
    Ranked,
    accuracy,
    at_far,
    at_threshold,
    best_threshold,
    by_fold,
    equal_error_rate,
)


def comparisons(genuine: list[float], impostors: list[float]) -> Comparisons:
    """Genuine comparisons of persons 0, 1, ... and impostors between persons i and i + 1."""
    distances = np.array([*genuine, *impostors], dtype=np.float32)
    first = np.concatenate([np.arange(len(genuine)), np.arange(len(impostors))]).astype(np.int32)
    second = first.copy()
    second[len(genuine) :] += 1
    same = np.arange(distances.size) < len(genuine)
    return Comparisons(distances, same, first, second)


distances = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=30)


def test_curve_of_four_comparisons() -> None:
    curve = Ranked(comparisons([0.1, 0.6], [0.5, 0.9])).curve()
    assert curve.thresholds == pytest.approx([-np.inf, 0.1, 0.5, 0.6, 0.9])
    assert curve.far == pytest.approx([0, 0, 0.5, 0.5, 1])
    assert curve.frr == pytest.approx([1, 0.5, 0.5, 0, 0])


def test_equal_distances_are_accepted_together() -> None:
    curve = Ranked(comparisons([0.5, 0.5], [0.5])).curve()
    assert curve.thresholds == pytest.approx([-np.inf, 0.5])
    assert curve.far == pytest.approx([0, 1])
    assert curve.frr == pytest.approx([1, 0])


def test_eer_by_hand() -> None:
    # FAR and FRR are both one half between 0.5 and 0.6.
    assert equal_error_rate(Ranked(comparisons([0.1, 0.6], [0.5, 0.9])).curve()) == pytest.approx(
        0.5
    )
    assert equal_error_rate(Ranked(comparisons([0.1, 0.2], [0.8, 0.9])).curve()) == 0.0
    # One of four impostors below, one of four genuine above, all else apart.
    curve = Ranked(comparisons([0.1, 0.2, 0.3, 0.6], [0.5, 0.7, 0.8, 0.9])).curve()
    assert equal_error_rate(curve) == pytest.approx(0.25)


def test_eer_where_infinite_distances_keep_the_rates_apart() -> None:
    curve = Ranked(comparisons([np.inf, np.inf], [0.5, np.inf])).curve()
    assert equal_error_rate(curve) == pytest.approx((0.5 + 1.0) / 2)


def test_frr_at_far_takes_the_largest_threshold_allowed() -> None:
    impostors = [i / 100 for i in range(1, 101)]
    curve = Ranked(comparisons([0.015, 0.5, 0.025, 0.985], impostors)).curve()
    point = at_far(curve, 0.02)
    assert point.far == pytest.approx(0.02)
    # 0.025 lies above the second impostor and below the third: accepting it costs nothing.
    assert point.threshold == pytest.approx(0.025)
    assert point.frr == pytest.approx(0.5)
    assert at_far(curve, 1.0).frr == 0.0


def test_a_rate_below_one_impostor_accepts_none() -> None:
    curve = Ranked(comparisons([0.4, 0.6], [0.5, 0.7])).curve()
    assert at_far(curve, 1e-6) == at_far(curve, 0.0)
    assert at_far(curve, 0.0).frr == pytest.approx(0.5)
    hopeless = Ranked(comparisons([0.6], [0.5])).curve()
    assert at_far(hopeless, 0.0).threshold == -np.inf
    assert at_far(hopeless, 0.0).frr == 1.0


def test_rates_at_any_threshold() -> None:
    curve = Ranked(comparisons([0.1, 0.6], [0.5, 0.9])).curve()
    point = at_threshold(curve, 0.55)
    assert (point.threshold, point.far, point.frr) == (0.55, 0.5, 0.5)
    assert at_threshold(curve, -1.0).frr == 1.0
    assert at_threshold(curve, 5.0).far == 1.0


def test_infinite_distances_are_never_accepted() -> None:
    curve = Ranked(comparisons([0.1, np.inf], [0.5, np.inf])).curve()
    assert np.isfinite(curve.thresholds[1:]).all()
    assert curve.frr[-1] == pytest.approx(0.5)
    assert curve.far[-1] == pytest.approx(0.5)


def test_weights_count_as_repetition() -> None:
    data = comparisons([0.1, 0.6], [0.5, 0.9])
    repeated = Ranked(data.take(np.array([0, 1, 1, 1, 2, 2, 3]))).curve()
    ranked = Ranked(data)  # in order of distance: 0.1, 0.5, 0.6, 0.9
    weighted = ranked.curve(np.array([1, 2, 3, 1]))
    assert weighted.far == pytest.approx(repeated.far)
    assert weighted.frr == pytest.approx(repeated.frr)


def test_weights_that_leave_one_kind_only_are_refused() -> None:
    with pytest.raises(UsageError, match="same person and of different"):
        Ranked(comparisons([0.1], [0.5])).curve(np.array([1, 0]))


def test_best_threshold_separates_and_keeps_its_distance() -> None:
    data = comparisons([0.1, 0.2], [0.6, 0.8])
    assert best_threshold(data) == pytest.approx(0.4)
    assert accuracy(data, best_threshold(data)) == 1.0


def test_best_threshold_where_accepting_nobody_is_best() -> None:
    data = comparisons([0.9], [0.1, 0.2, 0.3])
    assert best_threshold(data) < float(data.distances.min())
    assert accuracy(data, best_threshold(data)) == 0.75


def test_each_fold_is_measured_at_the_threshold_of_the_others() -> None:
    # Fold 0 alone would choose 0.35 and be perfect; the other fold's threshold is 0.75.
    data = comparisons([0.2, 0.7], [0.5, 0.8])
    folds = (np.array([0, 2], dtype=np.int32), np.array([1, 3], dtype=np.int32))
    first, second = by_fold(data, folds)
    assert first.threshold == pytest.approx(0.75)
    assert first.accuracy == 0.5
    assert second.threshold == pytest.approx(0.35)
    assert second.accuracy == 0.5


def test_one_fold_is_refused() -> None:
    with pytest.raises(UsageError, match="two folds"):
        by_fold(comparisons([0.1], [0.5]), (np.array([0, 1], dtype=np.int32),))


def test_labels_must_fit_and_distances_be_numbers() -> None:
    one = np.zeros(1, dtype=np.int32)
    with pytest.raises(UsageError):
        Comparisons(np.zeros(2, np.float32), np.array([True]), one, one)
    with pytest.raises(UsageError):
        Comparisons(np.zeros(0, np.float32), np.zeros(0, bool), one[:0], one[:0])
    with pytest.raises(UsageError, match="not a number"):
        Comparisons(np.full(1, np.nan, np.float32), np.array([True]), one, one)
    with pytest.raises(UsageError, match="numbered from 0"):
        Comparisons(np.zeros(1, np.float32), np.array([True]), one - 1, one)


@given(distances, distances)
def test_rates_are_shares_and_move_one_way(genuine: list[float], impostors: list[float]) -> None:
    curve = Ranked(comparisons(genuine, impostors)).curve()
    assert (np.diff(curve.thresholds) > 0).all()
    assert (np.diff(curve.far) >= 0).all()
    assert (np.diff(curve.frr) <= 1e-12).all()
    for rates in (curve.far, curve.frr):
        assert (rates >= 0).all()
        assert (rates <= 1).all()
    assert curve.far[-1] == pytest.approx(1.0)
    assert curve.frr[-1] == pytest.approx(0.0)


@given(distances, distances)
def test_curve_agrees_with_counting(genuine: list[float], impostors: list[float]) -> None:
    curve = Ranked(comparisons(genuine, impostors)).curve()
    for threshold, far, frr in zip(curve.thresholds, curve.far, curve.frr, strict=True):
        assert far == pytest.approx(np.mean(np.array(impostors) <= threshold))
        assert frr == pytest.approx(np.mean(np.array(genuine) > threshold))


@given(distances, distances)
def test_no_threshold_is_better_than_the_best(genuine: list[float], impostors: list[float]) -> None:
    data = comparisons(genuine, impostors)
    reached = accuracy(data, best_threshold(data))
    for threshold in [-1.0, *genuine, *impostors, 2.0]:
        assert accuracy(data, threshold) <= reached + 1e-9


@given(distances, distances)
def test_eer_lies_between_the_rates_around_it(genuine: list[float], impostors: list[float]) -> None:
    curve = Ranked(comparisons(genuine, impostors)).curve()
    eer = equal_error_rate(curve)
    assert np.maximum(curve.far, curve.frr).min() >= eer - 1e-9
    assert 0.0 <= eer <= 1.0
