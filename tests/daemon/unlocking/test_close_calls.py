"""When a new appearance is advised."""

import math

import pytest

from daemon.unlocking.close_calls import CloseCalls


def advised(calls: CloseCalls, *shares: float, username: str = "ada") -> list[bool]:
    return [calls.advised(username, distance=share * 0.6, threshold=0.6) for share in shares]


def test_it_is_where_four_of_the_last_six_were_close() -> None:
    calls = CloseCalls()
    assert not any(advised(calls, *[0.5] * 10, 0.9, 0.9, 0.9))
    assert advised(calls, 0.9, 0.5, 0.5, 0.5) == [True, True, True, False]


def test_new_appearances_begin_anew_and_everybody_is_alone() -> None:
    calls = CloseCalls()
    advised(calls, 0.9, 0.9, 0.9)
    assert advised(calls, 0.9, username="bob") == [False]
    calls.forget("ada")
    assert advised(calls, 0.9) == [False]


@pytest.mark.parametrize("distance", [None, math.nan, math.inf, -0.1, 0.7])
def test_what_is_no_match_tells_nothing(distance: float | None) -> None:
    calls = CloseCalls()
    for _ in range(6):
        assert not calls.advised("ada", distance=distance, threshold=0.6)
    assert not calls.advised("ada", distance=0.0, threshold=0.0)


def test_users_of_long_ago_are_forgotten() -> None:
    calls = CloseCalls()
    advised(calls, 0.9, 0.9, 0.9)
    for number in range(256):
        advised(calls, 0.1, username=f"user{number}")
    assert advised(calls, 0.9) == [False]
