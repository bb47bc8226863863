"""What the agent tells the service of the displays, and when it asks."""

from datetime import UTC, datetime

import pytest

from daemon.api import Event, State
from daemon.clients.agent.display_reports import DisplayReports, ScreenWaking
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
    WakeDisplays,
)
from daemon.clients.agent.settings import Leave, Settings

NOW = datetime(2026, 11, 29, tzinfo=UTC)
UP = DaemonUp({"state": State.READY})
MINE = DaemonUp({"sessions": [{"id": "1"}, {"id": "2"}]})
WAKES = SettingsRead(Settings(leave=Leave(wake=True)))
UNLOCKED = Happened(Event.UNLOCKED, {"session": "1"})
WATCHING = PropertiesChanged({"State": State.WATCHING})
READY = PropertiesChanged({"State": State.READY})


def _told(*facts: Fact) -> list[Effect]:
    reports = DisplayReports()
    return [effect for fact in facts for effect in reports.react(fact, NOW)]


def _woken(*facts: Fact) -> list[Effect]:
    waking = ScreenWaking(session="1")
    return [effect for fact in facts for effect in waking.react(fact, NOW)]


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


def test_a_dark_screen_is_woken_for_its_owner_where_the_person_wants_it() -> None:
    assert _woken(WAKES, MINE, DisplaysChanged(False), UNLOCKED) == [WakeDisplays()]


@pytest.mark.parametrize(
    "facts",
    [
        (MINE, DisplaysChanged(False), UNLOCKED),
        (WAKES, SettingsRead(Settings()), MINE, DisplaysChanged(False), UNLOCKED),
        (WAKES, MINE, DisplaysChanged(True), UNLOCKED),
        (WAKES, MINE, UNLOCKED),
        (WAKES, MINE, DisplaysChanged(False), Happened(Event.UNLOCKED, {"session": "2"})),
        *(
            (WAKES, MINE, DisplaysChanged(False), Happened(event, {"session": "1"}))
            for event in Event
            if event is not Event.UNLOCKED
        ),
    ],
)
def test_for_nobody_and_nothing_else(facts: tuple[Fact, ...]) -> None:
    assert _woken(*facts) == []
