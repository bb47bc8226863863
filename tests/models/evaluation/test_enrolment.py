"""Enrolment: production's template, the right trials, failures counted."""

from typing import get_args

import numpy as np
import pytest

from enroll.template import Appearance
from models.errors import UsageError
from models.evaluation.enrolment import enrol, fitting
from models.types import Metric
from tests.models.evaluation.crowd import crowd


@pytest.mark.parametrize("metric", get_args(Metric))
def test_distances_are_those_of_production(metric: Metric) -> None:
    embeddings, person = crowd(people=6, pictures=5, dimension=64)
    trials = enrol(embeddings, person, metric, enrolled=3).trials
    for pairs in (trials.genuine, trials.nearest):
        for distance, template, probe in zip(
            pairs.distances, pairs.first, pairs.second, strict=True
        ):
            owner = trials.first_person[template]
            rows = embeddings[person == owner][:3]
            appearance = Appearance("default", "2025-01-01T00:00:00Z", "made:up", metric, rows)
            gap = appearance.template - embeddings[probe]
            expected = np.linalg.norm(gap)
            if metric == "cosine":
                lengths = np.linalg.norm(appearance.template) * np.linalg.norm(embeddings[probe])
                expected = 1.0 - appearance.template @ embeddings[probe] / lengths
            assert distance == pytest.approx(expected, abs=1e-4)


def test_the_trials_that_there_must_be() -> None:
    _, person = crowd(people=4, pictures=3)
    person = np.append(person, [7, 7, 9]).astype(np.int32)
    embeddings = np.random.default_rng(0).normal(size=(15, 8)).astype(np.float32)
    made = enrol(embeddings, person, "cosine", enrolled=2)
    trials = made.trials
    assert made.people == 4  # person 7 has no picture left to probe, person 9 none to enrol
    assert len(trials.genuine) == 4
    assert trials.impostors == 4 * 12 == len(trials.nearest)
    # No picture is compared with the template that it helped to make.
    assert set(trials.genuine.second) == {2, 5, 8, 11}
    first, second = trials.sides()
    assert first.sum() * second.sum() - (first * second).sum() == trials.impostors


def test_the_same_people_and_probes_for_every_number() -> None:
    embeddings, person = crowd(people=10, pictures=6)
    few = enrol(embeddings, person, "cosine", enrolled=1, spared=4).trials
    many = enrol(embeddings, person, "cosine", enrolled=4, spared=4).trials
    assert sorted(few.genuine.second) == sorted(many.genuine.second)
    assert len(few.genuine) == 10 * 2
    assert few.impostors == many.impostors == 10 * 54


def test_more_pictures_make_a_better_template() -> None:
    embeddings, person = crowd(people=30, pictures=8, spread=1.0)
    means = [
        enrol(embeddings, person, "cosine", enrolled=n, spared=6).trials.genuine.distances.mean()
        for n in (1, 3, 6)
    ]
    assert means[0] > means[1] > means[2]


def test_failures_are_those_of_people_with_a_template() -> None:
    embeddings, person = crowd(people=4, pictures=3)
    unusable = np.array([0, 0, 3, 8], dtype=np.int32)
    assert enrol(embeddings, person, "cosine", enrolled=2, unusable=unusable).failures == 3


def test_numbers_that_fit() -> None:
    person = np.array([0, 0, 0, 0, 1], dtype=np.int32)
    assert fitting(person, (1, 3, 4, 10)) == (1, 3)
    assert fitting(np.zeros(0, dtype=np.int32), (1,)) == ()


@pytest.mark.parametrize(
    ("people", "enrolled"), [([0, 0, 0], 1), ([0, 0, 1, 1], 2), ([], 1), ([0, 0, 1], 0)]
)
def test_what_cannot_be_enrolled(people: list[int], enrolled: int) -> None:
    person = np.array(people, dtype=np.int32)
    with pytest.raises(UsageError):
        enrol(np.ones((len(people), 8), np.float32), person, "cosine", enrolled=enrolled)
