"""Every denial, each with the smallest change of facts that brings it about."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from daemon import policy
from daemon.api import Error
from daemon.config import Unlock, UnlockMethod
from daemon.policy import Ask, Caller, Target
from tests.daemon.policy.scenes import (
    ADA,
    ASLEEP,
    BACKGROUND,
    BOB,
    BOBS,
    CONSOLE,
    DISPLAY_MANAGER,
    ENROLLING,
    GDM,
    GREETER,
    HERE,
    LID_CLOSED,
    LID_UNKNOWN,
    LOCKED,
    LOCKED_OUT,
    ON_DESKTOP,
    OTHER_SCREEN,
    PAUSED,
    ROOT,
    SSH,
    STOPPING,
    SUDO_ON_DESKTOP,
    TARGET,
    WAITING,
    XRDP,
    refused,
    scene,
)

Cases = dict[str, tuple[dict[str, Any], Error]]

VERIFY: Cases = {
    "somebody else asks": ({"caller": Caller(BOB, BOBS)}, Error.NOT_PERMITTED),
    "a service user asks": ({"caller": Caller(120)}, Error.NOT_PERMITTED),
    "asked about nobody": (
        {"caller": Caller(BOB, BOBS), "target": Target("eve", None)},
        Error.NOT_PERMITTED,
    ),
    "root asks about nobody": (
        {"caller": Caller(ROOT, HERE), "target": Target("eve", None)},
        Error.NOT_ENROLLED,
    ),
    "a user who is gone but enrolled": (
        {"caller": Caller(ROOT, HERE), "target": Target("eve", None, appearances=1)},
        Error.NOT_ENROLLED,
    ),
    "the service ends": ({"machine": STOPPING}, Error.STOPPING),
    "over ssh": ({"caller": Caller(ADA, SSH), "sessions": (HERE, SSH)}, Error.REMOTE_SESSION),
    "sudo over ssh": (
        {"caller": Caller(ROOT, SSH), "sessions": (HERE, SSH)},
        Error.REMOTE_SESSION,
    ),
    "a virtual desktop": ({"caller": Caller(ADA, XRDP)}, Error.REMOTE_SESSION),
    "from no session, one of them remote": (
        {"caller": ON_DESKTOP, "sessions": (HERE, SSH)},
        Error.REMOTE_SESSION,
    ),
    "from no session, all remote": (
        {"caller": ON_DESKTOP, "sessions": (SSH,)},
        Error.REMOTE_SESSION,
    ),
    "another session is on the screen": (
        {"caller": Caller(ADA, OTHER_SCREEN)},
        Error.INACTIVE_SESSION,
    ),
    "from no session, none on the screen": (
        {"caller": ON_DESKTOP, "sessions": (OTHER_SCREEN, BOBS)},
        Error.INACTIVE_SESSION,
    ),
    "from no session, beside ada's": ({"caller": Caller(ADA)}, Error.NO_SESSION),
    "root, from no session, beside ada's": ({"caller": Caller(ROOT)}, Error.NO_SESSION),
    "root, from another's desktop": (
        {"caller": Caller(ROOT, None, BOB), "sessions": (HERE, BOBS)},
        Error.NO_SESSION,
    ),
    "sudo from a desktop, also over ssh": (
        {"caller": SUDO_ON_DESKTOP, "sessions": (HERE, SSH)},
        Error.REMOTE_SESSION,
    ),
    "from a desktop that is none": (
        {"caller": ON_DESKTOP, "sessions": (CONSOLE,)},
        Error.NO_SESSION,
    ),
    "from a job in the background": ({"caller": Caller(ADA, BACKGROUND)}, Error.NO_SESSION),
    "from no session, without one": (
        {"caller": ON_DESKTOP, "sessions": (BOBS,)},
        Error.NO_SESSION,
    ),
    "root, from no session, nobody at the login": (
        {"caller": Caller(ROOT), "sessions": ()},
        Error.NO_SESSION,
    ),
    "at the login": (
        {"caller": Caller(ROOT), "sessions": (GREETER,), "unlock": Unlock(greeter=True)},
        Error.NO_SESSION,
    ),
    "in the greeter's session": (
        {"caller": Caller(ROOT, GREETER), "sessions": (GREETER,)},
        Error.NOT_ENABLED,
    ),
    "at a login that is not on the screen": (
        {
            "caller": Caller(ROOT),
            "sessions": (replace(GREETER, active=False),),
            "unlock": Unlock(greeter=True),
        },
        Error.NO_SESSION,
    ),
    "at the login, but logged in elsewhere": (
        {
            "caller": Caller(ROOT),
            "sessions": (GREETER, OTHER_SCREEN),
            "unlock": Unlock(greeter=True),
        },
        Error.NO_SESSION,
    ),
    "a display manager, where the login is not to look": (
        {"caller": DISPLAY_MANAGER, "sessions": (GREETER,)},
        Error.NOT_ENABLED,
    ),
    "a display manager, nobody at its login": (
        {"caller": DISPLAY_MANAGER, "sessions": (), "unlock": Unlock(greeter=True)},
        Error.NO_SESSION,
    ),
    "a display manager, somebody else's session on the screen": (
        {
            "caller": DISPLAY_MANAGER,
            "sessions": (replace(GREETER, active=False), OTHER_SCREEN, BOBS),
            "unlock": Unlock(greeter=True),
        },
        Error.NO_SESSION,
    ),
    "a display manager that shows a login elsewhere too": (
        {
            "caller": DISPLAY_MANAGER,
            "sessions": (GREETER, replace(GREETER, id="c9", seat="")),
            "unlock": Unlock(greeter=True),
        },
        Error.REMOTE_SESSION,
    ),
    "a display manager, the user is here and far away": (
        {"caller": DISPLAY_MANAGER, "sessions": (HERE, SSH)},
        Error.REMOTE_SESSION,
    ),
    "a display manager that is not root's": (
        {
            "caller": replace(DISPLAY_MANAGER, uid=ADA),
            "sessions": (GREETER,),
            "unlock": Unlock(greeter=True),
        },
        Error.NO_SESSION,
    ),
    "a user in no session, at the login": (
        {
            "caller": ON_DESKTOP,
            "sessions": (GREETER,),
            "unlock": Unlock(greeter=True),
        },
        Error.NO_SESSION,
    ),
    "about to sleep": ({"machine": ASLEEP}, Error.ASLEEP),
    "the lid is closed": ({"machine": LID_CLOSED}, Error.LID_CLOSED),
    "the lid is unknown": ({"machine": LID_UNKNOWN}, Error.LID_CLOSED),
    "paused": ({"machine": PAUSED}, Error.PAUSED),
    "not among the users": ({"unlock": Unlock(users=("bob",))}, Error.NOT_ENABLED),
    "not enrolled": ({"target": Target("ada", ADA)}, Error.NOT_ENROLLED),
    "enrolled with another model": (
        {"target": Target("ada", ADA, other_appearances=2)},
        Error.OTHER_MODEL,
    ),
    "attempts are paused": ({"standing": WAITING}, Error.ATTEMPTS_PAUSED),
    "locked out": ({"standing": LOCKED_OUT}, Error.LOCKED_OUT),
    "locked by hand": (
        {
            "caller": Caller(ADA, LOCKED),
            "sessions": (LOCKED,),
            "held": frozenset({"1"}),
        },
        Error.ABSENCE_NEEDED,
    ),
    "an enrolment runs": ({"machine": ENROLLING}, Error.BUSY),
}

SESSION: Cases = {
    "the service ends": ({"machine": STOPPING}, Error.STOPPING),
    "another user's session": ({"session": replace(LOCKED, uid=BOB)}, Error.NOT_PERMITTED),
    "a user who is gone": ({"target": Target("ada", None, appearances=1)}, Error.NOT_PERMITTED),
    "the greeter": ({"session": replace(LOCKED, session_class="greeter")}, Error.NOT_PERMITTED),
    "a class like a user's": (
        {"session": replace(LOCKED, session_class="users")},
        Error.NOT_PERMITTED,
    ),
    "not locked": ({"session": HERE}, Error.NO_SESSION),
    "remote": ({"session": replace(LOCKED, remote=True)}, Error.REMOTE_SESSION),
    "a virtual desktop": ({"session": replace(LOCKED, seat="")}, Error.REMOTE_SESSION),
    "a seat without the camera": ({"session": replace(LOCKED, seat="seat1")}, Error.REMOTE_SESSION),
    "not on the screen": ({"session": replace(LOCKED, active=False)}, Error.INACTIVE_SESSION),
    "about to sleep": ({"machine": ASLEEP}, Error.ASLEEP),
    "the lid is closed": ({"machine": LID_CLOSED}, Error.LID_CLOSED),
    "the lid is unknown": ({"machine": LID_UNKNOWN}, Error.LID_CLOSED),
    "paused": ({"machine": PAUSED}, Error.PAUSED),
    "unlocking is off": ({"unlock": Unlock(enabled=False)}, Error.NOT_ENABLED),
    "no method for this user": ({"unlock": Unlock(methods={"ada": ()})}, Error.NOT_ENABLED),
    "no method but for others": (
        {"unlock": Unlock(methods={"bob": (UnlockMethod("logind"),)})},
        Error.NOT_ENABLED,
    ),
    "not among the users": ({"unlock": Unlock(users=("bob",))}, Error.NOT_ENABLED),
    "not enrolled": ({"target": Target("ada", ADA)}, Error.NOT_ENROLLED),
    "enrolled with another model": (
        {"target": Target("ada", ADA, other_appearances=2)},
        Error.OTHER_MODEL,
    ),
    "attempts are paused": ({"standing": WAITING}, Error.ATTEMPTS_PAUSED),
    "locked out": ({"standing": LOCKED_OUT}, Error.LOCKED_OUT),
}

ENROL: Cases = {
    "the service ends": ({"machine": STOPPING}, Error.STOPPING),
    "over ssh": ({"caller": Caller(ADA, SSH)}, Error.REMOTE_SESSION),
    "not on the screen": ({"caller": Caller(ADA, OTHER_SCREEN)}, Error.INACTIVE_SESSION),
    "from the greeter": ({"caller": Caller(GDM, GREETER)}, Error.NO_SESSION),
    "from no session": ({"caller": Caller(ADA), "sessions": ()}, Error.NO_SESSION),
    "nobody, by a user": ({"target": Target("eve", None)}, Error.NOT_PERMITTED),
    "nobody, by root": (
        {"caller": Caller(ROOT), "target": Target("eve", None)},
        Error.NOT_ENROLLED,
    ),
    "about to sleep": ({"machine": ASLEEP}, Error.ASLEEP),
    "the lid is closed": ({"machine": LID_CLOSED}, Error.LID_CLOSED),
    "the lid is closed, for root too": (
        {"caller": Caller(ROOT), "machine": LID_CLOSED},
        Error.LID_CLOSED,
    ),
    "paused": ({"machine": PAUSED}, Error.PAUSED),
    "another enrolment runs": ({"machine": ENROLLING}, Error.BUSY),
}

PAUSE: Cases = {
    "the service ends": ({"machine": STOPPING}, Error.STOPPING),
    "over ssh": ({"caller": Caller(ADA, SSH)}, Error.REMOTE_SESSION),
    "not on the screen": ({"caller": Caller(ADA, OTHER_SCREEN)}, Error.INACTIVE_SESSION),
    "from the greeter": ({"caller": Caller(GDM, GREETER)}, Error.NO_SESSION),
    "from the background": ({"caller": Caller(ADA, BACKGROUND)}, Error.NO_SESSION),
    "from no session, also over ssh": (
        {"caller": ON_DESKTOP, "sessions": (HERE, SSH)},
        Error.REMOTE_SESSION,
    ),
    "a service user": ({"caller": Caller(GDM)}, Error.NO_SESSION),
    "from no session": ({"caller": Caller(ADA)}, Error.NO_SESSION),
}

WAKE: Cases = {
    **PAUSE,
    "about to sleep": ({"machine": ASLEEP}, Error.ASLEEP),
    "the lid is closed": ({"machine": LID_CLOSED}, Error.LID_CLOSED),
}


def _cases(cases: Cases) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("facts", "error"), cases.values(), ids=cases.keys())


@_cases(VERIFY)
def test_no_attempt(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).verify()) is error


@_cases(SESSION)
def test_no_unlock(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).unlocks()) is error


@_cases(SESSION)
def test_no_watch(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).watch()) is error


@_cases(ENROL)
def test_no_enrolment(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).enrol()) is error


@_cases(PAUSE)
def test_no_pause(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).pause()) is error


@_cases(WAKE)
def test_no_wake(facts: dict[str, Any], error: Error) -> None:
    assert refused(scene(**facts).wake()) is error


def test_locked_by_hand_there_is_no_unlock_but_a_watch() -> None:
    held = scene(held=frozenset({"1"}))
    assert refused(held.unlocks()) is Error.ABSENCE_NEEDED
    assert held.watch().allowed


def test_no_watch_during_an_enrolment() -> None:
    assert refused(scene(machine=ENROLLING).watch()) is Error.BUSY
    assert scene(machine=ENROLLING).unlocks().allowed


def test_every_denial_of_an_attempt_in_the_contract_is_one_of_these() -> None:
    from daemon.api import INTERFACE

    decided = {error for _, error in VERIFY.values()}
    elsewhere = {Error.TOO_MANY_REQUESTS, Error.NO_MODEL, Error.STORE_PROBLEM}
    assert set(INTERFACE.method("StartVerify").errors) == (decided - {Error.STOPPING}) | elsewhere


@pytest.mark.parametrize(
    "ask",
    [
        lambda: policy.may_edit(Caller(ROOT), TARGET, machine=STOPPING),
        lambda: policy.may_list(Caller(ADA), TARGET, machine=STOPPING),
        lambda: policy.may_reload(Caller(ROOT), machine=STOPPING),
        lambda: policy.may_clear(Caller(ROOT), machine=STOPPING),
    ],
)
def test_a_service_that_ends_does_nothing_more(ask: Callable[[], policy.Decision | Ask]) -> None:
    assert refused(ask()) is Error.STOPPING
