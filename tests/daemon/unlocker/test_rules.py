"""The unlocker's own rules hold whatever the service asks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import UnlockMethod
from daemon.unlocker.rules import (
    LEAST_SECONDS_BETWEEN,
    MOST_UNLOCKS,
    PER_SECONDS,
    Permission,
    RateLimit,
    refusal,
)
from tests.daemon.sessions import LOCKED

LOGIND = Permission((UnlockMethod("logind"),))
SIGNAL = Permission((UnlockMethod("signal", ("swaylock",)),))
BOTH = Permission((*SIGNAL.methods, *LOGIND.methods))
SESSION = replace(LOCKED, id="2", path="/org/freedesktop/login1/session/_32")


def test_a_locked_session_of_its_owner_on_the_screen() -> None:
    assert refusal(SESSION, 1000, LOGIND) is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"uid": 0, "username": "root"}, "another user"),
        ({"uid": 1001}, "another user"),
        ({"session_class": "greeter"}, "not a person"),
        ({"session_class": "manager"}, "not a person"),
        ({"seat": "seat1"}, "seat"),
        ({"seat": ""}, "remote"),
        ({"active": False}, "not on the screen"),
        ({"remote": True}, "remote"),
        ({"locked": False}, "locked"),
    ],
)
def test_every_other_is_refused(change: dict[str, object], word: str) -> None:
    assert word in str(refusal(replace(SESSION, **change), 1000, LOGIND))  # type: ignore[arg-type]


def test_root_is_never_unlocked() -> None:
    of_root = replace(SESSION, uid=0, username="root")
    assert "root" in str(refusal(of_root, 0, LOGIND))


def test_no_session_and_no_method() -> None:
    assert refusal(None, 1000, LOGIND)
    assert refusal(SESSION, 1000, Permission())


def test_a_locker_that_sets_no_hint_is_signalled_and_nothing_else() -> None:
    quiet = replace(SESSION, locked=False)
    assert refusal(quiet, 1000, SIGNAL) is None
    assert refusal(quiet, 1000, LOGIND)
    assert refusal(quiet, 1000, replace(LOGIND, without_hint=True)) is None


@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.sampled_from(["1", "2", "3"])), max_size=80))
def test_the_rate_is_never_exceeded(steps: list[tuple[float, str]]) -> None:
    now = 0.0
    limit = RateLimit(lambda: now)
    taken: list[tuple[float, str]] = []
    for step, session in steps:
        now += step
        if limit.take(session):
            taken.append((now, session))
    for at, session in taken:
        within = [one for one, _ in taken if at - PER_SECONDS < one <= at]
        assert len(within) <= MOST_UNLOCKS
        same = [one for one, other in taken if other == session and one < at]
        assert not same or at - same[-1] >= LEAST_SECONDS_BETWEEN


def test_it_recovers() -> None:
    now = 0.0
    limit = RateLimit(lambda: now)
    assert [limit.take(str(n)) for n in range(MOST_UNLOCKS + 1)] == [True] * MOST_UNLOCKS + [False]
    now = PER_SECONDS
    assert limit.take("1")
