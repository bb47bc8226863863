"""What is told by notifications: what, when, how often, and nobody's name."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import UNTIL_RESUMED, Event, State
from daemon.clients.agent import messages
from daemon.clients.agent.messages import Effect, Fact, Happened, Later, Notify, Withdraw
from daemon.clients.agent.notifications import Notices
from daemon.clients.agent.settings import Notifications, Settings

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    from daemon.clients import i18n

    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    i18n.use(None)


class Agent:
    """A Notices, told facts at seconds after noon."""

    def __init__(self, **chosen: bool) -> None:
        self.notices = Notices()
        settings = Settings(notifications=Notifications(**chosen))
        self.tell(0, messages.SettingsRead(settings))

    def tell(self, seconds: float, fact: Fact) -> list[Effect]:
        return list(self.notices.react(fact, NOON + timedelta(seconds=seconds)))

    def happen(self, seconds: float, event: Event, **details: Any) -> list[Effect]:
        return self.tell(seconds, Happened(event, details))

    def state(self, seconds: float, state: str) -> list[Effect]:
        return self.tell(seconds, messages.PropertiesChanged({"State": state}))


def shown(effects: Iterable[Effect]) -> list[Notify]:
    return [one for one in effects if isinstance(one, Notify)]


def test_refused_attempts_are_told_at_the_next_unlocking() -> None:
    agent = Agent()
    for seconds in (0, 10, 20):
        assert agent.happen(seconds, Event.REFUSED, count=1) == []
    (notify,) = shown(agent.happen(100, Event.UNLOCKED))
    assert notify.title == "Somebody else was here"
    assert notify.body == "3 attempts were refused while you were away."
    assert [one.choice for one in notify.actions] == [messages.Open(messages.Program.ACTIVITY)]
    assert shown(agent.happen(1000, Event.UNLOCKED)) == []


def test_one_refused_attempt_is_told_in_the_singular_after_a_password_too() -> None:
    agent = Agent()
    agent.happen(0, Event.REFUSED)
    (notify,) = shown(agent.happen(100, Event.CLEARED))
    assert notify.body == "1 attempt was refused while you were away."


def test_the_owners_own_failed_attempt_is_nobody_else() -> None:
    agent = Agent()
    agent.happen(0, Event.REFUSED)
    assert shown(agent.happen(15, Event.UNLOCKED)) == []
    assert shown(agent.happen(500, Event.UNLOCKED)) == []


def test_what_was_refused_before_the_locking_was_the_owners_own_doing() -> None:
    agent = Agent()
    agent.happen(0, Event.REFUSED)  # a sudo that failed, say
    agent.happen(200, Event.REFUSED)
    (notify,) = shown(agent.happen(300, Event.UNLOCKED, **{"away-seconds": 150.0}))
    assert notify.body == "1 attempt was refused while you were away."


def test_after_a_password_the_watch_tells_since_when_it_was_locked() -> None:
    agent = Agent()
    agent.happen(0, Event.REFUSED)
    agent.state(100, State.WATCHING)
    agent.happen(150, Event.REFUSED)
    agent.state(151, State.WATCHING)
    agent.state(152, State.READY)
    (notify,) = shown(agent.happen(300, Event.CLEARED))
    assert notify.body == "1 attempt was refused while you were away."
    # The next watch is another one.
    agent.happen(400, Event.REFUSED)
    agent.state(500, State.WATCHING)
    assert shown(agent.happen(600, Event.CLEARED)) == []


@pytest.mark.parametrize("away", [-1.0, float("nan"), 1e300, "x", None])
def test_a_time_away_that_is_none_is_no_error(away: object) -> None:
    agent = Agent()
    agent.happen(0, Event.REFUSED)
    assert shown(agent.happen(300, Event.UNLOCKED, **{"away-seconds": away}))


def test_a_lockout_is_urgent_until_the_password() -> None:
    agent = Agent()
    (notify,) = shown(agent.happen(0, Event.LOCKED_OUT))
    assert notify.urgent
    assert Withdraw("locked-out") in agent.happen(60, Event.CLEARED)


@pytest.mark.parametrize(
    ("state", "title"),
    [(State.CAMERA_BUSY, "The camera is taken"), (State.NO_CAMERA, "There is no camera")],
)
def test_a_camera_that_cannot_be_used_for_long_is_told(state: State, title: str) -> None:
    agent = Agent()
    assert agent.state(0, state) == [Later("camera", 60.0)]
    assert agent.state(30, state) == []
    (notify,) = shown(agent.tell(60, messages.Elapsed("camera")))
    assert notify.title == title
    assert agent.state(70, State.WATCHING) == [Withdraw("camera")]


def test_a_camera_that_comes_back_soon_is_not() -> None:
    agent = Agent()
    agent.state(0, State.CAMERA_BUSY)
    agent.state(20, State.WATCHING)
    assert agent.tell(60, messages.Elapsed("camera")) == []
    agent.state(70, State.CAMERA_BUSY)
    # The timer of before, late.
    assert agent.tell(75, messages.Elapsed("camera")) == []
    assert shown(agent.tell(130, messages.Elapsed("camera")))


def test_a_camera_that_was_missing_from_the_start_is_told() -> None:
    agent = Agent()
    assert Later("camera", 60.0) in agent.tell(0, messages.DaemonUp({"state": "no-camera"}))
    assert shown(agent.tell(60, messages.Elapsed("camera")))
    assert agent.tell(90, messages.DaemonDown()) == [Withdraw("camera")]
    assert agent.tell(120, messages.Elapsed("camera")) == []


def test_other_timers_are_not_ours() -> None:
    agent = Agent()
    agent.state(0, State.NO_CAMERA)
    assert agent.tell(60, messages.Elapsed("brief")) == []


def test_a_new_appearance_is_suggested_once_a_week_where_the_service_advises_it() -> None:
    agent = Agent()

    def unlock(number: int, **details: Any) -> list[Notify]:
        return shown(agent.happen(number * 3600, Event.UNLOCKED, **details))

    for details in ({}, {"advice": ""}, {"advice": 7}, {"advice": "of-tomorrow"}):
        assert unlock(0, **details) == []
    (notify,) = unlock(13, advice="new-appearance")
    assert notify.title == "A new appearance would help"
    assert [one.choice for one in notify.actions] == [messages.Open(messages.Program.ENROL)]
    for number in range(14, 14 + 6 * 24, 20):
        assert unlock(number, advice="new-appearance") == []
    assert unlock(14 + 7 * 24, advice="new-appearance")


def test_a_new_appearance_ends_the_suggestion() -> None:
    effects = Agent().happen(10, Event.ENROLLED)
    assert Withdraw("new-appearance") in effects
    (notify,) = shown(effects)
    assert notify.title == "Your appearance is stored"
    assert messages.SetLeaving(True) in [one.choice for one in notify.actions]


def test_who_looks_over_the_shoulder_is_told_of_and_not_without_end() -> None:
    agent = Agent()
    (notify,) = shown(agent.happen(0, Event.ONLOOKER, session="1"))
    assert notify.title == "Somebody else looks at your screen"
    assert notify.urgent
    assert shown(agent.happen(30, Event.ONLOOKER, session="1")) == []


def test_who_is_locked_out_on_leaving_is_not_offered_it() -> None:
    agent = Agent()
    agent.tell(0, messages.SettingsRead(Settings().with_leaving(on=True)))
    (notify,) = shown(agent.happen(10, Event.ENROLLED))
    assert [one.choice for one in notify.actions] == [messages.Open(messages.Program.TEST)]


def test_a_pause_is_told_with_a_way_to_end_it() -> None:
    agent = Agent()
    until = int(NOON.timestamp()) + 900
    (notify,) = shown(agent.tell(0, messages.PropertiesChanged({"PausedUntil": until})))
    assert notify.body == "It stays so until 12:15."
    assert [one.choice for one in notify.actions] == [messages.Resume()]
    assert agent.tell(10, messages.PropertiesChanged({"PausedUntil": 0})) == [Withdraw("paused")]
    (notify,) = shown(agent.tell(20, messages.PropertiesChanged({"PausedUntil": UNTIL_RESUMED})))
    assert notify.body == "It stays so until you resume it."


def test_the_pause_that_was_chosen_here_is_no_news() -> None:
    agent = Agent()
    agent.tell(0, messages.Chosen(messages.Pause(0)))
    assert agent.tell(0.1, messages.PropertiesChanged({"PausedUntil": UNTIL_RESUMED})) == []
    assert agent.tell(5, messages.PropertiesChanged({"PausedUntil": 0})) == [Withdraw("paused")]


def test_a_pause_of_before_is_no_news() -> None:
    agent = Agent()
    agent.tell(0, messages.DaemonUp({"state": "paused", "paused-until": UNTIL_RESUMED}))
    assert agent.tell(1, messages.PropertiesChanged({"PausedUntil": UNTIL_RESUMED})) == []


@pytest.mark.parametrize("until", [2**62, -(2**62)])
def test_a_pause_without_reason_is_no_error(until: int) -> None:
    assert shown(Agent().tell(0, messages.PropertiesChanged({"PausedUntil": until})))


def test_what_was_switched_off_is_not_told() -> None:
    agent = Agent(enabled=False)
    assert shown(agent.happen(0, Event.ENROLLED)) == []
    assert shown(agent.happen(0, Event.LOCKED_OUT)) == []
    agent = Agent(refused=False, appearances=False, camera=False)
    agent.happen(0, Event.REFUSED)
    assert shown(agent.happen(100, Event.UNLOCKED)) == []
    assert shown(agent.happen(100, Event.ENROLLED)) == []
    agent.state(0, State.NO_CAMERA)
    assert agent.tell(60, messages.Elapsed("camera")) == []
    assert shown(agent.happen(200, Event.LOCKED_OUT))


EVENTS = st.sampled_from(list(Event))


@given(st.lists(st.tuples(EVENTS, st.floats(0, 5)), max_size=300))
def test_a_flood_of_events_is_a_few_notifications(events: list[tuple[Event, float]]) -> None:
    agent, now, told = Agent(), 0.0, []
    for event, later in events:
        now += later
        told += [
            (now, one) for one in shown(agent.happen(now, event, advice="new-appearance", count=1))
        ]
    for key in ("refused", "locked-out"):
        times = [time for time, one in told if one.key == key]
        assert all(second - first >= 60 for first, second in itertools.pairwise(times))
    assert sum(one.key == "new-appearance" for _, one in told) <= 1


def test_a_clock_that_was_put_back_does_not_silence() -> None:
    agent = Agent()
    assert shown(agent.happen(7200, Event.LOCKED_OUT))
    assert shown(agent.happen(0, Event.LOCKED_OUT))


def test_a_new_camera_is_offered_with_what_allows_it() -> None:
    agent = Agent()
    details = {"camera": "Webcam", "path": "/dev/video4"}
    (offer,) = shown(agent.happen(10, Event.CAMERA_OFFERED, **details))
    assert offer.body == "Webcam at /dev/video4 is not used until you allow it."
    assert offer.actions[0].choice == messages.TrustCamera("/dev/video4")
    assert shown(Agent(camera=False).happen(10, Event.CAMERA_OFFERED, **details)) == []


def test_what_a_challenge_asks_for_is_shown_at_once_each_in_the_place_of_the_last() -> None:
    agent = Agent()
    titles = []
    for tenths, prompt in enumerate(("look-straight", "turn-left", "look-straight", "nod")):
        (notice,) = shown(agent.happen(tenths / 10, Event.CHALLENGE, session="1", prompt=prompt))
        assert (notice.key, notice.urgent, notice.actions) == ("challenge", True, ())
        titles.append(notice.title)
    assert titles == [
        "Look into the camera",
        "Turn your head slowly to the left",
        "Look into the camera",
        "Nod slowly",
    ]
    assert agent.happen(1, Event.CHALLENGE, session="1") == [Withdraw("challenge")]
    quiet = Agent(enabled=False)
    assert shown(quiet.happen(1, Event.CHALLENGE, session="1", prompt="nod")) == []
