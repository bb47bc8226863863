"""What the agent tells the service of the displays, and when it asks."""

from datetime import UTC, datetime

from daemon.api import State
from daemon.clients.agent.display_reports import DisplayReports
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

NOW = datetime(2026, 11, 29, tzinfo=UTC)
UP = DaemonUp({"state": State.READY})
WATCHING = PropertiesChanged({"State": State.WATCHING})
READY = PropertiesChanged({"State": State.READY})


def _told(*facts: Fact) -> list[Effect]:
    reports = DisplayReports()
    return [effect for fact in facts for effect in reports.react(fact, NOW)]


def test_each_change_is_reported_once() -> None:
    changes = [DisplaysChanged(on) for on in (True, True, False, True)]
    reported = [one for one in _told(UP, *changes) if isinstance(one, ReportDisplays)]
    assert reported == [ReportDisplays(True), ReportDisplays(False), ReportDisplays(True)]


def test_nothing_is_reported_before_anything_is_known() -> None:
    assert _told(UP, READY) == []


def test_nothing_is_reported_to_nobody() -> None:
    assert _told(DisplaysChanged(True)) == []


def test_a_service_that_comes_back_is_told_anew() -> None:
    effects = _told(UP, DisplaysChanged(True), DaemonDown(), UP)
    assert effects == [ReportDisplays(True), ReportDisplays(True)]


def test_a_screen_is_asked_while_a_session_is_watched_and_until_it_is_on_again() -> None:
    effects = _told(
        UP, WATCHING, DisplaysChanged(True), DisplaysChanged(False), READY, DisplaysChanged(True)
    )
    assert effects == [
        AskDisplays(True),
        ReportDisplays(True),
        ReportDisplays(False),
        AskDisplays(False),
        ReportDisplays(True),
    ]


def test_a_session_that_is_watched_when_the_agent_comes_is_asked_about() -> None:
    assert _told(DaemonUp({"state": State.WATCHING})) == [AskDisplays(True)]
    assert _told(WATCHING, DaemonDown()) == []
