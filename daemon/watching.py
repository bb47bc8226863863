"""Watching a stream of observations: who arrived, who left, and that somebody unknown is there.

Pure: times are the frames' own, so a clip replayed at any speed gives the same events.
"""

from dataclasses import dataclass
from typing import TypeAlias

from daemon.engine import names_in
from daemon.presence import Arrived, Left, Match, Presence
from daemon.recogniser import Observation
from models.decision import VoteRule, Votes


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A usable face stayed in view for some frames and matched nobody. It names nobody."""

    distance: float


Event: TypeAlias = Arrived | Left | Unrecognised

FORGET_SECONDS = 1.0
"""Votes older than this gap without a usable face do not count: another person may sit there."""


class Watcher:
    """Turns observations into events. Not for use by two threads at once."""

    def __init__(self, presence: Presence, rule: VoteRule) -> None:
        self._presence = presence
        self._rule = rule
        self._votes = Votes(rule)
        self._last_usable = float("-inf")
        self._unknown_frames = 0

    def observe(self, time: float, observation: Observation) -> tuple[Event, ...]:
        """Events of one frame at `time` (seconds on the source's clock)."""
        if time - self._last_usable > FORGET_SECONDS:
            self._votes = Votes(self._rule)
            self._unknown_frames = 0
        if observation.best is None:
            return self._presence_events(time, frozenset(), observation)
        self._last_usable = time
        self._votes.observe(names_in(observation))
        confirmed = self._votes.confirmed & names_in(observation)
        events = self._presence_events(time, confirmed, observation)
        return events + self._unrecognised(observation)

    def _presence_events(
        self, time: float, names: frozenset[str], observation: Observation
    ) -> tuple[Event, ...]:
        matches = [Match(name, _distance(name, observation)) for name in names]
        return self._presence.observe(time, matches)

    def _unrecognised(self, observation: Observation) -> tuple[Event, ...]:
        known = any(sighting.matched for sighting in observation.sightings if sighting.usable)
        self._unknown_frames = 0 if known else self._unknown_frames + 1
        # Twice the window, so that an owner who turns into view is not announced as unknown.
        if self._unknown_frames != 2 * self._rule.window:
            return ()
        best = observation.best
        return (Unrecognised(best.distance),) if best is not None else ()


def _distance(name: str, observation: Observation) -> float:
    return min(s.distance for s in observation.sightings if s.usable and s.name == name)
