"""Ways to choose the pictures of an enrolment: who is measured on what, and what is counted."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import UsageError
from models.evaluation import enrolment_choice
from models.evaluation.collect import Collection
from models.evaluation.enrolment_choice import (
    FAR,
    PHOTOS,
    Enrolled,
    Outcome,
    Subject,
    compared,
    outcome_json,
)
from models.evaluation.people import People
from models.types import Array


def row(*values: float) -> Array:
    return np.array(values, dtype=np.float32)


def test_one_stranger_in_ten_thousand_comes_as_near_as_the_threshold() -> None:
    strangers = np.linspace(0.0, 1.0, 20_000, dtype=np.float32)
    outcome = Outcome(row(0.0), strangers, 0)
    assert np.mean(strangers < outcome.threshold) == FAR


def test_probes_of_refused_people_are_missed() -> None:
    outcome = Outcome(row(0.1, 0.9, np.inf), np.full(100, 0.5, np.float32), 1)
    assert outcome.missed() == 2
    report = outcome_json("x", outcome)
    assert (report["frr"], report["frr_of_enrolled"], report["refused"]) == (0.6667, 0.5, 1)


def test_fewer_misses_are_counted_with_and_without_the_refused() -> None:
    strangers = np.full(100, 0.5, np.float32)
    first = Outcome(row(0.1, 0.9, 0.9, 0.9), strangers, 0)
    guided = Outcome(row(0.1, 0.1, 0.9, np.inf), strangers, 1)
    assert compared(first, guided) == {
        "lower_by": pytest.approx(1 - (1 / 3) / 0.75, abs=1e-4),
        "lower_by_with_refused": pytest.approx(1 - 0.5 / 0.75, abs=1e-4),
    }


def test_subjects_have_enough_usable_photos_and_no_photo_twice() -> None:
    person = np.repeat([0, 1], [PHOTOS + 2, PHOTOS + 3]).astype(np.int32)
    count = len(person)
    quality = np.ones(count, np.float32)
    quality[-2:] = 0.0  # the second person is left with one too few
    paths = tuple(Path(f"{n}.png") for n in range(count))
    people = People(("a", "b"), paths, person, 0)
    collection = Collection(
        paths, np.ones((count, 2), np.float32), np.ones(count, bool), quality, (), 0, 0.0
    )
    (one,) = enrolment_choice.subjects(people, collection)
    assert one.person == 0
    assert (len(one.photos), len(one.probes)) == (PHOTOS, 2)
    assert sorted([*one.photos, *one.probes]) == list(range(PHOTOS + 2))


def test_nobody_enrolled_is_no_figure() -> None:
    refused = [Enrolled(Subject(0, (), (1, 2)), None)]
    with pytest.raises(UsageError, match="nobody could be enrolled"):
        enrolment_choice.outcome(refused, None)  # type: ignore[arg-type]
