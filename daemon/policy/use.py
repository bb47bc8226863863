"""What programs of a user say of how a session is used. Pure; no clock.

They are believed only to look less or to lock more, and in the dark to look as often as they could
ask for anyway by saying that a display is on: a lie costs that user a lock too many, or one too few
of their own session, which any of their programs may lock and unlock as it likes. Times are seconds
on any clock that does not fall.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, field

from daemon.api import LONGEST_LEAVE_SECONDS, SHORTEST_LEAVE_SECONDS
from daemon.policy.facts import SessionFacts
from models.errors import UsageError

MOST_REPORTERS = 8
"""Programs of one user that say how a session is used: a desktop has one."""


@dataclass(frozen=True, slots=True)
class Use:
    """What one program says.

    `idle_seconds` is how long there was no key or pointer, 0 while the session is in use, None
    where the program cannot tell. `inhibited`: something keeps the desktop from becoming idle, such
    as a film. `battery` is the share (0 to 1) that is left, None on mains. `leave_seconds` is when
    the user wants the session to be locked, 0 for never, None for as configured. `watch_dark`: the
    user wants to be looked for while the session is locked and its displays are off.
    """

    idle_seconds: float | None = None
    inhibited: bool = False
    battery: float | None = None
    leave_seconds: float | None = None
    watch_dark: bool = False

    def __post_init__(self) -> None:
        """Raises UsageError for what is out of bounds."""
        if self.idle_seconds is not None and not 0.0 <= self.idle_seconds < math.inf:
            raise UsageError("idle-seconds is 0 or more")
        if self.battery is not None and not 0.0 <= self.battery <= 1.0:
            raise UsageError("battery is a share from 0 to 1")
        leave = self.leave_seconds
        if leave and not SHORTEST_LEAVE_SECONDS <= leave <= LONGEST_LEAVE_SECONDS:
            raise UsageError(
                f"leave-seconds is 0, or from {SHORTEST_LEAVE_SECONDS:g} to"
                f" {LONGEST_LEAVE_SECONDS:g}"
            )


@dataclass(frozen=True, slots=True)
class _Report:
    uid: int
    session: str
    use: Use
    time: float


@dataclass(slots=True)
class UseReports:
    """What was said, by the client's unique name."""

    _reports: dict[str, _Report] = field(default_factory=dict)

    def reported(self, client: str, *, uid: int, session: str, use: Use, time: float) -> None:
        """A program says how its session is used; raises UsageError for too many.

        `session` is its own, "" where it belongs to none: then it speaks for all of its user.
        """
        others = sum(one.uid == uid for name, one in self._reports.items() if name != client)
        if others >= MOST_REPORTERS:
            raise UsageError("too many programs say how a session is used")
        self._reports[client] = _Report(uid, session, use, time)

    def client_gone(self, client: str) -> None:
        """What this program said holds no more."""
        self._reports.pop(client, None)

    def told(self, session: SessionFacts) -> bool:
        """Whether anybody speaks for this session: somebody who could also lock it."""
        return bool(self._about(session))

    def idle_since(self, session: SessionFacts, *, hinted: float | None) -> float | None:
        """When the last key or pointer was, None while the session is in use.

        Where no program can tell it is `hinted`: since when logind calls the session idle.
        """
        known = [
            (one.use.idle_seconds, one.time)
            for one in self._about(session)
            if one.use.idle_seconds is not None
        ]
        if not known:
            return hinted
        if any(seconds == 0.0 for seconds, _ in known):
            return None
        return max(at - seconds for seconds, at in known)

    def inhibited(self, session: SessionFacts, *, battery: float) -> bool:
        """Whether nobody is to be looked at: a film, a talk, or little of the `battery` left."""
        uses = [one.use for one in self._about(session)]
        low = any(use.battery is not None and use.battery < battery for use in uses)
        return low or any(use.inhibited for use in uses)

    def watches_dark(self, session: SessionFacts) -> bool:
        """Whether its owner is to be looked for while its displays are off."""
        return any(one.use.watch_dark for one in self._about(session))

    def leave_seconds(self, session: SessionFacts, *, configured: float) -> float:
        """When the session is to be locked, 0 for never."""
        wishes = [one.use.leave_seconds for one in self._about(session)]
        return _soonest([wish for wish in wishes if wish is not None], configured)

    def _about(self, session: SessionFacts) -> list[_Report]:
        return [
            one
            for one in self._reports.values()
            if one.uid == session.uid and one.session in ("", session.id)
        ]


def _soonest(wishes: Collection[float], configured: float) -> float:
    if not wishes:
        return configured
    return min((wish for wish in wishes if wish > 0.0), default=0.0)
