"""Intervals against closed forms, scipy's own binomial test, and what they must cover."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import UsageError
from models.evaluation.intervals import clopper_pearson, over_people
from models.evaluation.metrics import Comparisons, Ranked, equal_error_rate


def test_no_error_in_n_trials_has_a_closed_form() -> None:
    interval = clopper_pearson(0, 100)
    assert interval.low == 0.0
    assert interval.high == pytest.approx(1 - 0.025 ** (1 / 100))
    assert clopper_pearson(100, 100).high == 1.0
    assert clopper_pearson(100, 100).low == pytest.approx(0.025 ** (1 / 100))


@given(st.integers(1, 500), st.data(), st.sampled_from([0.9, 0.95, 0.99]))
def test_clopper_pearson_is_scipys_exact_interval(
    trials: int, data: st.DataObject, confidence: float
) -> None:
    errors = data.draw(st.integers(0, trials))
    ours = clopper_pearson(errors, trials, confidence)
    from scipy import stats  # takes a second, in each process that collects

    reference = stats.binomtest(errors, trials).proportion_ci(confidence, method="exact")
    assert ours.low == pytest.approx(reference.low, abs=1e-9)
    assert ours.high == pytest.approx(reference.high, abs=1e-9)
    assert ours.low <= errors / trials <= ours.high


@pytest.mark.parametrize(
    ("errors", "trials", "confidence"),
    [(-1, 10, 0.95), (11, 10, 0.95), (0, 0, 0.95), (1, 2, 0.0), (1, 2, 1.0)],
)
def test_impossible_counts_are_refused(errors: int, trials: int, confidence: float) -> None:
    with pytest.raises(UsageError):
        clopper_pearson(errors, trials, confidence)


def scored(people: int, each: int, spread: float) -> Comparisons:
    """`each` genuine comparisons a person, all of a person shifted alike by `spread`."""
    rng = np.random.default_rng(5)
    shift = rng.normal(0, spread, people)
    owner = np.repeat(np.arange(people, dtype=np.int32), each)
    genuine = rng.normal(0.4, 0.05, owner.size) + shift[owner]
    first = rng.integers(0, people, 4000)
    second = (first + rng.integers(1, people, 4000)) % people
    impostors = rng.normal(0.8, 0.1, 4000)
    return Comparisons(
        np.concatenate([genuine, impostors]).astype(np.float32),
        np.concatenate([np.ones(owner.size, bool), np.zeros(4000, bool)]),
        np.concatenate([owner, first]).astype(np.int32),
        np.concatenate([owner, second]).astype(np.int32),
    )


def test_interval_over_people_holds_the_estimate_and_repeats() -> None:
    ranked = Ranked(scored(40, 10, 0.1))
    estimate = equal_error_rate(ranked.curve())
    interval = over_people(ranked, equal_error_rate, rounds=200)
    assert interval.low <= estimate <= interval.high
    assert interval.low < interval.high
    assert over_people(ranked, equal_error_rate, rounds=200) == interval
    assert over_people(ranked, equal_error_rate, rounds=200, seed=1) != interval


def test_people_who_differ_widen_the_interval() -> None:
    def width(spread: float) -> float:
        ranked = Ranked(scored(40, 50, spread))
        # FRR at a fixed distance of 0.5, so that only the genuine comparisons matter.
        interval = over_people(
            ranked,
            lambda curve: float(curve.frr[np.searchsorted(curve.thresholds, 0.5) - 1]),
            rounds=300,
        )
        return interval.high - interval.low

    # Same number of comparisons; dependent ones carry less information.
    assert width(0.1) > 2 * width(0.0)


def test_numbers_of_people_may_have_gaps() -> None:
    data = scored(40, 10, 0.1)
    moved = Comparisons(data.distances, data.same, data.first * 1000, data.second * 1000)
    assert over_people(Ranked(moved), equal_error_rate, rounds=50) == over_people(
        Ranked(data), equal_error_rate, rounds=50
    )


def test_a_single_pair_of_people_gives_an_interval_or_says_why_not() -> None:
    one = np.zeros(1, dtype=np.int32)
    lonely = Comparisons(np.array([0.1], np.float32), np.array([True]), one, one)
    with pytest.raises(UsageError, match="too few people"):
        over_people(Ranked(lonely), equal_error_rate, rounds=5)
