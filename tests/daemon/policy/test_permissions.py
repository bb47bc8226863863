"""Who may verify, unlock, enrol, edit, list, reload and pause, and for what polkit is asked."""

from dataclasses import replace
from typing import Any

import pytest

from daemon import policy
from daemon.api import Action, Error
from daemon.config import Unlock, UnlockMethod
from daemon.policy import Allowed, Ask, Caller, Target
from daemon.policy.lockout import LockoutState, Standing
from tests.daemon.policy.scenes import (
    ADA,
    ASLEEP,
    AWAKE,
    BOB,
    BOBS,
    CONSOLE,
    DISPLAY_MANAGER,
    ENROLLING,
    GREETER,
    HERE,
    LID_CLOSED,
    LOCK_SCREEN,
    LOCKED,
    ON_DESKTOP,
    OTHER_SCREEN,
    PAUSED,
    ROOT,
    SSH,
    STOPPING,
    SUDO_ON_DESKTOP,
    TARGET,
    refused,
    scene,
)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"caller": Caller(ROOT, HERE)},
        {"caller": ON_DESKTOP},
        {"caller": SUDO_ON_DESKTOP},
        {"caller": ON_DESKTOP, "sessions": (HERE, replace(CONSOLE, id="2", active=False))},
        {"caller": Caller(ADA, LOCKED), "sessions": (LOCKED,)},
        {"caller": Caller(ADA, LOCK_SCREEN)},
        {"caller": Caller(ROOT, replace(HERE, session_class="user-early"))},
        {"sessions": (HERE, replace(OTHER_SCREEN, locked=True)), "held": frozenset({"3"})},
        {"caller": Caller(ROOT, GREETER), "sessions": (), "unlock": Unlock(greeter=True)},
        {"caller": DISPLAY_MANAGER, "sessions": (GREETER,), "unlock": Unlock(greeter=True)},
        {
            "caller": DISPLAY_MANAGER,
            "sessions": (GREETER, OTHER_SCREEN, replace(BOBS, active=False)),
            "unlock": Unlock(greeter=True),
        },
        {"caller": DISPLAY_MANAGER, "sessions": (LOCKED, replace(GREETER, active=False))},
        {"unlock": Unlock(users=("bob", "ada"))},
        {"target": Target("ada", ADA, appearances=1, other_appearances=5)},
        {"standing": Standing(LockoutState.FREE, 2)},
        {"unlock": Unlock(enabled=False)},
    ],
)
def test_an_attempt_is_allowed(facts: dict[str, Any]) -> None:
    assert scene(**facts).verify() == Allowed()


def test_an_unlocked_session_is_not_held_by_what_was() -> None:
    assert scene(held=frozenset({"1"})).verify().allowed


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"session": replace(LOCKED, session_class="user-light")},
        {"unlock": Unlock(methods={"ada": (UnlockMethod("signal", ("swaylock",)),)})},
        {"held": frozenset({"2"})},
    ],
)
def test_an_unlock_is_allowed(facts: dict[str, Any]) -> None:
    assert scene(**facts).unlocks() == Allowed()
    assert scene(**facts).watch() == Allowed()


@pytest.mark.parametrize(
    ("caller", "target", "action"),
    [
        (Caller(ADA, HERE), TARGET, Action.ENROL_OWN),
        (ON_DESKTOP, Target("ada", ADA), Action.ENROL_OWN),
        (Caller(ADA, HERE), Target("bob", BOB), Action.ENROL_OTHER),
        (Caller(ROOT, SSH), TARGET, None),
        (Caller(ROOT), Target("bob", BOB), None),
    ],
)
def test_who_may_enrol_whom(caller: Caller, target: Target, action: Action | None) -> None:
    decision = scene(caller=caller, target=target).enrol()
    assert decision == (Allowed() if action is None else Ask(action))


@pytest.mark.parametrize(
    ("caller", "target", "edit", "listing"),
    [
        (Caller(ADA, SSH), TARGET, Ask(Action.EDIT_OWN), Allowed()),
        (Caller(ADA), Target("bob", BOB), Ask(Action.EDIT_OTHER), Ask(Action.LIST_OTHER)),
        (Caller(ADA), Target("eve", None), Ask(Action.EDIT_OTHER), Ask(Action.LIST_OTHER)),
        (Caller(ROOT), Target("eve", None), Allowed(), Allowed()),
    ],
)
def test_who_may_edit_and_list_whom(
    caller: Caller, target: Target, edit: object, listing: object
) -> None:
    assert policy.may_edit(caller, target, machine=AWAKE) == edit
    assert policy.may_list(caller, target, machine=AWAKE) == listing


def test_only_root_may_say_that_a_password_was_used() -> None:
    assert policy.may_clear(Caller(ROOT), machine=AWAKE) == Allowed()
    for caller in (Caller(ADA, HERE), Caller(BOB), Caller(ADA)):
        assert not policy.may_clear(caller, machine=AWAKE).allowed


def test_who_may_reload() -> None:
    assert policy.may_reload(Caller(ROOT), machine=AWAKE) == Allowed()
    assert policy.may_reload(Caller(ADA, HERE), machine=AWAKE) == Ask(Action.RELOAD)


@pytest.mark.parametrize("caller", [Caller(ADA, HERE), ON_DESKTOP, Caller(ROOT), Caller(ROOT, SSH)])
def test_who_sits_here_may_pause(caller: Caller) -> None:
    assert scene(caller=caller).pause().allowed
    assert scene(caller=caller).wake().allowed


@pytest.mark.parametrize("caller", [Caller(ADA, HERE), ON_DESKTOP, Caller(ROOT), Caller(ROOT, SSH)])
def test_who_sits_here_may_have_the_camera_looked_through(caller: Caller) -> None:
    assert scene(caller=caller).check_camera().allowed
    for machine, error in (
        (PAUSED, Error.PAUSED),
        (LID_CLOSED, Error.LID_CLOSED),
        (ASLEEP, Error.ASLEEP),
        (ENROLLING, Error.BUSY),
        (STOPPING, Error.STOPPING),
    ):
        assert refused(scene(caller=caller, machine=machine).check_camera()) is error


def test_nobody_elsewhere_may() -> None:
    assert not scene(caller=Caller(ADA, SSH)).check_camera().allowed
    assert not scene(caller=Caller(BOB)).check_camera().allowed
