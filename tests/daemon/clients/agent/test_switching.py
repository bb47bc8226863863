"""The agent brings another session up only where its own is the one on the screen."""

from datetime import UTC, datetime

from daemon.api import Event
from daemon.clients.agent.messages import BringUp, DaemonUp, Effect, Fact, Happened
from daemon.clients.agent.switching import Switching

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
UP = DaemonUp({"sessions": [{"id": "1"}, {"id": "2"}]})


def _told(*facts: Fact, session: str = "1") -> list[Effect]:
    machine = Switching(session=session)
    return [effect for fact in facts for effect in machine.react(fact, NOON)]


def test_the_session_of_who_sits_there_is_brought_up() -> None:
    told = Happened(Event.BRING_UP, {"session": "1", "to": "5"})
    assert _told(UP, told) == [BringUp("5")]
    assert _told(UP, told, session="gone") == [BringUp("5")]


def test_another_desktop_s_is_left_to_its_own_agent() -> None:
    assert _told(UP, Happened(Event.BRING_UP, {"session": "2", "to": "5"})) == []


def test_without_a_session_nothing_is_done() -> None:
    assert _told(UP, Happened(Event.BRING_UP, {"session": "1"})) == []
