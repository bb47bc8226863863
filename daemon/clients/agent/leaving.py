"""Leaving: tells the service how the session is used, warns, and locks. Pure.

Nothing is followed or told while neither the person nor the configuration wants it; whether a dark
screen is to be woken for its owner is told where it is.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from daemon.api import Event
from daemon.clients.agent.messages import (
    DaemonDown,
    DaemonUp,
    Effect,
    Fact,
    FollowUse,
    Happened,
    IdleChanged,
    InhibitedChanged,
    LockSession,
    Notify,
    ReportUse,
    SettingsRead,
    StatusRead,
    Values,
    Withdraw,
)
from daemon.clients.agent.own_session import OwnSession
from daemon.clients.agent.settings import Leave
from daemon.clients.i18n import _

_KEY = "leaving"


class LeavingReports:
    """`battery` says how much is left; `session` is the agent's own, "" where it is not known."""

    def __init__(self, *, session: str, battery: Callable[[], float | None]) -> None:
        self._own = OwnSession(session)
        self._battery = battery
        self._leave = Leave()
        self._configured = 0.0
        self._published = False
        self._up = self._following = self._inhibited = False
        self._idle: float | None = None
        self._reported: dict[str, Any] | None = None

    def react(self, fact: Fact, _at: datetime) -> Iterator[Effect]:
        """What to tell the service, and what to do as it says."""
        match fact:
            case SettingsRead(settings):
                self._leave = settings.leave
            case DaemonUp(status):
                # It may be another one, which knows nothing.
                self._up, self._reported = True, None
                self._read(status)
            case StatusRead(status):
                self._read(status)
            case DaemonDown():
                self._up, self._reported = False, None
                yield Withdraw(_KEY)
            case IdleChanged(seconds):
                self._idle = seconds
            case InhibitedChanged(on):
                self._inhibited = on
            case Happened(Event.LEAVING | Event.LOCK as event, details):
                yield from self._told(event, details)
        yield from self._follow()
        yield from self._report()

    def _read(self, status: Values) -> None:
        self._configured = float(status.get("leave-seconds", 0.0))
        self._published = bool(status.get("publishes-presence", False))
        self._own.read(status)

    def _told(self, event: Event, details: Any) -> Iterator[Effect]:
        session = str(details.get("session", ""))
        if not self._following or self._own.is_elsewhere(session):
            return
        if event is Event.LOCK:
            yield LockSession(session)
        elif "seconds" in details:
            yield _warning(float(details["seconds"]))
        else:
            yield Withdraw(_KEY)

    def _follow(self) -> Iterator[Effect]:
        wanted = self._up and (self._leave.wanted(self._configured) > 0.0 or self._published)
        if wanted is not self._following:
            self._following = wanted
            # What was known is of the time before.
            self._idle, self._inhibited = None, False
            yield FollowUse(wanted)

    def _report(self) -> Iterator[Effect]:
        wanted = self._following or self._leave.wake
        if not self._up or (not wanted and self._reported is None):
            return
        use = self._use() if self._following else {"leave-seconds": 0.0}
        if self._leave.wake:
            use["watch-dark"] = True
        if (self._idle or self._leave.wake) and (battery := self._battery()) is not None:
            use["battery"] = battery
        if use != self._reported:
            self._reported = use
            yield ReportUse(use)

    def _use(self) -> dict[str, Any]:
        use: dict[str, Any] = {"inhibited": self._inhibited}
        if self._leave.enabled:
            use["leave-seconds"] = float(self._leave.seconds)
        if self._idle is not None:
            use["idle-seconds"] = self._idle
        return use


def _warning(seconds: float) -> Notify:
    title = _("Locking in {seconds} s").format(seconds=max(round(seconds), 1))
    return Notify(_KEY, title, _("Facelatch does not see you: move to stay."), urgent=True)
