"""Who paused recognition, and until when: each pause belongs to who set it. Pure; no clock.

What is restored from a file is checked as if a stranger had written it, and a doubt is a pause that
root alone can end.
"""

from typing import Any

from daemon.api import LONGEST_PAUSE_SECONDS, UNTIL_RESUMED
from daemon.policy import ROOT
from models.errors import UsageError

_MOST_USERS = 256
_LARGEST_UID = 2**32 - 2
_VERSION = 1


class Pauses:
    """Pauses by uid, each until a second since 1970 or UNTIL_RESUMED."""

    def __init__(self) -> None:
        self._until: dict[int, int] = {}

    @classmethod
    def restore(cls, data: object, now: float) -> tuple["Pauses", str]:
        """What `to_dict` gave, and what was wrong with it; None is that nobody has paused.

        Those that are over at `now` (seconds since 1970) are left out; of a clock that was set
        back, none lasts longer than a pause can.
        """
        pauses = cls()
        if data is None:
            return pauses, ""
        try:
            for uid, until in _users(data).items():
                if until == UNTIL_RESUMED or until > now:
                    pauses._until[uid] = min(until, int(now) + LONGEST_PAUSE_SECONDS)
        except UsageError as error:
            pauses._until = {ROOT: UNTIL_RESUMED}
            return pauses, str(error)
        return pauses, ""

    @property
    def until(self) -> int:
        """As the property PausedUntil: the last of all; 0 where nobody has paused."""
        if UNTIL_RESUMED in self._until.values():
            return UNTIL_RESUMED
        return max(self._until.values(), default=0)

    @property
    def timed(self) -> dict[int, int]:
        """Those that end by themselves."""
        return {uid: until for uid, until in self._until.items() if until != UNTIL_RESUMED}

    def set(self, uid: int, until: int) -> None:
        """In place of the one that this user set. Raises UsageError for too many users."""
        if uid not in self._until and len(self._until) >= _MOST_USERS:
            raise UsageError("recognition is paused by too many users")
        self._until[uid] = until

    def end(self, uid: int) -> bool:
        """Ends this user's, all for root; whether none is left."""
        if uid == ROOT:
            self._until.clear()
        self._until.pop(uid, None)
        return not self._until

    def over(self, uid: int) -> None:
        """This user's has ended by itself."""
        self._until.pop(uid, None)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a file."""
        return {"version": _VERSION, "users": {str(uid): one for uid, one in self._until.items()}}


def _users(data: object) -> dict[int, int]:
    if not isinstance(data, dict) or data.keys() != {"version", "users"}:
        raise _damaged()
    users = data["users"]
    if data["version"] != _VERSION or not isinstance(users, dict) or len(users) > _MOST_USERS:
        raise _damaged()
    if not all(type(until) is int and -1 <= until <= 10**12 for until in users.values()):
        raise _damaged()
    return {_uid(key): until for key, until in users.items()}


def _uid(key: object) -> int:
    if not (isinstance(key, str) and key.isascii() and key.isdecimal() and len(key) <= 10):
        raise _damaged()
    if int(key) > _LARGEST_UID:
        raise _damaged()
    return int(key)


def _damaged() -> UsageError:
    return UsageError("the record of who paused is damaged", "run: sudo facelatch resume")
