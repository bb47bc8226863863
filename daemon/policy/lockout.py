"""Failed attempts and what they lead to: a growing pause, then the password once. Pure; no clock.

Only an attempt that ended at a face which is not the owner's has failed; an empty chair, a dark
room or a stopped request has not. Everything here is plain data: what is restored from a file is
checked as if a stranger had written it, and what does not make sense needs the password.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from daemon.config import Attempts as Limits
from models.errors import UsageError

MOST_USERS = 4096
_MOST_FAILURES = 1_000_000
_LONGEST_PAUSE = 86_400.0
_LARGEST_UID = 2**32 - 2
_LATEST = 1e11  # seconds, some 3,000 years: of any clock, a later time is damage
_BOOT = re.compile(r"[0-9a-f-]{1,64}")
_VERSION = 2


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time by two clocks. Raises UsageError for what is none.

    `boot` is the kernel's boot id (/proc/sys/kernel/random/boot_id), `monotonic` seconds since that
    boot, sleep included (CLOCK_BOOTTIME), `wall` seconds since 1970.
    """

    boot: str
    monotonic: float
    wall: float

    def __post_init__(self) -> None:
        if not _BOOT.fullmatch(self.boot):
            raise UsageError("a boot id is made of hexadecimal digits and dashes")
        # Written so that NaN is refused too.
        if not (abs(self.monotonic) <= _LATEST and abs(self.wall) <= _LATEST):
            raise UsageError("a moment is a finite time")


@dataclass(frozen=True, slots=True)
class Pause:
    """No attempt for `seconds` (0 < seconds <= 86,400) from `start` on."""

    start: Moment
    seconds: float

    def __post_init__(self) -> None:
        if not 0.0 < self.seconds <= _LONGEST_PAUSE:
            raise UsageError("a pause lasts more than 0 and at most 86,400 seconds")

    def remaining(self, now: Moment) -> float:
        """Seconds left, at most `seconds`. A clock that went back shortens nothing.

        Within one boot the monotonic clock decides, which nobody can set. After another boot there
        is only the wall clock.
        """
        if now.boot == self.start.boot:
            passed = now.monotonic - self.start.monotonic
        else:
            passed = now.wall - self.start.wall
        return min(max(self.seconds - passed, 0.0), self.seconds)


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a user: failures in a row, the last pause, whether the password is due.

    Raises UsageError for values out of bounds.
    """

    failures: int = 0
    password: bool = False
    pause: Pause | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.failures <= _MOST_FAILURES:
            raise UsageError("failed attempts are counted from 0 up")


class LockoutState(Enum):
    """Where a user stands."""

    FREE = "free"
    PAUSED = "paused"
    PASSWORD = "password"  # noqa: S105 - a state, not a secret


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an attempt is allowed now. `retry_after` is in seconds, above 0 only while PAUSED."""

    state: LockoutState
    failures: int = 0
    retry_after: float = 0.0

    @property
    def free(self) -> bool:
        """Whether an attempt is allowed."""
        return self.state is LockoutState.FREE


CLEAN = Record()
LOCKED_OUT = Record(password=True)


def standing(record: Record, limits: Limits, now: Moment) -> Standing:
    """Where a user stands at `now`."""
    if record.password or record.failures >= limits.before_password:
        return Standing(LockoutState.PASSWORD, record.failures)
    left = record.pause.remaining(now) if record.pause is not None else 0.0
    state = LockoutState.PAUSED if left > 0.0 else LockoutState.FREE
    return Standing(state, record.failures, left)


def after_failure(record: Record, limits: Limits, now: Moment) -> Record:
    """One more failed attempt, also one that was under way when the pause began."""
    failures = min(record.failures + 1, _MOST_FAILURES)
    password = record.password or failures >= limits.before_password
    return Record(failures, password, _next_pause(record, failures, limits, now))


def after_match(record: Record, limits: Limits, now: Moment) -> Record | None:
    """The record after the owner was recognised, None where that must not count.

    It does not while attempts are paused or the password is due: such an attempt began before, and
    counting it would open what was closed meanwhile.
    """
    return CLEAN if standing(record, limits, now).free else None


def _next_pause(record: Record, failures: int, limits: Limits, now: Moment) -> Pause | None:
    if failures < limits.before_pause:
        return record.pause
    # Logarithms, because the power itself overflows after some hundred failures.
    exponent = (failures - limits.before_pause) * math.log(limits.pause_growth)
    longest = math.log(limits.longest_pause_seconds / limits.first_pause_seconds)
    seconds = limits.first_pause_seconds * math.exp(min(exponent, longest))
    fresh = Pause(now, min(max(seconds, limits.first_pause_seconds), limits.longest_pause_seconds))
    if record.pause is not None and record.pause.remaining(now) > fresh.seconds:
        return record.pause
    return fresh


