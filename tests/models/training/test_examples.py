"""Pairs and triplets: as many genuine as impostor, always whom they claim, by seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import UsageError
from models.training import examples

PEOPLE = np.repeat(np.arange(5), 4).astype(np.int32)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_pairs_are_half_genuine_and_what_they_claim() -> None:
    pairs = examples.balanced_pairs(PEOPLE, rng())
    assert pairs.same.sum() == (~pairs.same).sum() == 5 * 6
    assert (pairs.same == (PEOPLE[pairs.first] == PEOPLE[pairs.second])).all()
    assert len({frozenset(p) for p in zip(pairs.first, pairs.second, strict=True)}) == 60


def test_an_epoch_takes_every_picture_with_one_of_each_kind() -> None:
    pairs = examples.epoch_pairs(PEOPLE, rng())
    assert (np.bincount(pairs.first) == 2).all()
    assert (pairs.same == (PEOPLE[pairs.first] == PEOPLE[pairs.second])).all()
    assert (pairs.first != pairs.second).all()


def test_all_triplets_are_every_ordered_pair_with_everybody_else() -> None:
    people = np.array([0, 0, 0, 1, 1, 2], dtype=np.int32)
    three = examples.all_triplets(people)
    found = set(zip(three.anchor, three.positive, three.negative, strict=True))
    wanted = {
        (a, p, n)
        for a in range(6)
        for p in range(6)
        for n in range(6)
        if a != p and people[a] == people[p] != people[n]
    }
    assert found == wanted
    assert len(three.anchor) == len(wanted) == 3 * 2 * 3 + 2 * 1 * 4


@given(st.lists(st.integers(0, 4), min_size=2, max_size=30), st.integers(0, 2**32))
def test_a_triplet_has_two_of_one_person_and_one_of_another(people: list[int], seed: int) -> None:
    numbers = np.array(people, dtype=np.int32)
    try:
        three = examples.random_triplets(numbers, rng(seed))
    except UsageError:
        assert len(set(people)) < 2 or len(set(people)) == len(people)
        return
    assert (numbers[three.anchor] == numbers[three.positive]).all()
    assert (numbers[three.anchor] != numbers[three.negative]).all()
    assert (three.anchor != three.positive).all()


@given(st.integers(0, 2**32), st.floats(0.01, 2.0))
def test_a_semi_hard_negative_is_beyond_the_positive_and_within_the_margin(
    seed: int, margin: float
) -> None:
    vectors = rng(seed).normal(size=(20, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    three = examples.semi_hard_triplets(PEOPLE, vectors, margin, rng(seed))
    apart = ((vectors[:, None] - vectors[None]) ** 2).sum(axis=2)
    for a, p, n in zip(three.anchor, three.positive, three.negative, strict=True):
        assert PEOPLE[a] == PEOPLE[p] != PEOPLE[n]
        beyond = apart[a][(PEOPLE[a] != PEOPLE) & (apart[a] >= apart[a, p] + 1e-5)]
        if (beyond < apart[a, p] + margin - 1e-5).any():
            assert apart[a, p] - 1e-5 <= apart[a, n] <= apart[a, p] + margin + 1e-5


def test_the_owner_is_anchored_with_each_other_picture_against_each_stranger() -> None:
    three = examples.owner_triplets(np.arange(7, dtype=np.int32), np.arange(7, 17, dtype=np.int32))
    assert len(three.anchor) == 7 * 6 * 10
    two = examples.owner_triplets(np.arange(2, dtype=np.int32), np.arange(2, 7, dtype=np.int32))
    assert len(two.anchor) == 2 * 1 * 5


@pytest.mark.parametrize("people", [[0], [0, 0, 0], [0, 1, 2]])
def test_what_makes_no_pairs_is_said(people: list[int]) -> None:
    with pytest.raises(UsageError, match="two people, and two pictures"):
        examples.balanced_pairs(np.array(people, dtype=np.int32), rng())


def test_the_same_seed_draws_the_same_pairs() -> None:
    one, same = (examples.balanced_pairs(PEOPLE, rng(3)) for _ in range(2))
    other = examples.balanced_pairs(PEOPLE, rng(4))
    assert (one.first == same.first).all()
    assert not (one.first == other.first).all()


@given(st.integers(0, 500), st.integers(1, 64))
def test_batches_cover_everything_once(count: int, size: int) -> None:
    covered = [i for part in examples.batches(count, size) for i in range(count)[part]]
    assert covered == list(range(count))
