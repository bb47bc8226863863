"""Each user's last decisions, newest last: what people may read of themselves. Pure; no clock.

The journal has more and is for administrators. What is restored from a file is checked as if a
stranger had written it.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from daemon.api import MOST_DECISIONS
from models.errors import UsageError
from models.text import printable

MOST_ENTRIES = MOST_DECISIONS
"""Of one user; older ones are forgotten."""
MOST_USERS = 256
_LONGEST_TEXT = 256
_MOST_FRAMES = 2**32 - 1
_LARGEST = 1e12
_VERSION = 1


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """Where a request came from: in words, the service it was for, and logind's session."""

    words: str
    service: str = ""
    session: str = ""

    def __str__(self) -> str:
        """For the journal."""
        return self.words


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision at `time` (seconds since 1970). Raises UsageError for what is none."""

    time: float
    verdict: str
    reason: str
    requester: str = ""
    service: str = ""
    session: str = ""
    frames: int = 0
    milliseconds: float = 0.0
    distance: float | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        texts = (self.verdict, self.reason, self.requester, self.service, self.session)
        numbers = (self.time, self.milliseconds, self.distance, self.threshold)
        if not (all(map(_is_text, texts)) and all(map(_is_number, numbers))):
            raise _damaged()
        if type(self.frames) is not int or not 0 <= self.frames <= _MOST_FRAMES:
            raise _damaged()
        if self.time is None or self.milliseconds is None:
            raise _damaged()

    @property
    def values(self) -> dict[str, Any]:
        """By name; what is not known is left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @property
    def without_distances(self) -> dict[str, Any]:
        """The same, for everybody but root."""
        kept = self.values
        return {name: kept[name] for name in kept if name not in ("distance", "threshold")}


class History:
    """The entries of all users, by login name."""

    def __init__(self) -> None:
        self._entries: dict[str, deque[Entry]] = {}

    @classmethod
    def restore(cls, data: object) -> tuple["History", str]:
        """The history that `to_dict` gave, and what was wrong with it, "" where nothing was.

        `data` None is a new one; a damaged one begins anew.
        """
        history = cls()
        if data is None:
            return history, ""
        try:
            for username, entries in _users(data).items():
                for plain in _list(entries):
                    history.add(username, _entry(plain))
        except UsageError as error:
            return cls(), str(error)
        return history, ""

    def add(self, username: str, entry: Entry) -> None:
        """Writes an entry down. Nobody's past is pushed out by asking the same again and again."""
        entries = self._entries.pop(username, None) or deque(maxlen=MOST_ENTRIES)
        if entries and _same_denial(entries[-1], entry):
            entries.pop()
        entries.append(entry)
        # The user of whom something is known last comes last.
        self._entries[username] = entries
        if len(self._entries) > MOST_USERS:
            del self._entries[next(iter(self._entries))]

    def of(self, username: str, most: int = MOST_ENTRIES) -> tuple[Entry, ...]:
        """The last `most` entries of a user, oldest first."""
        return tuple(self._entries.get(username, ()))[-most:] if most > 0 else ()

    def forget(self, username: str) -> None:
        """Everything about a user."""
        self._entries.pop(username, None)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a file."""
        users = {name: [one.values for one in entries] for name, entries in self._entries.items()}
        return {"version": _VERSION, "users": users}


def fitting(text: str) -> str:
    """`text` as an entry takes it."""
    return printable(text, _LONGEST_TEXT)


DENIED = "denied"
"""The verdict of a request that was refused before any attempt."""
UNLOCKED = "unlocked"
"""The verdict of an unlock, which follows a match."""


def _same_denial(before: Entry, now: Entry) -> bool:
    return before.verdict == now.verdict == DENIED and before.reason == now.reason


def _entry(plain: object) -> Entry:
    known = {field.name for field in fields(Entry)}
    if not isinstance(plain, dict) or not {"time", "verdict", "reason"} <= plain.keys() <= known:
        raise _damaged()
    return Entry(**plain)


def _users(data: object) -> dict[str, object]:
    if not isinstance(data, dict) or data.keys() != {"version", "users"}:
        raise _damaged()
    users = data["users"]
    if data["version"] != _VERSION or not isinstance(users, dict) or len(users) > MOST_USERS:
        raise _damaged()
    if not all(_is_text(name) and name for name in users):
        raise _damaged()
    return users


def _list(entries: object) -> Iterable[object]:
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise _damaged()
    return entries


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_TEXT and value.isprintable()


def _is_number(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= _LARGEST and math.isfinite(value)


def _damaged() -> UsageError:
    return UsageError("the record of past decisions is damaged", "it begins anew")
