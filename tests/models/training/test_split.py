"""Test people are never trained on; the seed decides who they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import UsageError
from models.training.split import PARTS, split_people

NAMES = [f"p{number}" for number in range(40)]


@given(st.integers(6, 60), st.integers(0, 2**32))
def test_nobody_is_in_two_parts_and_nobody_is_lost(count: int, seed: int) -> None:
    names = [f"p{number}" for number in range(count)]
    split = split_people(names * 3, seed=seed)
    parts = [name for part in PARTS for name in getattr(split, part)]
    assert sorted(parts) == sorted(names)
    assert all(name in getattr(split, split.part_of(name)) for name in names)


def test_the_seed_decides_and_nothing_else() -> None:
    one = split_people(NAMES, seed=1, test=10, validation=4)
    assert one == split_people(NAMES[::-1], seed=1, test=10, validation=4)
    assert one != split_people(NAMES, seed=2, test=10, validation=4)
    assert (len(one.train), len(one.validation), len(one.test)) == (26, 4, 10)


@pytest.mark.parametrize(("test", "validation"), [(1, 0), (0, 1), (39, 0), (20, 19), (50, 0)])
def test_parts_that_cannot_be_measured_are_refused(test: int, validation: int) -> None:
    with pytest.raises(UsageError):
        split_people(NAMES, seed=0, test=test, validation=validation)
