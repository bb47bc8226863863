"""Which cameras are trusted, which were offered, and which were there at the lock. Pure.

What is restored from a file is checked as if a stranger had written it; where it is damaged no
camera is trusted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from daemon.policy.cameras import Camera, Identity, Known
from models.errors import UsageError

MOST_TRUSTED = 16
_MOST_OFFERED = 64
_LONGEST_TEXT = 128
_VERSION = 1
_FIELDS = ("port", "vendor", "product", "serial", "driver")


_NOTHING = Known()


@dataclass(frozen=True, slots=True)
class CameraRecord:
    """`known` as the camera worker is told it; `offered` are cameras that the owner was asked
    about once, oldest first.
    """

    known: Known = _NOTHING
    offered: tuple[Identity, ...] = ()

    @classmethod
    def restore(cls, data: object, boot: str) -> tuple[Self, str]:
        """What `to_dict` gave, and what was wrong with it; None is nobody was enrolled yet.

        What was there at a lock holds for the same boot alone: a number of a connection means
        nothing in another.
        """
        if data is None:
            return cls(), ""
        try:
            return cls(*_parts(data, boot)), ""
        except UsageError as error:
            return cls(Known(trusted=frozenset())), str(error)

    def trusting(self, identity: Identity) -> Self:
        """With one more that is trusted; raises UsageError for too many."""
        trusted = (self.known.trusted or frozenset()) | {identity}
        if len(trusted) > MOST_TRUSTED:
            raise UsageError(f"{MOST_TRUSTED} cameras are trusted", "forget one of them first")
        return replace(self, known=replace(self.known, trusted=trusted))

    def forgetting(self, identity: Identity) -> Self:
        """Without one; where it was the last, none is trusted."""
        trusted = (self.known.trusted or frozenset()) - {identity}
        return replace(self, known=replace(self.known, trusted=trusted))

    def offering(self, identities: Iterable[Identity]) -> Self:
        """The owner is asked about these."""
        offered = (*(one for one in self.offered if one not in set(identities)), *identities)
        return replace(self, offered=offered[-_MOST_OFFERED:])

    def locked(self, present: Iterable[Camera]) -> Self:
        """A session was locked while these were connected."""
        before = frozenset((one.identity, one.connection) for one in present)
        return replace(self, known=replace(self.known, before_lock=before))

    def unlocked(self) -> Self:
        """No session is locked any more."""
        return replace(self, known=replace(self.known, before_lock=None))

    def to_dict(self, boot: str) -> dict[str, Any]:
        """Plain data for a file."""
        trusted, before = self.known.trusted, self.known.before_lock
        return {
            "version": _VERSION,
            "trusted": None
            if trusted is None
            else [_plain(one) for one in sorted(trusted, key=str)],
            "offered": [_plain(one) for one in self.offered],
            "boot": boot,
            "before-lock": None
            if before is None
            else [[_plain(one), connection] for one, connection in sorted(before, key=str)],
        }


def _plain(identity: Identity) -> list[str]:
    return [getattr(identity, name) for name in _FIELDS]


def _parts(data: object, boot: str) -> tuple[Known, tuple[Identity, ...]]:
    keys = {"version", "trusted", "offered", "boot", "before-lock"}
    if not isinstance(data, dict) or data.keys() != keys or data["version"] != _VERSION:
        raise _damaged()
    trusted, before = data["trusted"], data["before-lock"]
    known = Known(
        None if trusted is None else frozenset(_identities(trusted, MOST_TRUSTED)),
        None if before is None or data["boot"] != boot else frozenset(_connected(before)),
    )
    return known, tuple(_identities(data["offered"], _MOST_OFFERED))


def _identities(data: object, most: int) -> list[Identity]:
    if not isinstance(data, list) or len(data) > most:
        raise _damaged()
    return [_identity(one) for one in data]


def _identity(data: object) -> Identity:
    if not isinstance(data, list) or len(data) != len(_FIELDS):
        raise _damaged()
    if not all(
        isinstance(one, str) and len(one) <= _LONGEST_TEXT and (not one or one.isprintable())
        for one in data
    ):
        raise _damaged()
    return Identity(*data)


def _connected(data: object) -> list[tuple[Identity, int]]:
    if not isinstance(data, list) or len(data) > MOST_TRUSTED:
        raise _damaged()
    found = []
    for pair in data:
        if not isinstance(pair, list) or len(pair) != 2 or type(pair[1]) is not int:
            raise _damaged()
        found.append((_identity(pair[0]), pair[1]))
    return found


def _damaged() -> UsageError:
    return UsageError(
        "the record of trusted cameras is damaged",
        "no camera is trusted until: facelatch camera trust PATH",
    )
