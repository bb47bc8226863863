"""Sessions as logind knows them: who is logged in, locked, at the screen; sleep and the lid.

logind's own interface is described in org.freedesktop.login1(5). What tells of a lock is either
the property LockedHint, which desktops set, or the signal Lock, which asks a locker to lock.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from dbus_fast import Message, MessageType

from daemon.dbus.connection import Bus
from daemon.errors import BusError
from daemon.system.sessions import (
    Change,
    EventListener,
    LogindEvent,
    Session,
    SessionTable,
    parse_session,
)
from daemon.system.tasks import Tasks

_LOGIND = "org.freedesktop.login1"
_ROOT = "/org/freedesktop/login1"
_MANAGER = _LOGIND + ".Manager"
_SESSION = _LOGIND + ".Session"
_MOST_SESSIONS = 1000

T = TypeVar("T")


class Logind:
    """Sessions of the real logind. Listeners are called in the event loop."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._listeners: list[EventListener] = []
        self._owner = ""
        self._turns = 0
        """How often a session or logind has gone, a session took its hint away, or the machine went
        to sleep or woke."""
        self._sessions = SessionTable(self._tell)
        self._inhibitor = -1
        self._tasks = Tasks()
        self.lid_closed: bool | None = None
        self.docked: bool | None = None
        self.asleep = False

    @property
    def all(self) -> tuple[Session, ...]:
        """Every session known."""
        return self._sessions.all

    def listen(self, listener: EventListener) -> None:
        """Calls `listener` with every event, in the order of listening."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Listens and reads everything once; without a logind it waits for one to come."""
        self._bus.listen(self._heard)
        await self._bus.match(f"type='signal',sender='{_LOGIND}',path_namespace='{_ROOT}'")
        self._owner = await self._bus.follow_owner(_LOGIND, self._owned_by)
        await self._read_all()

    def stop(self) -> None:
        """Forgets everything and lets the machine sleep."""
        self._tasks.cancel()
        self.let_sleep()

    async def fresh(self, session_id: str) -> Session | None:
        """The session as it is now, None where it has gone or cannot be read."""
        known = self._sessions.get(session_id)
        return None if known is None else await self._read(known.path)

    async def of_process(self, pid: int) -> Session | None:
        """The session that a process belongs to, None for one that belongs to none."""
        try:
            reply = await self._manager("GetSessionByPID", "u", [pid])
        except BusError:
            return None
        return await self._read(str(reply.body[0]))

    async def refresh_lid(self) -> None:
        """Asks for the lid again; tells LID where it moved."""
        before = self.lid_closed
        self.lid_closed, self.docked = await asyncio.gather(
            self._flag("LidClosed"), self._flag("Docked")
        )
        if self.lid_closed != before:
            self._tell(LogindEvent(Change.LID))

    async def _flag(self, name: str) -> bool | None:
        try:
            value = await self._bus.get(_LOGIND, _ROOT, _MANAGER, name)
        except BusError:
            return None
        return value if isinstance(value, bool) else None

    async def unlock(self, session_id: str) -> None:
        """Asks logind to unlock; raises BusError where it does not."""
        await self._manager("UnlockSession", "s", [session_id])

    def unlocked_silently(self, session_id: str) -> None:
        """Forgets the signal that told of the lock; the hint, where there is one, is believed."""
        self._sessions.unlocked_silently(session_id)

    def let_sleep(self) -> None:
        """Gives the delay back."""
        if self._inhibitor >= 0:
            os.close(self._inhibitor)
            self._inhibitor = -1

    async def _manager(self, member: str, signature: str = "", body: Any = ()) -> Message:
        return await self._bus.call(
            _LOGIND, _ROOT, _MANAGER, member, signature=signature, body=body
        )

    async def _read_all(self) -> None:
        if not self._owner:
            return
        with contextlib.suppress(BusError):
            listed = (await self._manager("ListSessions")).body[0][:_MOST_SESSIONS]
            await asyncio.gather(*(self._read(str(entry[4])) for entry in listed))
        with contextlib.suppress(BusError):
            asleep = await self._now(
                lambda: self._bus.get(_LOGIND, _ROOT, _MANAGER, "PreparingForSleep")
            )
            self.asleep = asleep is True
        await asyncio.gather(self.refresh_lid(), self._hold_sleep())

    async def _hold_sleep(self) -> None:
        if self._inhibitor >= 0 or self.asleep:
            return
        # Without the delay the camera is released a little late; nothing else depends on it.
        with contextlib.suppress(BusError, OSError):
            words = ["sleep", "Facelatch", "releases the camera", "delay"]
            reply = await self._manager("Inhibit", "ssss", words)
            if reply.unix_fds:
                self._inhibitor = reply.unix_fds[0]

    async def _now(self, read: Callable[[], Awaitable[T]]) -> T:
        """What is read, again where a signal came before it was taken: the answer is older, and a
        session that has gone would be back. Raises BusError.
        """
        while True:
            before = self._turns
            answer = await read()
            if before == self._turns:
                return answer

    async def _read(self, path: str) -> Session | None:
        """Reads one session and tells what is new about it."""
        try:
            values = await self._now(lambda: self._bus.get_all(_LOGIND, path, _SESSION))
            session = parse_session(path, values)
        except (BusError, KeyError, TypeError, ValueError, IndexError):
            self._sessions.drop(path)
            return None
        return self._sessions.store(session)

    def _tell(self, event: LogindEvent) -> None:
        for listener in self._listeners:
            listener(event)

    def _heard(self, message: Message) -> bool:
        # Anybody may send us a signal; only logind's own are believed.
        if message.message_type is MessageType.SIGNAL and message.sender == self._owner != "":
            self._signal(message)
        return False

    def _owned_by(self, owner: str) -> None:
        self._owner = owner
        self._turns += 1
        for session in self.all:
            self._sessions.drop(session.path)
        self.let_sleep()
        self.lid_closed = self.docked = None
        self.asleep = False
        self._tell(LogindEvent(Change.LOST))
        self._tasks.spawn(self._read_all())

    def _signal(self, message: Message) -> None:
        member, body = message.member, message.body
        if message.interface == _MANAGER:
            self._manager_signal(str(member), message.signature, body)
        elif message.interface == _SESSION and member in ("Lock", "Unlock"):
            self._lock_signal(message.path or "", locked=member == "Lock")
        elif member == "PropertiesChanged" and body and body[0] == _SESSION:
            if _takes_hint_away(message):
                # At once: by the time it is read it may be locked again, by other hands.
                self._turns += 1
                self._sessions.hint_cleared(message.path or "")
            self._tasks.spawn(self._reread(message.path or ""))
        elif member == "PropertiesChanged" and body and body[0] == _MANAGER:
            self._tasks.spawn(self.refresh_lid())

    def _manager_signal(self, member: str, signature: str, body: Any) -> None:
        if member == "SessionNew" and signature == "so":
            if len(self.all) < _MOST_SESSIONS:
                self._tasks.spawn(self._reread(body[1]))
        elif member == "SessionRemoved" and signature == "so":
            self._turns += 1
            self._sessions.drop(body[1])
        elif member == "PrepareForSleep" and signature == "b":
            self._turns += 1
            self._sleep(asleep=body[0])

    def _lock_signal(self, path: str, *, locked: bool) -> None:
        if not locked:
            self._sessions.unlock_signalled(path)
        elif self._sessions.lock_signalled(path):
            self._tasks.spawn(self._reread(path))

    def _sleep(self, *, asleep: bool) -> None:
        if asleep == self.asleep:
            return
        self.asleep = asleep
        self._tell(LogindEvent(Change.SLEEP if asleep else Change.WOKE))
        if not asleep:
            self._tasks.spawn(self._hold_sleep())
            self._tasks.spawn(self.refresh_lid())

    async def _reread(self, path: str) -> None:
        await self._read(path)


def _takes_hint_away(message: Message) -> bool:
    """Whether a PropertiesChanged of a session says that it is not locked."""
    if message.signature != "sa{sv}as":
        return False
    hint = message.body[1].get("LockedHint")
    return hint is not None and hint.value is False
