"""Locked by hand: the owner has to be seen to leave, or press a key late enough."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import Unlock
from daemon.policy.manual_lock import ManualLock, OwnerPresence, locked_by_hand

EIGHT = Unlock(absence_seconds=8.0)
WITH_KEYS = Unlock(absence_seconds=8.0, key_press_seconds=30.0)

TIMES = st.floats(0, 1e6) | st.sampled_from([math.nan, math.inf])


def _attempt(lock: ManualLock, owner: OwnerPresence, start: int, end: int) -> None:
    for second in range(start, end):
        lock.observed(float(second), owner)


def _is_over(lock: ManualLock) -> bool:
    return not lock.holds


@pytest.mark.parametrize(
    ("idle", "shut", "asleep", "by_hand"),
    [
        (False, False, False, True),
        (True, False, False, False),
        (False, True, False, False),
        (False, False, True, False),
    ],
)
def test_what_was_not_locked_by_itself_was_locked_by_hand(
    idle: bool, shut: bool, asleep: bool, by_hand: bool
) -> None:
    assert locked_by_hand(idle=idle, shut=shut, asleep=asleep) is by_hand


def test_it_holds_while_the_owner_stays() -> None:
    lock = ManualLock(EIGHT, time=0.0)
    _attempt(lock, OwnerPresence.PRESENT, 0, 1000)
    assert lock.holds


def test_it_is_over_once_the_owner_was_away_long_enough() -> None:
    lock = ManualLock(EIGHT, time=0.0)
    _attempt(lock, OwnerPresence.ABSENT, 0, 8)
    assert lock.holds
    lock.observed(8.0, OwnerPresence.ABSENT)
    _attempt(lock, OwnerPresence.PRESENT, 9, 11)
    assert _is_over(lock)


def test_coming_back_early_starts_it_anew() -> None:
    lock = ManualLock(EIGHT, time=0.0)
    _attempt(lock, OwnerPresence.ABSENT, 0, 7)
    lock.observed(7.0, OwnerPresence.PRESENT)
    _attempt(lock, OwnerPresence.ABSENT, 8, 15)
    assert lock.holds
    lock.observed(15.0, OwnerPresence.ABSENT)
    assert _is_over(lock)


def test_a_face_that_may_be_the_owners_is_no_absence() -> None:
    lock = ManualLock(EIGHT, time=0.0)
    _attempt(lock, OwnerPresence.UNSURE, 0, 1000)
    assert lock.holds


def test_a_doubtful_frame_does_not_undo_what_was_seen() -> None:
    lock = ManualLock(EIGHT, time=0.0)
    _attempt(lock, OwnerPresence.ABSENT, 0, 6)
    lock.observed(6.0, OwnerPresence.UNSURE)
    _attempt(lock, OwnerPresence.ABSENT, 7, 10)
    assert not lock.holds


def test_a_closed_camera_sees_nobody_leave() -> None:
    lock = ManualLock(EIGHT, time=0.0)
    for hour in range(100):
        lock.observed(hour * 3600.0, OwnerPresence.ABSENT)
        lock.interrupted()
    assert lock.holds


def test_one_long_gap_is_no_absence() -> None:
    lock = ManualLock(EIGHT, time=0.0)
    lock.observed(0.0, OwnerPresence.ABSENT)
    lock.observed(1e6, OwnerPresence.ABSENT)
    assert lock.holds


def test_keys_do_nothing_unless_configured() -> None:
    lock = ManualLock(EIGHT, time=0.0)
    lock.key_pressed(1e6)
    assert lock.holds


def test_a_late_key_press_will_do_where_configured() -> None:
    lock = ManualLock(WITH_KEYS, time=100.0)
    lock.key_pressed(129.9)
    assert lock.holds
    lock.key_pressed(130.0)
    assert _is_over(lock)


@given(st.lists(st.tuples(TIMES, st.sampled_from(OwnerPresence)), max_size=50))
def test_it_never_ends_before_an_absence_can_have_passed(
    attempts: list[tuple[float, OwnerPresence]],
) -> None:
    lock = ManualLock(EIGHT, time=0.0)
    shown = [
        time for time, owner in attempts if owner is OwnerPresence.ABSENT and math.isfinite(time)
    ]
    for time, owner in attempts:
        lock.observed(time, owner)
    if not lock.holds:
        assert len(shown) >= 2
        assert max(time for time, _ in attempts if math.isfinite(time)) >= 4.0


@given(
    st.lists(st.tuples(TIMES, st.sampled_from([OwnerPresence.PRESENT, OwnerPresence.UNSURE]))),
    TIMES,
)
def test_without_a_frame_of_absence_it_never_ends(
    attempts: list[tuple[float, OwnerPresence]], pressed: float
) -> None:
    lock = ManualLock(EIGHT, time=0.0)
    for time, owner in attempts:
        lock.observed(time, owner)
        lock.key_pressed(pressed)
    assert lock.holds


def test_a_key_press_at_no_time_does_nothing() -> None:
    lock = ManualLock(WITH_KEYS, time=0.0)
    lock.key_pressed(math.nan)
    assert lock.holds
