"""Whether the camera rests because nobody could see the lock screen. Pure; no clock.

Programs of a user say whether the displays of their session are on. They are believed only to
close the camera: a lie of a user's own program costs that user a password and opens nothing. Where
the user wants it, short looks are taken in the dark, and one of them may have the session watched
for a while. Times are seconds on any clock that does not fall.
"""

import math
from dataclasses import dataclass

from daemon.config import Schedule
from daemon.policy.facts import SessionFacts
from daemon.policy.presence import Sight
from models.errors import UsageError

MOST_REPORTERS = 8
"""Programs of one user that say how the displays are: a desktop has one."""
HELD_SECONDS = 30.0
"""A session locked by hand is watched for so long after its displays went dark: lockers blank
within seconds, and without seeing its owner leave nothing could let them in again."""
_ABSENT = frozenset({Sight.NOBODY, Sight.OTHER})


def is_worth_watching(sight: Sight, *, held: bool) -> bool:
    """Whether a look in the dark is followed by a watch: at the owner's face and at nothing else,
    so that nobody else can wake the screen or use up attempts.

    A session locked by hand (`held`) opens for nobody before its owner was seen to leave: there the
    absence is what is looked for.
    """
    return sight in _ABSENT if held else sight is Sight.OWNER


@dataclass(frozen=True, slots=True)
class _Report:
    """What a program says of the displays of `session`, "" for all sessions of its user."""

    uid: int
    session: str
    on: bool
    since: float


class Displays:
    """What was said of the displays, and when each user was last known to be at the machine."""

    def __init__(self) -> None:
        self._reports: dict[str, _Report] = {}
        self._alive: dict[int, float] = {}
        self._watched_until: dict[str, float] = {}

    def reported(self, client: str, *, uid: int, session: str, on: bool, time: float) -> None:
        """A program says that displays are on, or that none is; raises UsageError for too many.

        `session` is its own, "" where it belongs to none.
        """
        before = self._reports.get(client)
        others = sum(one.uid == uid for name, one in self._reports.items() if name != client)
        if others >= MOST_REPORTERS:
            raise UsageError("too many programs say how the displays are")
        same = before is not None and before.on == on
        since = before.since if same and before is not None else time
        self._reports[client] = _Report(uid, session, on, since)
        if on and not same:
            self.alive(uid, time)

    def client_gone(self, client: str) -> None:
        """What this program said holds no more."""
        self._reports.pop(client, None)

    def alive(self, uid: int, time: float) -> None:
        """A sign of the user: a key, a lock, a session that came to the screen."""
        self._alive[uid] = max(time, self._alive.get(uid, -math.inf))

    def watch_until(self, session_id: str, time: float) -> None:
        """A look in the dark was worth it: the session is watched until `time`."""
        self._watched_until[session_id] = time

    def forget(self, session_id: str) -> None:
        """The session has gone, or is locked no more."""
        self._watched_until.pop(session_id, None)

    def dark(self, session: SessionFacts) -> bool | None:
        """Whether no display of the session is on; None where nobody says."""
        told = self._about(session)
        return any(not one.on for one in told) if told else None

    def rests_at(
        self, session: SessionFacts, *, held: bool, schedule: Schedule, attempting: bool = False
    ) -> float:
        """From when on the camera rests: a time that may have passed; infinity for never.

        `held`: it was locked by hand, and its owner was not seen to leave since. `attempting`: an
        attempt is under way; where nobody tells of displays it is heard to its end, since somebody
        may be doing what a challenge asks.
        """
        if schedule.dark_screen:
            return math.inf
        told = self._about(session)
        if not told:
            if attempting:
                return math.inf
            seconds = schedule.untold_seconds or math.inf
            return self._alive.get(session.uid, -math.inf) + seconds
        since = min((one.since for one in told if not one.on), default=math.inf)
        rests = since + (HELD_SECONDS if held else 0.0)
        return max(rests, self._watched_until.get(session.id, -math.inf))

    def _about(self, session: SessionFacts) -> list[_Report]:
        return [
            one
            for one in self._reports.values()
            if one.uid == session.uid and one.session in ("", session.id)
        ]
