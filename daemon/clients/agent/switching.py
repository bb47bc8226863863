"""Switching: brings the session of whoever sits there to the screen, as the service says. Pure."""

from collections.abc import Iterator
from datetime import datetime

from daemon.api import Event
from daemon.clients.agent.messages import BringUp, DaemonUp, Effect, Fact, Happened, StatusRead
from daemon.clients.agent.own_session import OwnSession


class Switching:
    """`session` is the agent's own, "" where it is not known."""

    def __init__(self, *, session: str) -> None:
        self._own = OwnSession(session)

    def react(self, fact: Fact, _at: datetime) -> Iterator[Effect]:
        """Which session to bring up."""
        match fact:
            case DaemonUp(status) | StatusRead(status):
                self._own.read(status)
            case Happened(Event.BRING_UP, details):
                to = str(details.get("to", ""))
                if to and not self._own.is_elsewhere(str(details.get("session", ""))):
                    yield BringUp(to)
