"""When the unlocker does what it is asked: its own rules, whatever the service says. Pure.

They repeat the last of the service's on purpose: who owns the service must not own the sessions of
root, of another seat, of somebody far away, nor any that is not locked.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from daemon.config import UnlockMethod
from daemon.policy import where
from daemon.policy.facts import ROOT, SessionFacts

MOST_UNLOCKS = 6
PER_SECONDS = 30.0
LEAST_SECONDS_BETWEEN = 1.0
"""Unlocks of everybody, and of one session: a person who is let in needs one."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What root's configuration lets be done for a user.

    `without_hint`: also where the session does not say that it is locked, as lockers that listen
    to logind and tell it nothing (xss-lock).
    """

    methods: Sequence[UnlockMethod] = ()
    without_hint: bool = False


def refusal(session: SessionFacts | None, uid: int, permission: Permission) -> str | None:
    """Why `session` of the user `uid` is not unlocked; None where it may be.

    A locker that is signalled need not say that it locks (swaylock does not): that it runs is
    looked at by what signals it.
    """
    if session is None:
        return "there is no such session"
    methods = permission.methods
    signals = any(one.kind == "signal" for one in methods)
    checks = (
        (session.uid != uid, "the session belongs to another user"),
        (ROOT in (session.uid, uid), "sessions of root are never unlocked"),
        (not where.is_users(session), "the session is not a person's"),
        (not methods, "the configuration names no way to unlock it"),
        (
            not (session.locked or signals or permission.without_hint),
            "the session does not say that it is locked",
        ),
    )
    first = next((text for holds, text in checks if holds), None)
    denial = where.unless_on_screen(session)
    return first or (denial.reason if denial is not None else None)


@dataclass(slots=True)
class RateLimit:
    """How often anything is unlocked. `clock` counts seconds and never goes back."""

    clock: Callable[[], float]
    _all: deque[float] = field(default_factory=deque)
    _of_session: dict[str, float] = field(default_factory=dict)

    def take(self, session: str) -> bool:
        """Whether `session` may be unlocked now; it counts where it may."""
        now = self.clock()
        while self._all and now - self._all[0] >= PER_SECONDS:
            self._all.popleft()
        recent = {
            one: at for one, at in self._of_session.items() if now - at < LEAST_SECONDS_BETWEEN
        }
        self._of_session = recent
        if session in recent or len(self._all) >= MOST_UNLOCKS:
            return False
        self._all.append(now)
        recent[session] = now
        return True
