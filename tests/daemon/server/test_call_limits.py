"""Fair shares: a user has one, however many connections they open; dialogues hold up nobody."""

import pytest

from daemon.api import Error
from daemon.dbus.peer import Caller
from daemon.errors import RefusalError
from daemon.server.call_limits import (
    MOST_CALLERS_EACH,
    MOST_CALLS,
    MOST_CALLS_EACH,
    MOST_DIALOGUES,
    MOST_DIALOGUES_EACH,
    CallLimits,
)

ADA, BOB = 1000, 1001


def full(limits: CallLimits, uid: int | str) -> bool:
    """Whether one more call of this user is refused."""
    try:
        limits.begin(uid)
    except RefusalError as refusal:
        assert refusal.error is Error.TOO_MANY_REQUESTS
        return True
    limits.end(uid)
    return False


def test_a_user_has_one_share() -> None:
    limits = CallLimits()
    for _ in range(MOST_CALLS_EACH):
        limits.begin(ADA)
    assert full(limits, ADA)
    assert not full(limits, BOB)
    limits.end(ADA)
    assert not full(limits, ADA)


def test_the_table_of_all_ends_too() -> None:
    limits = CallLimits()
    for number in range(MOST_CALLS):
        limits.begin(f":1.{number}")
    for who in (ADA, ":1.7", ":1.999"):
        assert full(limits, who)


def test_roots_connections_have_a_share_each() -> None:
    """PAM asks as root, for everybody."""
    assert [Caller(":1.5", uid, 99).payer for uid in (ADA, 0)] == [ADA, ":1.5"]


def test_dialogues_hold_up_no_call_and_have_limits_of_their_own() -> None:
    limits = CallLimits()
    open_: list[object] = []
    for _ in range(MOST_DIALOGUES_EACH):
        limits.begin(ADA)
        dialogue = limits.dialogue(ADA)
        dialogue.__enter__()
        open_.append(dialogue)
    for _ in range(MOST_CALLS_EACH):
        limits.begin(ADA)
    with pytest.raises(RefusalError), limits.dialogue(ADA):
        pass
    with limits.dialogue(BOB):
        pass


def test_there_is_an_end_of_dialogues_for_everybody() -> None:
    limits = CallLimits()
    dialogues = []
    for number in range(MOST_DIALOGUES):
        dialogues.append(limits.dialogue(2000 + number))
        dialogues[-1].__enter__()
    with pytest.raises(RefusalError), limits.dialogue(ADA):
        pass
    dialogues[0].__exit__(None, None, None)
    with limits.dialogue(ADA):
        pass


def test_what_was_asked_about_is_answered_within_the_share_again() -> None:
    limits = CallLimits()
    limits.begin(ADA)
    with limits.dialogue(ADA):
        for _ in range(MOST_CALLS_EACH - 1):
            limits.begin(ADA)
    assert full(limits, ADA)


def test_connections_each_of_which_holds_a_descriptor_are_bounded() -> None:
    limits = CallLimits()
    for _ in range(MOST_CALLERS_EACH):
        limits.caller_came(ADA)
    with pytest.raises(RefusalError):
        limits.caller_came(ADA)
    limits.caller_came(BOB)
    limits.caller_left(ADA)
    limits.caller_came(ADA)
