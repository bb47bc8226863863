"""Sessions of the machine, and what can happen to them: what others ask of logind."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Session:
    """One session. `kind` is logind's Type (x11, wayland, tty, ...).

    `session_class` is logind's Class (user, greeter, ...).
    """

    id: str
    path: str
    uid: int
    username: str
    seat: str
    kind: str
    session_class: str
    active: bool
    remote: bool
    locked: bool
    idle: bool


def parse_session(path: str, values: dict[str, Any]) -> Session:
    """Raises KeyError, TypeError, ValueError or IndexError for what no session has."""
    texts = {name: values[name] for name in ("Id", "Name", "Type", "Class")}
    flags = {name: values[name] for name in ("Active", "Remote", "LockedHint", "IdleHint")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("a name that is no text")
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise TypeError("a state that is neither true nor false")
    return Session(
        id=texts["Id"],
        path=path,
        uid=int(values["User"][0]),
        username=texts["Name"],
        seat=str(values["Seat"][0]),
        kind=texts["Type"],
        session_class=texts["Class"],
        active=flags["Active"],
        remote=flags["Remote"],
        locked=flags["LockedHint"],
        idle=flags["IdleHint"],
    )


class Change(StrEnum):
    """What can happen to sessions and to the machine."""

    APPEARED = "appeared"
    GONE = "gone"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    UPDATED = "updated"
    """Active or idle changed."""
    SLEEP = "sleep"
    """About to sleep: release what must be released, then call `let_sleep`."""
    WOKE = "woke"
    LID = "lid"
    LOST = "lost"
    """logind has gone away: no session is known."""


@dataclass(frozen=True, slots=True)
class LogindEvent:
    """A change; `session` as it is after it, where it is about one."""

    change: Change
    session: Session | None = None


EventListener = Callable[[LogindEvent], None]


class Sessions(Protocol):
    """What is asked of logind."""

    @property
    def all(self) -> tuple[Session, ...]:
        """Every session known."""
        ...

    @property
    def lid_closed(self) -> bool | None:
        """None where nobody can tell."""
        ...

    @property
    def docked(self) -> bool | None:
        """Whether there is another screen than the one in the lid; None where nobody can tell."""
        ...

    @property
    def asleep(self) -> bool:
        """Whether the machine sleeps or is about to."""
        ...

    async def fresh(self, session_id: str) -> Session | None:
        """The session as it is now, None where it has gone or cannot be read."""
        ...

    async def of_process(self, pid: int) -> Session | None:
        """The session that a process belongs to."""
        ...

    async def refresh_lid(self) -> None:
        """Asks for the lid again: logind tells of no change."""
        ...

    async def unlock(self, session_id: str) -> None:
        """Asks for the session to be unlocked; raises BusError."""
        ...

    def unlocked_silently(self, session_id: str) -> None:
        """It was unlocked by a way of which logind may not hear."""
        ...

    def let_sleep(self) -> None:
        """The machine may go to sleep."""
        ...


class SessionTable:
    """The sessions known. A lock is either hinted (the property) or signalled (the signal Lock).

    Each signal is a new lock, also of a session that is locked: where a locker sets no hint, nobody
    hears that its user unlocked and locked again. `tell` is called with every change.
    """

    def __init__(self, tell: EventListener) -> None:
        self._tell = tell
        self._sessions: dict[str, Session] = {}
        self._hinted: dict[str, bool] = {}
        # Lockers that listen to logind but never set the hint.
        self._signalled: set[str] = set()
        # Signalled, and not yet told.
        self._new_locks: set[str] = set()

    @property
    def all(self) -> tuple[Session, ...]:
        """Every session known."""
        return tuple(self._sessions.values())

    def get(self, session_id: str) -> Session | None:
        """The session of this id."""
        return self._sessions.get(session_id)

    def store(self, session: Session) -> Session:
        """A session as logind describes it now; what is kept of it, with what was signalled."""
        known = self._sessions.get(session.id)
        if known is not None and self._hinted.get(session.id) and not session.locked:
            self._forget_signals(session.id)
        self._hinted[session.id] = session.locked
        self._put(replace(session, locked=session.locked or session.id in self._signalled))
        return self._sessions[session.id]

    def drop(self, path: str) -> None:
        """The session at this object path has gone."""
        for session in self._at(path):
            del self._sessions[session.id]
            self._forget_signals(session.id)
            self._hinted.pop(session.id, None)
            self._tell(LogindEvent(Change.GONE, session))

    def lock_signalled(self, path: str) -> bool:
        """Lock was signalled; whether a session is known there, which is to be read again.

        Read first: whether it was idle says who locked it, and may be news as well.
        """
        found = self._at(path)
        self._signalled.update(session.id for session in found)
        self._new_locks.update(session.id for session in found)
        return bool(found)

    def unlock_signalled(self, path: str) -> None:
        """Unlock was signalled: the hint, where there is one, is believed."""
        for session in self._at(path):
            self._forget_signals(session.id)
            self._put(replace(session, locked=self._hinted.get(session.id, False)))

    def hint_cleared(self, path: str) -> None:
        """The hint was taken away; where it is there when it is read next, that is a new lock."""
        for session in self._at(path):
            self.store(replace(session, locked=False))

    def unlocked_silently(self, session_id: str) -> None:
        """Forgets the signal that told of the lock."""
        session = self._sessions.get(session_id)
        if session is not None and session_id in self._signalled:
            self.unlock_signalled(session.path)

    def _at(self, path: str) -> list[Session]:
        return [session for session in self.all if session.path == path]

    def _forget_signals(self, session_id: str) -> None:
        self._signalled.discard(session_id)
        self._new_locks.discard(session_id)

    def _put(self, session: Session) -> None:
        known = self._sessions.get(session.id)
        again = session.locked and session.id in self._new_locks
        self._new_locks.discard(session.id)
        self._sessions[session.id] = session
        if known is None:
            self._tell(LogindEvent(Change.APPEARED, session))
        elif known.locked != session.locked or again:
            change = Change.LOCKED if session.locked else Change.UNLOCKED
            self._tell(LogindEvent(change, session))
        elif known != session:
            self._tell(LogindEvent(Change.UPDATED, session))
