"""The welcome: once an arrival, in the right words, never on a rejection."""

import gettext
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.api import Event, State
from daemon.clients.agent import messages
from daemon.clients.agent.greeting import Arrival
from daemon.clients.agent.messages import Effect, Fact, Happened, Prime, Release, Speak
from daemon.clients.agent.phrases import Phrases
from daemon.clients.agent.settings import Greeting, Quiet, Settings

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
ENGLISH = Phrases("en", gettext.NullTranslations())


class Agent:
    """An Arrival, told facts at seconds after noon."""

    def __init__(self, settings: Settings | None = None, *, session: str = "2") -> None:
        self.arrival = Arrival(name="Ada", session=session, words=lambda _: ENGLISH)
        self.tell(0, messages.SettingsRead(settings or Settings()))

    def tell(self, seconds: float, fact: Fact) -> list[Effect]:
        return list(self.arrival.react(fact, NOON + timedelta(seconds=seconds)))

    def unlock(self, seconds: float, **details: Any) -> list[str]:
        """What is said."""
        values = {name.replace("_", "-"): value for name, value in details.items()}
        return spoken(self.tell(seconds, Happened(Event.UNLOCKED, {"session": "2", **values})))


def spoken(effects: Iterable[Effect]) -> list[str]:
    assert all(isinstance(one, Speak) for one in effects)
    return [one.text for one in effects if isinstance(one, Speak)]


def greeting(**values: Any) -> Settings:
    return Settings(greeting=Greeting(**values))


def test_the_owner_is_welcomed_on_arrival() -> None:
    assert Agent().unlock(10, away_seconds=300.0) == ["Welcome back, Ada"]


def test_the_owner_hears_his_own_spelling_of_his_name() -> None:
    assert Agent(greeting(say_as="Eileen")).unlock(10) == ["Welcome back, Eileen"]


def test_a_second_signal_of_the_same_arrival_says_nothing() -> None:
    agent = Agent()
    assert agent.unlock(10, away_seconds=5.0)
    assert agent.unlock(10, away_seconds=5.0) == []
    assert agent.unlock(10.2, away_seconds=5.2) == []
    assert agent.unlock(60, away_seconds=55.0) == []


def test_the_next_arrival_is_welcomed_again_however_soon() -> None:
    agent = Agent()
    assert agent.unlock(10, away_seconds=5.0)
    assert agent.unlock(13, away_seconds=1.0) == ["Welcome back, Ada"]


@pytest.mark.parametrize("away", [None, "300", True, float("nan"), float("inf"), -1.0, 1e300])
def test_where_the_time_away_is_unknown_the_same_minute_is_the_same_arrival(away: object) -> None:
    details = {} if away is None else {"away_seconds": away}
    agent = Agent(greeting(template="Hi {name}. {away}!"))
    assert agent.unlock(10, **details) == ["Hi Ada."]
    assert agent.unlock(39, **details) == []
    assert agent.unlock(41, **details) == ["Hi Ada."]


def test_a_clock_that_was_put_back_does_not_silence_the_welcome() -> None:
    agent = Agent()
    assert agent.unlock(7200, away_seconds=60.0)
    assert agent.unlock(3700, away_seconds=30.0)


@given(st.lists(st.tuples(st.floats(0.5, 1e5), st.floats(0, 1e5), st.integers(1, 4))))
def test_each_arrival_is_welcomed_exactly_once(
    stays: list[tuple[float, float, int]],
) -> None:
    """Stays at the desk, then absences, then an unlocking that is signalled up to four times."""
    agent, now, said = Agent(), 0.0, 0
    for stay, absence, signals in stays:
        locked = now + stay
        now = locked + absence
        for repeat in range(signals):
            now += 0.01 * repeat
            said += len(agent.unlock(now, away_seconds=now - locked))
    assert said == len(stays)


@pytest.mark.parametrize("event", [one for one in Event if one is not Event.UNLOCKED])
def test_nothing_else_is_spoken_of(event: Event) -> None:
    details = {"session": "2", "distance": 0.2, "threshold": 0.4, "count": 1, "away-seconds": 9.0}
    assert Agent().tell(10, Happened(event, details)) == []


def test_another_session_has_an_agent_of_its_own() -> None:
    agent = Agent(session="2")
    agent.tell(0, messages.DaemonUp({"sessions": [{"id": "2"}, {"id": "3"}]}))
    assert agent.unlock(10, session="3", away_seconds=5.0) == []
    assert agent.unlock(11, session="2", away_seconds=5.0)


@pytest.mark.parametrize("session", ["", "1"])
def test_a_session_that_is_unknown_or_has_ended_decides_nothing(session: str) -> None:
    agent = Agent(session=session)
    agent.tell(0, messages.StatusRead({"sessions": [{"id": "3"}]}))
    assert agent.unlock(10, session="3", away_seconds=5.0)


def test_a_greeting_that_is_off_is_not_made_up_for() -> None:
    agent = Agent(greeting(enabled=False))
    assert agent.unlock(10, away_seconds=5.0) == []
    agent.tell(11, messages.SettingsRead(Settings()))
    assert agent.unlock(12, away_seconds=7.0) == []
    assert agent.unlock(20, away_seconds=1.0) == ["Welcome back, Ada"]


def test_quiet_hours_are_quiet() -> None:
    agent = Agent(Settings(quiet=Quiet(enabled=True, start="11:00", end="13:00")))
    assert agent.unlock(10, away_seconds=5.0) == []
    assert agent.unlock(3600, away_seconds=5.0) == ["Welcome back, Ada"]


def test_the_words_are_those_of_the_settings() -> None:
    agent = Agent(greeting(template="{daytime}, {name}. You were away for {away}."))
    said = agent.unlock(10, away_seconds=3.0 * 3600)
    assert said == ["Good afternoon, Ada. You were away for 3 hours."]


def test_the_test_speaks_whatever_else_holds() -> None:
    agent = Agent(
        Settings(
            greeting=Greeting(enabled=False, template="After {away}: {name}"),
            quiet=Quiet(enabled=True, start="00:00", end="00:00"),
        )
    )
    effects = agent.tell(10, messages.Chosen(messages.TestGreeting()))
    assert effects == [Speak("After 45 minutes: Ada", test=True)]
    # It was no arrival.
    agent.tell(11, messages.SettingsRead(Settings()))
    assert agent.unlock(12, away_seconds=7.0)


def test_an_attempt_makes_ready_and_its_end_lets_go() -> None:
    agent = Agent()

    def to(state: str) -> list[Effect]:
        return agent.tell(1, messages.PropertiesChanged({"State": state}))

    assert to(State.LOOKING) == [Prime(), messages.Later("speech", 130.0)]
    assert agent.tell(131, messages.Elapsed("speech")) == [Release()]
    assert agent.tell(131, messages.Elapsed("another")) == []
    assert to(State.WATCHING) == []
    assert to(State.READY) == [Release()]
    assert agent.tell(1, messages.PropertiesChanged({"PausedUntil": 5})) == []
    agent.tell(2, messages.SettingsRead(greeting(enabled=False)))
    assert to(State.LOOKING) == []
