"""When welcome is said, and in which words: once an arrival, never on a rejection. Pure."""

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from daemon.api import Event, State
from daemon.clients.agent import messages
from daemon.clients.agent.messages import (
    Chosen,
    Effect,
    Fact,
    Happened,
    Later,
    Prime,
    Release,
    Speak,
)
from daemon.clients.agent.phrases import AUTO, Phrases, phrases
from daemon.clients.agent.quiet_hours import is_quiet
from daemon.clients.agent.settings import Settings
from daemon.speech import Greeting

_AGAIN_SECONDS = 30.0
"""Where nobody knows since when it was locked: a second unlocking within this time is the same."""
_TEST_AWAY_SECONDS = 45 * 60.0
_TIMER, _PRIMED_SECONDS = "speech", 130.0


class Arrival:
    """Says welcome. `name` is the person's, `session` logind's id of the own one, "" if unknown.

    An arrival is the first unlocking after a locking. The daemon's `away-seconds` tell when that
    was: a second signal of the same arrival points to a time before the welcome.
    """

    def __init__(
        self, *, name: str, session: str = "", words: Callable[[str], Phrases] = phrases
    ) -> None:
        self._name = name
        self._session = session
        self._words = words
        self._sessions: frozenset[str] = frozenset()
        self._welcomed: datetime | None = None
        self._set(Settings())

    def react(self, fact: Fact, at: datetime) -> Iterator[Effect]:
        """Speak where it is time to; makes ready while an attempt runs."""
        match fact:
            case messages.SettingsRead(settings):
                self._set(settings)
            case messages.DaemonUp(status) | messages.StatusRead(status):
                self._sessions = frozenset(one["id"] for one in status.get("sessions", ()))
            case messages.PropertiesChanged(values) if "State" in values:
                yield from self._to_state(values["State"])
            case messages.Elapsed(timer) if timer == _TIMER:
                yield Release()
            case Happened(Event.UNLOCKED, details):
                yield from self._unlocked(details, at)
            case Chosen(messages.TestGreeting()):
                yield Speak(self._text(at, _TEST_AWAY_SECONDS), test=True)

    def _set(self, settings: Settings) -> None:
        self._settings = settings
        self._phrases = self._words(settings.greeting.language)
        template = settings.greeting.template
        self._greeting = self._phrases.greeting if template == AUTO else Greeting(template)

    def _to_state(self, state: object) -> Iterator[Effect]:
        if state == State.LOOKING and self._settings.greeting.enabled:
            yield Prime()
            # Where nobody arrives the engine has given up by then, and is taken away.
            yield Later(_TIMER, _PRIMED_SECONDS)
        elif state in (State.READY, State.MINDING, State.PAUSED, State.ASLEEP):
            yield Release()

    def _unlocked(self, details: messages.Values, at: datetime) -> Iterator[Effect]:
        if self._is_elsewhere(details.get("session")):
            return
        away = _seconds(details.get("away-seconds"))
        if not self._is_arrival(away, at):
            return
        # Also where nothing is said: what was kept quiet is not said later.
        self._welcomed = at
        if self._settings.greeting.enabled and not is_quiet(self._settings.quiet, at):
            yield Speak(self._text(at, away))

    def _is_elsewhere(self, session: object) -> bool:
        """Another desktop of the same person has an agent of its own.

        An environment may still name a session that has ended: such a name decides nothing.
        """
        return self._session in self._sessions and session != self._session

    def _is_arrival(self, away: float | None, at: datetime) -> bool:
        if self._welcomed is None or at < self._welcomed:
            return True
        if away is None:
            return at - self._welcomed >= timedelta(seconds=_AGAIN_SECONDS)
        return at - self._welcomed > timedelta(seconds=away)

    def _text(self, at: datetime, away: float | None) -> str:
        words = "" if away is None else self._phrases.away(away)
        spelled = self._settings.greeting.say_as
        name = self._name if spelled == AUTO else spelled
        return self._greeting.render(
            name, hour=at.hour, away=words, daytimes=self._phrases.daytimes
        )


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Bounded: more than a hundred years of absence are a mistake, and timedelta has an end.
    return float(value) if math.isfinite(value) and 0 <= value < 3.2e9 else None
