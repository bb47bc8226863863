"""Whether a session's owner has left it, so that it is to be locked. A pure machine; no clock.

One machine for each session that is not locked, from its unlocking on. A key or the pointer, and
the owner's face, are evidence that nothing doubts: the session is locked `seconds` after the last
one. What may be the owner (a face turned away, something that moves, the dark) holds that up, for
`limit` seconds at most, unless somebody else has surely been seen since: to lock somebody out who
is there is worse than to wait. Times are seconds on any clock that does not fall.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from daemon.config import Leave

WARNING_SECONDS = 5.0
"""Before a session is locked its owner is told, and looked for once more."""
STRANGER_SECONDS = 5.0
"""So long somebody else must have been alone, where that locks sooner."""
LEAST_MISSES = 2
"""Looks in a row without the owner: one may have been a moment."""
_QUICK_SECONDS = 1.0
"""Between looks while the warning is shown."""
_LONGEST_CALM_SECONDS = 60.0
_FRESH_SECONDS = 4.0
"""An older look says nothing of who is there now."""
_AGAIN_SECONDS = 10.0
MOST_LOCKS = 3
"""So often a session that does not lock is told to; the next key begins anew."""


class Sight(StrEnum):
    """What a short look came to: of several frames the first of these that one of them showed."""

    OWNER = "owner"
    FACE = "face"
    """A face that may be the owner's: turned away, covered, blurred, or just at the threshold."""
    OTHER = "other"
    """Surely somebody else, and nobody beside."""
    MOTION = "motion"
    """No face, and something moves."""
    DARK = "dark"
    """The picture is black, too dark, too bright or covered."""
    NOBODY = "nobody"
    BLIND = "blind"
    """There was no picture: another program has the camera, or an attempt had it."""


_UNCLEAR = frozenset({Sight.FACE, Sight.MOTION, Sight.DARK})


class Do(StrEnum):
    """What is to be done now."""

    WAIT = "wait"
    LOOK = "look"
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, and when to ask again even if nothing happens.

    `warning` is in how many seconds the session will be locked, None where its owner need not be
    warned.
    """

    do: Do
    until: float
    warning: float | None = None


class Leaving:
    """The machine. `seconds` goes before that of the settings, as its user asked; `pace` is the
    longest time between two looks.
    """

    def __init__(
        self, leave: Leave, *, seconds: float, time: float, pace: float = math.inf
    ) -> None:
        self._leave = leave
        self._seconds = seconds
        self._limit = max(leave.limit, seconds)
        self._pace = pace
        self._calm = max(
            min((seconds - WARNING_SECONDS) / 2, _LONGEST_CALM_SECONDS), min(leave.look_every, 5.0)
        )
        self._calm = min(self._calm, pace)
        """Until the next look where there is evidence: two come before the warning."""
        self._now = time
        self._begin(time)

    def _begin(self, time: float) -> None:
        self._seen_at = time
        self._held_until = -math.inf
        self._other_since = math.inf
        self._replaced = False
        self._misses = 0
        self._looked_at = -math.inf
        self._look_at = time + self._calm
        self._locks = 0
        self._lock_at = -math.inf

    @property
    def seen_at(self) -> float:
        """When there was evidence of the owner that nothing doubts."""
        return self._seen_at

    def used(self, time: float) -> None:
        """A key or the pointer, or whatever else stands for the owner, at `time`."""
        self._advance(time)
        if time > self._seen_at:
            self._begin(min(time, self._now))

    def looked(self, time: float, sight: Sight) -> None:
        """A look ended at `time`."""
        now = self._advance(time)
        self._looked_at = now
        if sight is Sight.BLIND:
            # Nothing is known, and who has the camera is most likely the owner.
            self._begin(now)
            return
        self._judge(now, sight)
        self._look_at = now + self._pause(now)

    def look_within(self, seconds: float) -> None:
        """Looks so soon at the latest, for another reason."""
        self._look_at = min(self._look_at, self._now + seconds)

    def step(self, time: float, *, dark: bool = False) -> Step:
        """What to do now. `dark`: no display is on, so that there is nobody to look for."""
        now = self._advance(time)
        due = self.due
        if self._locks >= MOST_LOCKS:
            return Step(Do.WAIT, math.inf)
        if now >= max(due, self._lock_at) and (dark or self._is_sure(now)):
            self._locks += 1
            self._lock_at = now + _AGAIN_SECONDS
            return Step(Do.LOCK, self._lock_at, 0.0)
        warning = max(due - now, 0.0) if self._warns(now) else None
        if dark:
            return Step(Do.WAIT, max(due, self._lock_at), warning)
        if now >= self._look_at:
            return Step(Do.LOOK, self._look_at, warning)
        ends = [self._look_at]
        if self._misses and now < due - WARNING_SECONDS:
            ends.append(due - WARNING_SECONDS)
        return Step(Do.WAIT, min(ends), warning)

    @property
    def due(self) -> float:
        """When the session is to be locked, by what is known."""
        due = max(self._seen_at, self._held_until) + self._seconds
        return min(due, self._other_since + STRANGER_SECONDS) if self._leave.stranger else due

    def _judge(self, now: float, sight: Sight) -> None:
        if sight is Sight.OWNER:
            self._begin(now)
            return
        if sight is Sight.OTHER:
            self._replaced = True
            self._other_since = min(self._other_since, now)
        elif sight is not Sight.FACE:
            self._other_since = math.inf
        if self._holds(now, sight):
            self._held_until, self._misses = now, 0
        else:
            self._misses += 1

    def _holds(self, now: float, sight: Sight) -> bool:
        late = now >= self._seen_at + self._limit
        return sight in _UNCLEAR and not self._replaced and not late

    def _pause(self, now: float) -> float:
        if self._misses == 0:
            return self._calm
        left = self.due - WARNING_SECONDS - now
        if left <= 0.0 or (math.isfinite(self._other_since) and self._leave.stranger):
            return _QUICK_SECONDS
        return min(self._leave.look_every, max(left, _QUICK_SECONDS), self._pace)

    def _is_sure(self, now: float) -> bool:
        return self._misses >= LEAST_MISSES and now - self._looked_at <= _FRESH_SECONDS

    def _warns(self, now: float) -> bool:
        return self._misses > 0 and now >= self.due - WARNING_SECONDS

    def _advance(self, time: float) -> float:
        if math.isfinite(time):
            self._now = max(self._now, time)
        return self._now