def rebased(record: Record, now: Moment) -> Record:
    """The record with what is left of its pause counted from `now` on, for another boot.

    Without this a machine whose clock starts at 1970 at each boot would never end a pause.
    """
    if record.pause is None or record.pause.start.boot == now.boot:
        return record
    left = record.pause.remaining(now)
    return replace(record, pause=Pause(now, left) if left > 0.0 else None)


class LockoutLedger:
    """The records of all users, by uid: a user may have several names.

    Where it is full, whoever is not in it needs the password: what cannot be counted is not tried.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._records: dict[int, Record] = {}
        self._others = CLEAN

    @classmethod
    def restore(cls, limits: Limits, data: object, now: Moment) -> tuple["LockoutLedger", str]:
        """The ledger that `to_dict` gave, and what was wrong with it, "" where nothing was.

        `data` None is a new ledger. A damaged record needs the password; where the whole is
        damaged everybody does.
        """
        book = cls(limits)
        if data is None:
            return book, ""
        try:
            users, book._others = _book_parts(data)
        except UsageError as error:
            book._others = LOCKED_OUT
            return book, str(error)
        problems = []
        for uid, plain in users.items():
            try:
                book._records[uid] = rebased(record_from_dict(plain), now)
            except UsageError as error:
                book._records[uid] = LOCKED_OUT
                problems.append(str(error))
        return book, problems[0] if problems else ""

    def standing(self, uid: int, now: Moment) -> Standing:
        """Where this user stands."""
        return standing(self._of(uid), self.limits, now)

    def failed(self, uid: int, now: Moment) -> Standing:
        """Counts a failed attempt."""
        record = after_failure(self._of(uid), self.limits, now)
        if self._has_room(uid):
            self._records[uid] = record
        return standing(record, self.limits, now)

    def matched(self, uid: int, now: Moment) -> bool:
        """Whether a match counts; where it does, failures are forgotten."""
        record = after_match(self._of(uid), self.limits, now)
        if record is None:
            return False
        self._put(uid, record)
        return True

    def cleared(self, uid: int) -> bool:
        """The password was right. Returns whether there was anything to forget."""
        before = self._of(uid)
        self._put(uid, CLEAN)
        return before != CLEAN

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a file: numbers, texts, truths, dictionaries."""
        users = {str(uid): record_to_dict(record) for uid, record in self._records.items()}
        return {"version": _VERSION, "others": record_to_dict(self._others), "users": users}

    def _of(self, uid: int) -> Record:
        return self._records.get(uid, self._others) if self._has_room(uid) else LOCKED_OUT

    def _has_room(self, uid: int) -> bool:
        return uid in self._records or len(self._records) < MOST_USERS

    def _put(self, uid: int, record: Record) -> None:
        if record == self._others:
            self._records.pop(uid, None)
        elif self._has_room(uid):
            self._records[uid] = record


def record_to_dict(record: Record) -> dict[str, Any]:
    """Plain data of one record."""
    plain: dict[str, Any] = {"failures": record.failures, "password": record.password}
    if record.pause is not None:
        start = record.pause.start
        plain["pause"] = {
            "seconds": record.pause.seconds,
            "boot": start.boot,
            "monotonic": start.monotonic,
            "wall": start.wall,
        }
    return plain


def record_from_dict(data: object) -> Record:
    """The record that `record_to_dict` gave; raises UsageError for anything else."""
    plain = _table(data, {"failures", "password"}, {"pause"})
    failures, password = plain["failures"], plain["password"]
    if isinstance(failures, bool) or not isinstance(failures, int):
        raise _damaged()
    if not isinstance(password, bool):
        raise _damaged()
    return Record(failures, password, _pause_from(plain["pause"]) if "pause" in plain else None)


def _pause_from(data: object) -> Pause:
    plain = _table(data, {"seconds", "boot", "monotonic", "wall"}, set())
    if not isinstance(plain["boot"], str):
        raise _damaged()
    moment = Moment(plain["boot"], _number(plain["monotonic"]), _number(plain["wall"]))
    return Pause(moment, _number(plain["seconds"]))


def _book_parts(data: object) -> tuple[Mapping[int, object], Record]:
    plain = _table(data, {"version", "others", "users"}, set())
    users = plain["users"]
    if plain["version"] != _VERSION or not isinstance(users, dict) or len(users) > MOST_USERS:
        raise _damaged()
    return {_uid(key): one for key, one in users.items()}, record_from_dict(plain["others"])


def _uid(key: object) -> int:
    if not isinstance(key, str) or not re.fullmatch(r"0|[1-9][0-9]{0,9}", key):
        raise _damaged()
    uid = int(key)
    if uid > _LARGEST_UID:
        raise _damaged()
    return uid


def _table(data: object, needed: set[str], optional: set[str]) -> dict[str, Any]:
    if not isinstance(data, dict) or not needed <= data.keys() <= needed | optional:
        raise _damaged()
    return data


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LATEST:
        raise _damaged()
    return float(value)


def _damaged() -> UsageError:
    return UsageError("the record of failed attempts is damaged", "the password is needed once")
