"""Rates with intervals: the same bootstrap as the slow one, honest where too little was kept."""

from functools import partial

import numpy as np
import pytest

from models.evaluation.all_pairs import all_pairs
from models.evaluation.enrolment import enrol
from models.evaluation.intervals import over_people
from models.evaluation.metrics import Comparisons, ErrorCurve, Ranked, at_far, equal_error_rate
from models.evaluation.rates import measure
from models.evaluation.trials import Trials
from tests.models.evaluation.crowd import crowd


def ranked(trials: Trials) -> Ranked:
    both = (trials.genuine, trials.nearest)
    owners = [trials.owners(pairs) for pairs in both]
    return Ranked(
        Comparisons(
            np.concatenate([pairs.distances for pairs in both]),
            np.repeat([True, False], [len(pairs) for pairs in both]),
            np.concatenate([first for first, _ in owners]),
            np.concatenate([second for _, second in owners]),
        )
    )


def frr_at(curve: ErrorCurve, far: float) -> float:
    return at_far(curve, far).frr


def test_agrees_with_the_general_bootstrap() -> None:
    embeddings, person = crowd(people=40, pictures=4, spread=1.2)
    trials = all_pairs(embeddings, person, "cosine")
    made = measure(trials, asked=(0.05, 0.01), rounds=300)
    general = ranked(trials)
    for rate in made.rates:
        point = at_far(general.curve(), rate.asked)
        assert rate.frr == pytest.approx(point.frr)
        assert rate.far == pytest.approx(point.far)
        assert rate.errors == round(rate.frr * rate.genuine) > 0
        slow = over_people(general, partial(frr_at, far=rate.asked), rounds=300)
        assert rate.people is not None
        assert rate.people.low == pytest.approx(slow.low, abs=1e-9)
        assert rate.people.high == pytest.approx(slow.high, abs=1e-9)
    slow = over_people(general, equal_error_rate, rounds=300)
    assert made.eer_people is not None
    assert made.eer == pytest.approx(equal_error_rate(general.curve()))
    assert made.eer_people.low == pytest.approx(slow.low, abs=2e-3)
    assert made.eer_people.high == pytest.approx(slow.high, abs=2e-3)


def test_enrolment_agrees_too() -> None:
    embeddings, person = crowd(people=40, pictures=4, spread=1.4)
    trials = enrol(embeddings, person, "euclidean", enrolled=2).trials
    made = measure(trials, asked=(0.01,), rounds=200)
    slow = over_people(ranked(trials), lambda curve: at_far(curve, 0.01).frr, rounds=200)
    assert made.rates[0].people is not None
    assert made.rates[0].people.low == pytest.approx(slow.low, abs=1e-9)
    assert made.rates[0].people.high == pytest.approx(slow.high, abs=1e-9)


def test_rates_that_are_too_small_are_said_to_be() -> None:
    embeddings, person = crowd(people=20, pictures=2)
    impostors = 40 * 39 // 2 - 20
    made = measure(all_pairs(embeddings, person, "cosine"), asked=(0.05, 0.01, 1e-4), rounds=50)
    assert [rate.resolved for rate in made.rates] == [True, True, False]
    assert [rate.sure for rate in made.rates] == [True, False, False]
    assert {rate.impostors for rate in made.rates} == {impostors}
    assert made.rates[2].false_accepts == 0
    assert made.at(0.01) is made.rates[1]
    with pytest.raises(KeyError):
        made.at(0.5)


def test_no_interval_where_the_impostors_it_needs_are_gone() -> None:
    embeddings, person = crowd(people=40, pictures=4)
    trials = all_pairs(embeddings, person, "cosine", capacity=200)
    made = measure(trials, asked=(0.3, 0.001), rounds=50)
    assert made.at(0.3).people is None
    assert made.at(0.001).people is not None


def test_no_interval_without_people_to_draw() -> None:
    embeddings = np.array([[1, 0], [1, 0.1], [0, 1]], dtype=np.float32)
    made = measure(all_pairs(embeddings, np.array([0, 0, 1], np.int32), "cosine"), rounds=20)
    # Draws of two people: half of them leave no impostor; the others all say the same.
    assert made.rates[0].people is not None
    assert made.rates[0].people.low == made.rates[0].people.high == 0.0
