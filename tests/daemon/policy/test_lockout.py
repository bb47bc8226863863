"""Failed attempts: how many there can be, how long the pauses are, and what clears them."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon import config
from daemon.policy import lockout
from daemon.policy.lockout import (
    CLEAN,
    LOCKED_OUT,
    LockoutLedger,
    LockoutState,
    Moment,
    Pause,
    Record,
)
from models.errors import UsageError
from tests.strategies import JSON

ADA, BOB = 1000, 1001
LIMITS = config.Attempts(
    before_pause=3,
    first_pause_seconds=30.0,
    pause_growth=2.0,
    longest_pause_seconds=100.0,
    before_password=8,
)
BOOT, OTHER_BOOT = "11111111-aaaa", "22222222-bbbb"

MOMENTS = st.builds(
    Moment, st.sampled_from([BOOT, OTHER_BOOT]), st.floats(-1e10, 1e10), st.floats(-1e10, 1e10)
)
PAUSES = st.builds(Pause, MOMENTS, st.floats(1e-6, 86_400))
RECORDS = st.builds(Record, st.integers(0, 1_000_000), st.booleans(), st.none() | PAUSES)
ALL_LIMITS = st.builds(
    lambda pause, more, first, growth, longest: config.Attempts(
        before_pause=pause,
        before_password=pause + more,
        first_pause_seconds=first,
        pause_growth=growth,
        longest_pause_seconds=first + longest,
    ),
    st.integers(1, 20),
    st.integers(0, 80),
    st.floats(1, 3600),
    st.floats(1, 10),
    st.floats(0, 80_000),
)


def at(seconds: float, *, boot: str = BOOT, wall: float | None = None) -> Moment:
    return Moment(boot, seconds, 1e9 + seconds if wall is None else wall)


def failed(times: int, *, limits: config.Attempts = LIMITS, start: float = 0.0) -> Record:
    """Failures one after the other, each as soon as it is allowed."""
    record = CLEAN
    now = start
    for _ in range(times):
        now += lockout.standing(record, limits, at(now)).retry_after
        record = lockout.after_failure(record, limits, at(now))
    return record


def test_nothing_has_failed_yet() -> None:
    standing = lockout.standing(CLEAN, LIMITS, at(0.0))
    assert standing.free
    assert (standing.failures, standing.retry_after) == (0, 0.0)


@pytest.mark.parametrize(
    ("failures", "state", "pause"),
    [
        (1, LockoutState.FREE, 0.0),
        (2, LockoutState.FREE, 0.0),
        (3, LockoutState.PAUSED, 30.0),
        (4, LockoutState.PAUSED, 60.0),
        (5, LockoutState.PAUSED, 100.0),
        (7, LockoutState.PAUSED, 100.0),
        (8, LockoutState.PASSWORD, 0.0),
        (9, LockoutState.PASSWORD, 0.0),
    ],
)
def test_each_failure_has_its_consequence(failures: int, state: LockoutState, pause: float) -> None:
    record, now = CLEAN, 0.0
    for _ in range(failures):
        now += 1000.0
        record = lockout.after_failure(record, LIMITS, at(now))
    standing = lockout.standing(record, LIMITS, at(now))
    assert (standing.state, standing.failures) == (state, failures)
    assert standing.retry_after == pytest.approx(pause)


def test_a_pause_ends() -> None:
    record = failed(3)
    assert not lockout.standing(record, LIMITS, at(29.9)).free
    assert lockout.standing(record, LIMITS, at(30.0)).free


def test_the_owner_clears_what_strangers_left() -> None:
    assert lockout.after_match(failed(2), LIMITS, at(0.0)) == CLEAN
    assert lockout.after_match(failed(4), LIMITS, at(1000.0)) == CLEAN


def test_a_match_from_before_the_pause_does_not_count() -> None:
    assert lockout.after_match(failed(3), LIMITS, at(1.0)) is None
    assert lockout.after_match(failed(8), LIMITS, at(1e6)) is None


def test_a_failure_during_a_pause_never_shortens_it() -> None:
    long = Record(3, pause=Pause(at(0.0), 5000.0))
    after = lockout.after_failure(long, LIMITS, at(1.0))
    assert lockout.standing(after, LIMITS, at(1.0)).retry_after == 4999.0


def test_stricter_limits_hold_at_once() -> None:
    stricter = config.Attempts(before_pause=1, before_password=2)
    assert lockout.standing(failed(2), stricter, at(0.0)).state is LockoutState.PASSWORD


def test_a_new_boot_goes_by_the_wall_clock() -> None:
    record = failed(3)
    later = at(5.0, boot=OTHER_BOOT, wall=1e9 + 10.0)
    assert lockout.standing(record, LIMITS, later).retry_after == 20.0
    restored = lockout.rebased(record, later)
    assert lockout.standing(restored, LIMITS, at(25.0, boot=OTHER_BOOT, wall=0.0)).free


def test_a_machine_without_a_clock_waits_the_whole_pause_once() -> None:
    restored = lockout.rebased(failed(3), at(5.0, boot=OTHER_BOOT, wall=0.0))
    at_once = lockout.standing(restored, LIMITS, at(5.0, boot=OTHER_BOOT, wall=0.0))
    assert at_once.retry_after == 30.0
    assert lockout.standing(restored, LIMITS, at(35.0, boot=OTHER_BOOT, wall=30.0)).free


def test_the_wall_clock_is_nothing_within_one_boot() -> None:
    standing = lockout.standing(failed(3), LIMITS, at(10.0, wall=9e9))
    assert standing.retry_after == 20.0


@pytest.mark.parametrize(
    ("boot", "monotonic", "wall"),
    [
        ("", 0.0, 0.0),
        ("x/../y", 0.0, 0.0),
        (BOOT, math.nan, 0.0),
        (BOOT, 0.0, math.inf),
        (BOOT, 1e12, 0.0),
        (BOOT * 6, 0.0, 0.0),
    ],
)
def test_what_is_no_moment_is_refused(boot: str, monotonic: float, wall: float) -> None:
    with pytest.raises(UsageError):
        Moment(boot, monotonic, wall)


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, 86_401.0])
def test_what_is_no_pause_is_refused(seconds: float) -> None:
    with pytest.raises(UsageError, match="pause"):
        Pause(at(0.0), seconds)


@given(PAUSES, MOMENTS, st.floats(0, 1e9), st.floats(0, 1e9))
def test_time_that_goes_back_never_shortens_a_pause(
    pause: Pause, now: Moment, back: float, wall_back: float
) -> None:
    earlier = Moment(now.boot, now.monotonic - back, now.wall - wall_back)
    assert 0.0 <= pause.remaining(now) <= pause.remaining(earlier) <= pause.seconds


@given(PAUSES, MOMENTS)
def test_a_restart_never_shortens_a_pause(pause: Pause, now: Moment) -> None:
    record = Record(5, pause=pause)
    before = lockout.standing(record, LIMITS, now).retry_after
    after = lockout.standing(lockout.rebased(record, now), LIMITS, now).retry_after
    assert after == pytest.approx(before)


@given(ALL_LIMITS, st.lists(st.tuples(st.floats(0, 5000), st.booleans()), max_size=150))
def test_never_more_strangers_in_a_row_than_allowed(
    limits: config.Attempts, steps: list[tuple[float, bool]]
) -> None:
    """A stranger who tries whenever an attempt is allowed, at times of his choice."""
    record, now, in_a_row = CLEAN, 0.0, 0
    for wait, stranger in steps:
        now += wait
        if not lockout.standing(record, limits, at(now)).free:
            continue
        if stranger:
            record = lockout.after_failure(record, limits, at(now))
            in_a_row += 1
        else:
            cleared = lockout.after_match(record, limits, at(now))
            assert cleared == CLEAN
            record, in_a_row = CLEAN, 0
        assert in_a_row <= limits.before_password
        if in_a_row >= limits.before_pause:
            after = lockout.standing(record, limits, at(now))
            assert (
                after.state is LockoutState.PASSWORD
                or after.retry_after >= limits.first_pause_seconds
            )


@given(RECORDS, ALL_LIMITS, MOMENTS)
def test_a_failure_never_improves_where_somebody_stands(
    record: Record, limits: config.Attempts, now: Moment
) -> None:
    before = lockout.standing(record, limits, now)
    after = lockout.standing(lockout.after_failure(record, limits, now), limits, now)
    order = [LockoutState.FREE, LockoutState.PAUSED, LockoutState.PASSWORD]
    assert order.index(after.state) >= order.index(before.state)
    assert after.state is LockoutState.PASSWORD or after.retry_after >= before.retry_after - 1e-6


@given(RECORDS)
def test_a_record_goes_there_and_back(record: Record) -> None:
    plain = json.loads(json.dumps(lockout.record_to_dict(record)))
    assert lockout.record_from_dict(plain) == record


@given(JSON)
def test_what_is_no_record_is_refused_and_nothing_else_happens(data: object) -> None:
    try:
        record = lockout.record_from_dict(data)
    except UsageError:
        return
    assert lockout.record_to_dict(record) == data


@given(JSON, MOMENTS)
def test_a_hostile_file_lets_nobody_attempt_anything(data: object, now: Moment) -> None:
    book, problem = LockoutLedger.restore(LIMITS, data, now)
    assert (problem == "") == (data is None)
    assert book.standing(ADA, now).free == (data is None)


@given(RECORDS, JSON, st.sampled_from(["failures", "password", "pause", "more"]), MOMENTS)
def test_a_damaged_record_needs_the_password(
    record: Record, damage: object, key: str, now: Moment
) -> None:
    plain: dict[str, Any] = {**lockout.record_to_dict(record), key: damage}
    data = {"version": 2, "others": {"failures": 0, "password": False}, "users": {"1000": plain}}
    book, problem = LockoutLedger.restore(LIMITS, data, now)
    if problem:
        assert book.standing(ADA, now).state is LockoutState.PASSWORD
    else:
        assert lockout.record_from_dict(plain)
    assert book.standing(BOB, now).free


@pytest.mark.parametrize(
    "pause",
    [
        None,
        {},
        {"seconds": 30, "boot": 1, "monotonic": 0, "wall": 0},
        {"seconds": True, "boot": BOOT, "monotonic": 0, "wall": 0},
        {"seconds": 30, "boot": BOOT, "monotonic": 10**400, "wall": 0},
        {"seconds": math.nan, "boot": BOOT, "monotonic": 0, "wall": 0},
        {"seconds": 30, "boot": "/etc", "monotonic": 0, "wall": 0},
        {"seconds": 30, "boot": BOOT, "monotonic": 0, "wall": 0, "more": 1},
    ],
)
def test_a_damaged_pause_is_refused(pause: object) -> None:
    with pytest.raises(UsageError):
        lockout.record_from_dict({"failures": 3, "password": False, "pause": pause})


@pytest.mark.parametrize(
    "change",
    [
        {"failures": True},
        {"failures": 1.0},
        {"failures": -1},
        {"failures": 10**9},
        {"password": 0},
        {"password": None},
        {"more": 1},
    ],
)
def test_a_damaged_count_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        lockout.record_from_dict({"failures": 3, "password": False, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"version": 1},
        {"users": {"ada": {}}},
        {"users": {"-1": {}}},
        {"users": {"01": {}}},
        {"users": {"9999999999": {}}},
        {"users": []},
        {"users": {"": {}}},
        {"users": {"x" * 300: {}}},
        {"users": {str(n): {} for n in range(5000)}},
        {"others": None},
        {"more": 1},
    ],
)
def test_a_damaged_book_needs_the_password_of_everybody(change: dict[str, object]) -> None:
    whole = {"version": 2, "others": {"failures": 0, "password": False}, "users": {}}
    assert LockoutLedger.restore(LIMITS, whole, at(0.0))[1] == ""
    book, problem = LockoutLedger.restore(LIMITS, {**whole, **change}, at(0.0))
    assert problem
    assert book.standing(ADA, at(1e9)).state is LockoutState.PASSWORD


def test_a_book_keeps_users_apart() -> None:
    book = LockoutLedger(LIMITS)
    for _ in range(8):
        book.failed(ADA, at(0.0))
    assert book.standing(ADA, at(1e6)).state is LockoutState.PASSWORD
    assert book.standing(BOB, at(0.0)).free


def test_a_book_survives_a_restart() -> None:
    book = LockoutLedger(LIMITS)
    for _ in range(4):
        book.failed(ADA, at(0.0))
    plain = json.loads(json.dumps(book.to_dict()))
    again, problem = LockoutLedger.restore(LIMITS, plain, at(10.0))
    assert problem == ""
    assert again.standing(ADA, at(10.0)).retry_after == pytest.approx(50.0)
    assert again.to_dict() == book.to_dict()


def test_a_restart_does_not_bring_the_password_back() -> None:
    book = LockoutLedger(LIMITS)
    for _ in range(8):
        book.failed(ADA, at(0.0))
    again, _ = LockoutLedger.restore(LIMITS, book.to_dict(), at(0.0, boot=OTHER_BOOT, wall=9e9))
    assert again.standing(ADA, at(0.0)).state is LockoutState.PASSWORD


def test_only_a_match_that_is_allowed_counts() -> None:
    book = LockoutLedger(LIMITS)
    for _ in range(3):
        book.failed(ADA, at(0.0))
    assert not book.matched(ADA, at(1.0))
    assert not book.standing(ADA, at(1.0)).free
    assert book.matched(ADA, at(31.0))
    assert book.standing(ADA, at(31.0)) == lockout.standing(CLEAN, LIMITS, at(31.0))


def test_the_password_clears_everything() -> None:
    book = LockoutLedger(LIMITS)
    for _ in range(8):
        book.failed(ADA, at(0.0))
    assert book.cleared(ADA)
    assert not book.cleared(ADA)
    assert book.standing(ADA, at(0.0)).free
    assert book.to_dict()["users"] == {}


def test_a_damaged_book_is_cleared_user_by_user_and_for_good() -> None:
    book, problem = LockoutLedger.restore(LIMITS, "rubbish", at(0.0))
    assert "damaged" in problem
    assert book.standing(ADA, at(0.0)).state is LockoutState.PASSWORD
    assert not book.matched(ADA, at(0.0))
    book.cleared(ADA)
    again, problem = LockoutLedger.restore(LIMITS, book.to_dict(), at(0.0))
    assert problem == ""
    assert again.standing(ADA, at(0.0)).free
    assert again.standing(BOB, at(0.0)).state is LockoutState.PASSWORD


def test_who_cannot_be_counted_needs_the_password() -> None:
    """A full ledger must not be a way to try without end."""
    book = LockoutLedger(LIMITS)
    for uid in range(lockout.MOST_USERS):
        book.failed(uid, at(0.0))
    for _ in range(20):
        book.failed(ADA + lockout.MOST_USERS, at(0.0))
    assert book.standing(ADA + lockout.MOST_USERS, at(0.0)).state is LockoutState.PASSWORD
    assert not book.matched(ADA + lockout.MOST_USERS, at(0.0))
    assert book.standing(7, at(0.0)).failures == 1
    assert len(book.to_dict()["users"]) == lockout.MOST_USERS
    assert LockoutLedger.restore(LIMITS, book.to_dict(), at(0.0))[1] == ""


def test_new_limits_hold_for_the_next_question() -> None:
    book = LockoutLedger(LIMITS)
    book.failed(ADA, at(0.0))
    book.limits = config.Attempts(before_pause=1, before_password=1)
    assert book.standing(ADA, at(0.0)).state is LockoutState.PASSWORD


def test_the_constants_are_what_they_say() -> None:
    assert lockout.standing(CLEAN, LIMITS, at(0.0)).free
    assert lockout.standing(LOCKED_OUT, LIMITS, at(0.0)).state is LockoutState.PASSWORD
