"""Tells the service whether a display of the session is on: once, and when it changes; and has the
dark screen woken for its owner. Pure.
"""

from collections.abc import Iterator
from datetime import datetime

from daemon.api import Event, State
from daemon.clients.agent.messages import (
    AskDisplays,
    DaemonDown,
    DaemonUp,
    DisplaysChanged,
    Effect,
    Fact,
    Happened,
    PropertiesChanged,
    ReportDisplays,
    SettingsRead,
    StatusRead,
    WakeDisplays,
)
from daemon.clients.agent.own_session import OwnSession

_WATCHED = frozenset({State.WATCHING, State.LOOKING, State.MINDING})


class DisplayReports:
    """Says nothing until somebody knows how the displays are."""

    def __init__(self) -> None:
        self._on: bool | None = None
        self._reported: bool | None = None
        self._up = self._watched = self._asking = False

    def react(self, fact: Fact, _at: datetime) -> Iterator[Effect]:
        """A report where the service does not know yet what is known here."""
        match fact:
            case DaemonUp(status):
                # It may be another one, which knows nothing.
                self._up, self._reported = True, None
                self._watched = status.get("state") in _WATCHED
            case DaemonDown():
                self._up = self._watched = False
            case PropertiesChanged(values) if "State" in values:
                self._watched = values["State"] in _WATCHED
            case DisplaysChanged(on):
                self._on = on
        # The camera matters while it is on, and where the dark has closed it.
        asking = self._up and (self._watched or self._on is False)
        if asking is not self._asking:
            self._asking = asking
            yield AskDisplays(asking)
        if self._up and self._on is not None and self._on is not self._reported:
            self._reported = self._on
            yield ReportDisplays(self._on)


class ScreenWaking:
    """Where the person wants it the displays are switched on once they were recognised and let in,
    and for nothing and nobody else. `session` is the agent's own, "" where it is not known.
    """

    def __init__(self, *, session: str) -> None:
        self._own = OwnSession(session)
        self._wanted = self._dark = False

    def react(self, fact: Fact, _at: datetime) -> Iterator[Effect]:
        """Wakes a screen that is known to be dark."""
        match fact:
            case SettingsRead(settings):
                self._wanted = settings.leave.wake
            case DaemonUp(status) | StatusRead(status):
                self._own.read(status)
            case DisplaysChanged(on):
                self._dark = not on
            case Happened(Event.UNLOCKED, details):
                elsewhere = self._own.is_elsewhere(str(details.get("session", "")))
                if self._wanted and self._dark and not elsewhere:
                    yield WakeDisplays()
