"""AUC, equal errors and one-shot of embeddings that are known by hand."""

import numpy as np
import pytest

from models.errors import UsageError
from models.training import measure

PEOPLE = np.repeat(np.arange(4), 3).astype(np.int32)


def test_auc_by_hand() -> None:
    apart = np.array([0.1, 0.5, 0.3, 0.5, 0.9], dtype=np.float32)
    same = np.array([True, True, False, False, False])
    # 0.1 is nearer than all three; 0.5 is nearer than 0.9 and ties with 0.5.
    assert measure.auc(apart, same) == pytest.approx((3 + 1.5) / 6)


def test_people_apart_are_told_apart() -> None:
    found = measure.measure(np.eye(4, dtype=np.float32)[PEOPLE], PEOPLE, seed=0)
    assert (found.auc, found.eer, found.one_shot, found.ways) == (1.0, 0.0, 1.0, 4)
    assert (found.people, found.pictures, found.genuine, found.impostors) == (4, 12, 12, 54)


def test_embeddings_without_a_person_in_them_are_chance() -> None:
    people = np.repeat(np.arange(20), 10).astype(np.int32)
    vectors = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
    found = measure.measure(vectors, people, seed=0)
    assert found.auc == pytest.approx(0.5, abs=0.03)
    assert found.eer == pytest.approx(0.5, abs=0.03)
    assert found.one_shot == pytest.approx(0.1, abs=0.03)


def test_only_directions_count() -> None:
    vectors = np.random.default_rng(1).normal(size=(12, 5)).astype(np.float32)
    lengths = np.linspace(1, 9, 12, dtype=np.float32)[:, None]
    assert measure.distances(vectors) == pytest.approx(
        measure.distances(vectors * lengths), abs=1e-3
    )


def test_the_threshold_of_equal_errors_lies_between() -> None:
    apart = np.array([0.1, 0.2, 0.8, 0.9], dtype=np.float32)
    same = np.array([True, True, False, False])
    assert measure.equal_error(apart, same) == 0.0
    assert 0.2 <= measure.equal_error_threshold(apart, same) < 0.8


@pytest.mark.parametrize("people", [[0, 0, 0], [0, 1, 2]])
def test_nothing_to_compare_is_said(people: list[int]) -> None:
    with pytest.raises(UsageError, match="two people"):
        measure.measure(np.ones((3, 2), np.float32), np.array(people, dtype=np.int32), seed=0)
