"""The facts that a decision rests on, all well unless a test changes one."""

from dataclasses import dataclass, replace
from typing import Any

from daemon import policy
from daemon.api import Error
from daemon.config import Unlock
from daemon.policy import Ask, Caller, Denied, Machine, Target
from daemon.policy.lockout import LockoutState, Standing

ADA, BOB, GDM, ROOT = 1000, 1001, 120, 0


@dataclass(frozen=True, slots=True)
class Session:
    """As the adapter to logind gives them."""

    id: str = "1"
    uid: int = ADA
    session_class: str = "user"
    seat: str = "seat0"
    active: bool = True
    remote: bool = False
    locked: bool = False
    kind: str = "wayland"


HERE = Session()
LOCKED = Session(locked=True)
SSH = Session(id="ssh", session_class="user", seat="", remote=True)
XRDP = Session(id="xrdp", seat="")
BACKGROUND = Session(id="cron", session_class="background", seat="")
OTHER_SCREEN = Session(id="2", active=False)
GREETER = Session(id="c1", uid=GDM, session_class="greeter")
LOCK_SCREEN = Session(id="c2", session_class="lock-screen")
BOBS = Session(id="3", uid=BOB)

ME = Caller(ADA, HERE)
ON_DESKTOP = Caller(ADA, None, ADA)
"""A program that ada's desktop had her systemd start."""
SUDO_ON_DESKTOP = Caller(ROOT, None, ADA)
DISPLAY_MANAGER = Caller(ROOT, None, None, display_manager=True)
CONSOLE = Session(kind="tty")
AWAKE = Machine(lid_closed=False)
FREE = Standing(LockoutState.FREE)
TARGET = Target("ada", ADA, appearances=1)


@dataclass(frozen=True)
class Scene:
    """Everything that a decision may rest on; made without arguments all is well."""

    caller: Caller = ME
    target: Target = TARGET
    sessions: tuple[Session, ...] = (HERE,)
    session: Session = LOCKED
    machine: Machine = AWAKE
    standing: Standing = FREE
    unlock: Unlock = Unlock()  # noqa: RUF009 - frozen
    held: frozenset[str] = frozenset()

    def verify(self) -> policy.Decision:
        return policy.may_verify(
            self.caller,
            self.target,
            sessions=self.sessions,
            machine=self.machine,
            standing=self.standing,
            unlock=self.unlock,
            held=self.held,
        )

    def unlocks(self) -> policy.Decision:
        return policy.may_unlock(
            self.session,
            self.target,
            machine=self.machine,
            standing=self.standing,
            unlock=self.unlock,
            held=self.session.id in self.held,
        )

    def watch(self) -> policy.Decision:
        return policy.may_watch(
            self.session,
            self.target,
            machine=self.machine,
            standing=self.standing,
            unlock=self.unlock,
        )

    def enrol(self) -> policy.Decision | Ask:
        return policy.may_enrol(
            self.caller, self.target, sessions=self.sessions, machine=self.machine
        )

    def pause(self) -> policy.Decision:
        return policy.may_pause(self.caller, sessions=self.sessions, machine=self.machine)

    def check_camera(self) -> policy.Decision:
        return policy.may_check_camera(self.caller, sessions=self.sessions, machine=self.machine)

    def wake(self) -> policy.Decision:
        return policy.may_wake(self.caller, sessions=self.sessions, machine=self.machine)


def scene(**facts: Any) -> Scene:
    return Scene(**facts)


def refused(decision: policy.Decision | Ask) -> Error:
    assert isinstance(decision, Denied), decision
    assert not decision.allowed
    return decision.error


ASLEEP = replace(AWAKE, asleep=True)
LID_CLOSED = replace(AWAKE, lid_closed=True)
LID_UNKNOWN = replace(AWAKE, lid_closed=None)
PAUSED = replace(AWAKE, paused=True)
ENROLLING = replace(AWAKE, enrolling=True)
STOPPING = replace(AWAKE, stopping=True)
WAITING = Standing(LockoutState.PAUSED, 3, 29.4)
LOCKED_OUT = Standing(LockoutState.PASSWORD, 8)
