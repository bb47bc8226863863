"""Somebody else who looks at the screen: told once, and not of everybody who passes."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.policy.onlooker import LEAST_LOOKS, Onlooker


def _told(*looks: tuple[float, bool], seconds: float = 10.0) -> list[float]:
    onlooker = Onlooker(seconds)
    return [time for time, seen in looks if onlooker.looked(time, seen=seen)]


def test_who_stays_is_told_of_once() -> None:
    looks = [(float(time), True) for time in range(0, 60, 5)]
    assert _told(*looks) == [10.0]


def test_who_passes_is_not() -> None:
    assert _told((0.0, True), (5.0, False), (12.0, True), (17.0, False)) == []


def test_one_look_is_not_enough_however_long_ago_the_last_was() -> None:
    assert _told((0.0, False), (100.0, True)) == []


def test_who_comes_back_is_told_of_again() -> None:
    assert _told((0.0, True), (10.0, True), (20.0, False), (30.0, True), (40.0, True)) == [
        10.0,
        40.0,
    ]


def test_another_look_comes_in_time_and_only_until_it_was_told() -> None:
    onlooker = Onlooker(10.0)
    waits = [onlooker.wait]
    for time in (0.0, 10.0):
        onlooker.looked(time, seen=True)
        waits.append(onlooker.wait)
    assert waits == [None, 10.0, None]


@given(seen=st.lists(st.booleans(), max_size=60), seconds=st.floats(2.0, 60.0))
def test_never_without_looks_in_a_row_over_the_whole_time(seen: list[bool], seconds: float) -> None:
    looks = [(5.0 * number, one) for number, one in enumerate(seen)]
    for told in _told(*looks, seconds=seconds):
        run = [one for time, one in looks if told - seconds <= time <= told]
        assert all(run)
        assert len(run) >= LEAST_LOOKS or seconds < 5.0
