"""Who is there: an arrival once, and again only after an absence was seen. Pure; no clock.

An absence is time with frames that do not match that person. A stretch without any frame, such as
a camera that was lost or a machine that slept, is no absence: nobody was seen to leave.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from models.errors import UsageError

DEFAULT_ABSENCE_SECONDS = 8.0
LONGEST_ABSENCE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Match:
    """A person recognised in a frame, and the distance at which."""

    name: str
    distance: float


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody is there who was not."""

    name: str
    distance: float


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody has not been matched for the whole absence."""

    name: str


Event: TypeAlias = Arrived | Left


class Presence:
    """The machine. Raises UsageError unless 0 < absence_seconds <= 3600."""

    def __init__(self, *, absence_seconds: float = DEFAULT_ABSENCE_SECONDS) -> None:
        if not 0.0 < absence_seconds <= LONGEST_ABSENCE_SECONDS:
            raise UsageError(
                f"an absence lasts more than 0 and at most {LONGEST_ABSENCE_SECONDS:g} seconds"
            )
        self._absence = absence_seconds
        self._unseen: dict[str, float] = {}
        self._last: float | None = None

    @property
    def present(self) -> frozenset[str]:
        """Everybody who arrived and has not left."""
        return frozenset(self._unseen)

    def observe(self, time: float, matches: Collection[Match] = ()) -> tuple[Event, ...]:
        """Events of one frame: those who left, then those who arrived, each by name.

        `time` is in seconds on any clock that does not fall. A frame at a time that is not finite
        is ignored; one before the last frame only sets the clock; a match at a distance that is
        negative or not finite is none.
        """
        if not math.isfinite(time):
            return ()
        step = 0.0 if self._last is None else time - self._last
        self._last = time
        if step < 0.0:
            return ()
        seen = _nearest(matches)
        return (*self._departures(step, seen), *self._arrivals(seen))

    def _departures(self, step: float, seen: dict[str, float]) -> list[Left]:
        # Never the whole absence in one step: that would be a gap between frames, not an absence.
        counted = min(step, self._absence / 2)
        left = []
        for name in sorted(self._unseen):
            self._unseen[name] = 0.0 if name in seen else self._unseen[name] + counted
            if self._unseen[name] >= self._absence:
                del self._unseen[name]
                left.append(Left(name))
        return left

    def _arrivals(self, seen: dict[str, float]) -> list[Arrived]:
        new = sorted(seen.keys() - self._unseen.keys())
        self._unseen.update(dict.fromkeys(new, 0.0))
        return [Arrived(name, seen[name]) for name in new]


def _nearest(matches: Collection[Match]) -> dict[str, float]:
    """Smallest sound distance of each person matched."""
    seen: dict[str, float] = {}
    for match in matches:
        if math.isfinite(match.distance) and match.distance >= 0.0:
            seen[match.name] = min(match.distance, seen.get(match.name, math.inf))
    return seen
