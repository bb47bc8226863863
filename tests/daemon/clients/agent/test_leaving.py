"""What the agent tells of the session's use, and what it does when its owner leaves."""

from datetime import UTC, datetime
from typing import Any

from daemon.api import Event
from daemon.clients.agent.leaving import LeavingReports
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
    Withdraw,
)
from daemon.clients.agent.settings import Leave, Settings

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
WANTED = SettingsRead(Settings(leave=Leave(enabled=True, seconds=45)))
UP = DaemonUp({"sessions": [{"id": "1"}, {"id": "2"}]})
CONFIGURED = DaemonUp({"leave-seconds": 30.0})


def _told(*facts: Fact, session: str = "1", battery: float | None = None) -> list[Effect]:
    """What comes of the last of some facts."""
    machine = LeavingReports(session=session, battery=lambda: battery)
    effects: list[Effect] = []
    for fact in facts:
        effects = list(machine.react(fact, NOON))
    return effects


def _use(*facts: Fact, **how: Any) -> dict[str, Any]:
    (report,) = [one for one in _told(*facts, **how) if isinstance(one, ReportUse)]
    return dict(report.use)


def test_where_nobody_wants_it_nothing_is_followed_or_told() -> None:
    assert _told(UP) == []
    assert _told(UP, IdleChanged(5.0)) == []
    assert _told(WANTED) == []


def test_who_wants_it_says_after_how_long() -> None:
    assert _told(UP, WANTED) == [
        FollowUse(True),
        ReportUse({"inhibited": False, "leave-seconds": 45.0}),
    ]


def test_where_it_is_configured_the_agent_reports_and_wishes_nothing() -> None:
    assert _told(CONFIGURED) == [FollowUse(True), ReportUse({"inhibited": False})]


def test_use_and_inhibitors_are_told_as_they_change() -> None:
    assert _use(CONFIGURED, IdleChanged(0.0)) == {"inhibited": False, "idle-seconds": 0.0}
    assert _use(CONFIGURED, IdleChanged(5.0)) == {"inhibited": False, "idle-seconds": 5.0}
    assert _use(CONFIGURED, InhibitedChanged(True)) == {"inhibited": True}
    assert _told(CONFIGURED, IdleChanged(0.0), IdleChanged(0.0)) == []


def test_of_an_idle_session_the_battery_is_told_where_it_is_used() -> None:
    assert _use(CONFIGURED, IdleChanged(5.0), battery=0.4)["battery"] == 0.4
    assert "battery" not in _use(CONFIGURED, IdleChanged(0.0), battery=0.4)


def test_who_wants_the_screen_woken_is_looked_for_in_the_dark() -> None:
    wake = SettingsRead(Settings(leave=Leave(wake=True)))
    wish = {"leave-seconds": 0.0, "watch-dark": True}
    assert _told(UP, wake) == [ReportUse(wish)]
    assert _use(UP, wake, battery=0.4) == {**wish, "battery": 0.4}
    assert _use(CONFIGURED, wake) == {"inhibited": False, "watch-dark": True}
    assert _told(UP, wake, SettingsRead(Settings())) == [ReportUse({"leave-seconds": 0.0})]


def test_another_service_is_told_anew() -> None:
    assert _use(CONFIGURED, IdleChanged(5.0), DaemonDown(), CONFIGURED) == {"inhibited": False}


def test_switched_off_the_service_is_told_once() -> None:
    off = SettingsRead(Settings())
    assert _told(UP, WANTED, off) == [FollowUse(False), ReportUse({"leave-seconds": 0.0})]
    assert _told(UP, WANTED, off, StatusRead({})) == []


def test_a_warning_is_shown_and_taken_back() -> None:
    warned = Happened(Event.LEAVING, {"session": "1", "seconds": 4.6})
    (notice,) = _told(CONFIGURED, warned)
    assert isinstance(notice, Notify)
    assert notice.title == "Locking in 5 s"
    assert _told(CONFIGURED, Happened(Event.LEAVING, {"session": "1"})) == [Withdraw("leaving")]


def test_the_session_is_locked_at_the_service_s_word() -> None:
    assert _told(CONFIGURED, Happened(Event.LOCK, {"session": "1"})) == [LockSession("1")]


def test_another_desktop_of_the_same_person_has_an_agent_of_its_own() -> None:
    lock = Happened(Event.LOCK, {"session": "2"})
    assert _told(UP, WANTED, lock) == []
    # A name of a session that has ended decides nothing.
    assert _told(UP, WANTED, lock, session="gone") == [LockSession("2")]
    assert _told(UP, WANTED, lock, session="") == [LockSession("2")]


def test_who_does_not_want_it_is_not_locked_out() -> None:
    assert _told(UP, Happened(Event.LOCK, {"session": "1"})) == []


def test_what_is_published_needs_to_be_known_too() -> None:
    assert _told(DaemonUp({"publishes-presence": True})) == [
        FollowUse(True),
        ReportUse({"inhibited": False}),
    ]
