"""Whose session may be brought to the screen by a face: the attacker's questions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Error
from daemon.config import Switch, Unlock
from daemon.policy import Decision, Denied, Machine, Target
from daemon.policy.lockout import LockoutState, Standing
from daemon.policy.switching import may_bring_up, shown
from tests.daemon.policy.scenes import ADA, AWAKE, BOB, FREE, GREETER, Session

SHOWN = Session(id="1", uid=ADA, locked=True)
"""Ada's, on the screen."""
BACK = Session(id="2", uid=BOB, active=False, locked=True)
"""Bob's; he sits there."""
TARGET = Target("bob", BOB, appearances=1)


def _may(back: Session = BACK, others: Sequence[Session] = (SHOWN,), **facts: Any) -> Decision:
    usual: dict[str, Any] = {
        "target": TARGET,
        "machine": AWAKE,
        "standing": FREE,
        "unlock": Unlock(),
        "switch": Switch(on_face=True),
    }
    return may_bring_up(back, sessions=(*others, back), **{**usual, **facts})


def _error(decision: Decision) -> Error | None:
    return decision.error if isinstance(decision, Denied) else None


def test_the_locked_session_of_who_sits_there_is_brought_up() -> None:
    assert _may().allowed


def test_not_unless_it_is_asked_for() -> None:
    assert _error(_may(switch=Switch())) is Error.NOT_ENABLED


def test_the_work_of_who_is_on_the_screen_is_neither_taken_away_nor_left_open() -> None:
    assert _error(_may(others=[replace(SHOWN, locked=False)])) is Error.BUSY


def test_an_open_session_in_the_back_is_opened_to_nobody() -> None:
    assert _error(_may(replace(BACK, locked=False))) is Error.NO_SESSION
    assert _error(_may(replace(BACK, kind="tty"))) is Error.NO_SESSION


def test_nobody_s_face_brings_up_another_s_session() -> None:
    assert _error(_may(target=replace(TARGET, uid=ADA))) is Error.NOT_PERMITTED
    assert _error(_may(target=replace(TARGET, uid=None))) is Error.NOT_PERMITTED


@pytest.mark.parametrize(
    "back",
    [
        replace(BACK, remote=True),
        replace(BACK, seat=""),
        replace(BACK, seat="seat1"),
        replace(BACK, session_class="greeter"),
        replace(BACK, session_class="background"),
        replace(BACK, active=True),
    ],
)
def test_only_a_session_of_this_screen_s_back(back: Session) -> None:
    assert not _may(back).allowed


@pytest.mark.parametrize(
    "others",
    [
        [],
        [replace(SHOWN, active=False)],
        [replace(SHOWN, seat="seat1")],
        [replace(SHOWN, remote=True)],
        [GREETER],
        [replace(SHOWN, uid=BOB)],
        [SHOWN, replace(SHOWN, id="3")],
    ],
)
def test_only_in_the_place_of_another_user_s_that_is_surely_shown(others: list[Session]) -> None:
    assert not _may(others=others).allowed


def test_which_of_several_is_not_guessed() -> None:
    assert not _may(others=[SHOWN, replace(BACK, id="3")]).allowed
    # Somebody with Bob's password, far away.
    assert not _may(others=[SHOWN, replace(BACK, id="ssh", seat="", remote=True)]).allowed


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"machine": replace(AWAKE, lid_closed=True)}, Error.LID_CLOSED),
        ({"machine": Machine()}, Error.LID_CLOSED),
        ({"machine": replace(AWAKE, asleep=True)}, Error.ASLEEP),
        ({"machine": replace(AWAKE, paused=True)}, Error.PAUSED),
        ({"machine": replace(AWAKE, enrolling=True)}, Error.BUSY),
        ({"machine": replace(AWAKE, stopping=True)}, Error.STOPPING),
        ({"standing": Standing(LockoutState.PASSWORD)}, Error.LOCKED_OUT),
        ({"standing": Standing(LockoutState.PAUSED, 3, 9.0)}, Error.ATTEMPTS_PAUSED),
        ({"unlock": Unlock(enabled=False)}, Error.NOT_ENABLED),
        ({"unlock": Unlock(users=("ada",))}, Error.NOT_ENABLED),
        ({"target": replace(TARGET, unlocking=False)}, Error.NOT_ENABLED),
        ({"target": replace(TARGET, appearances=0)}, Error.NOT_ENROLLED),
        ({"resting": True}, Error.INACTIVE_SESSION),
    ],
)
def test_whatever_else_keeps_a_face_from_unlocking_keeps_it_from_switching(
    facts: dict[str, Any], error: Error
) -> None:
    assert _error(_may(**facts)) is error


_SESSIONS = st.builds(
    Session,
    id=st.sampled_from("12345"),
    uid=st.sampled_from([0, ADA, BOB]),
    session_class=st.sampled_from(["user", "greeter", "lock-screen", "background", "user-early"]),
    seat=st.sampled_from(["seat0", "seat1", ""]),
    active=st.booleans(),
    remote=st.booleans(),
    locked=st.booleans(),
    kind=st.sampled_from(["x11", "wayland", "tty", ""]),
)


@given(back=_SESSIONS, others=st.lists(_SESSIONS, max_size=4), on=st.booleans())
def test_whatever_there_is_nothing_open_is_shown_and_nothing_open_is_left(
    back: Session, others: list[Session], on: bool
) -> None:
    if not _may(back, others, switch=Switch(on_face=on)).allowed:
        return
    on_screen = shown((*others, back))
    assert on
    assert back.locked
    assert back.uid == BOB
    assert on_screen is not None
    assert on_screen.locked
    assert on_screen.uid != BOB
