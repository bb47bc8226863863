"""Watching a stream of observations: who arrived, who left, and that somebody unknown is there.

Pure: times are the frames' own, so a clip replayed at any speed gives the same events.
"""

from dataclasses import dataclass
from typing import TypeAlias

from daemon.foreground.presence import Arrived, Left, Match, Presence
from daemon.recognition.matcher import Observation, names_in
from models.scoring.decision import Rule, SequentialTest, Verdict


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A usable face stayed in view for some frames and matched nobody. It names nobody."""

    distance: float


Event: TypeAlias = Arrived | Left | Unrecognised


class Watcher:
    """Turns observations into events. Not for use by two threads at once."""

    def __init__(self, presence: Presence, rule: Rule) -> None:
        self._presence = presence
        self._test = SequentialTest(rule)
        self._forget_seconds = rule.forget_seconds
        self._last_usable = float("-inf")
        self._told = False

    def observe(self, time: float, observation: Observation, *, live: bool) -> tuple[Event, ...]:
        """Events of one frame at `time` (seconds on the source's clock).

        Only who is `live` arrives; who has arrived stays for as long as he is recognised.
        """
        if observation.judged is None:
            return self._presence_events(time, frozenset(), observation)
        if time - self._last_usable > self._forget_seconds:
            self._told = False
        self._last_usable = time
        verdict = self._test.observe(time, observation.evidence)
        here = names_in(observation)
        names = self._test.matched & here
        if not live:
            names &= self._presence.present
        events = self._presence_events(time, names, observation)
        return events + self._unrecognised(verdict, here, observation)

    def _presence_events(
        self, time: float, names: frozenset[str], observation: Observation
    ) -> tuple[Event, ...]:
        matches = [Match(name, _distance(name, observation)) for name in names]
        return self._presence.observe(time, matches)

    def _unrecognised(
        self, verdict: Verdict, here: frozenset[str], observation: Observation
    ) -> tuple[Event, ...]:
        if here:
            self._told = False
        best = observation.judged
        if self._told or here or best is None or verdict is not Verdict.NO_MATCH:
            return ()
        self._told = True
        return (Unrecognised(best.distance),)


def _distance(name: str, observation: Observation) -> float:
    return min(s.distance for s in observation.faces if s.usable and s.name == name)
