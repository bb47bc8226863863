"""Tells the service whether a display of the session is on: once, and when it changes. Pure."""

from collections.abc import Iterator
from datetime import datetime

from daemon.api import State
from daemon.clients.agent.messages import (
    AskDisplays,
    DaemonDown,
    DaemonUp,
    DisplaysChanged,
    Effect,
    Fact,
    PropertiesChanged,
    ReportDisplays,
)

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
