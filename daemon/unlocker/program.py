"""The unlocker's process: takes a request, asks logind, unlocks that one session.

systemd hands it a listening socket (`systemd/facelatch-unlocker.socket`), which only the service's
user may connect to. It ends by itself when nobody has been connected for a while.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from daemon.config import UnlockMethod
from daemon.errors import NoLockerError, UnlockError
from daemon.system.sessions import Session
from daemon.system.sockets import peer_of
from daemon.unlocker.protocol import REQUEST_SIZE, Answer, Code, MessageError, Request
from daemon.unlocker.rules import Permission, RateLimit, refusal

_IDLE_SECONDS = 60.0
_MOST_CONNECTIONS = 4
_METHOD_SECONDS = 15.0


class Sessions(Protocol):
    """logind, as far as the unlocker asks it."""

    async def read(self, session_id: str) -> Session | None:
        """The session as it is now; None where there is none."""
        ...

    async def unlock(self, session_id: str) -> None:
        """Has logind unlock it; raises UnlockError."""
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """What the unlocker works with."""

    sessions: Sessions
    permission_of: Callable[[str], Permission]
    """What root's configuration says for a user, by name. Raises ConfigError."""
    as_user: Callable[[str], Awaitable[None]]
    """Has what acts as that user unlock, by the methods but logind. Raises UnlockError."""
    record: Callable[[str], None]
    """A line for the journal."""


class Unlocker:
    """Answers requests, one after the other."""

    def __init__(self, outside: Outside, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._outside = outside
        self._limit = RateLimit(clock)
        self._turn = asyncio.Lock()

    async def answer(self, message: bytes) -> Answer:
        """What comes of a message, which may be anything."""
        async with self._turn:
            try:
                request = Request.unpack(message)
                answer = await self._serve(request)
            except MessageError as error:
                answer = Answer(Code.REFUSED, str(error))
            except Exception as error:  # whatever fails, nothing is unlocked
                answer = Answer(Code.FAILED, f"{type(error).__name__}: {error}")
        self._outside.record(f"{answer.code.name.lower()}: {answer.text}")
        return answer

    async def _serve(self, request: Request) -> Answer:
        session = await self._outside.sessions.read(request.session)
        given = Permission() if session is None else self._outside.permission_of(session.username)
        if (why := refusal(session, request.uid, given)) is not None or session is None:
            return Answer(Code.REFUSED, why or "there is no such session")
        if not self._limit.take(session.id):
            return Answer(Code.REFUSED, "too many unlocks in a short time")
        return await self._unlock(session, given)

    async def _unlock(self, session: Session, given: Permission) -> Answer:
        """What acts as the user comes first: it wants to see the session locked still."""
        done: list[str] = []
        problems: list[str] = []
        failure = Code.FAILED
        own = [str(method) for method in given.methods if method.kind != "logind"]
        if own:
            try:
                await asyncio.wait_for(self._outside.as_user(session.username), _METHOD_SECONDS)
                done += own
            except (UnlockError, TimeoutError) as error:
                problems.append(str(error) or "it did not end in time")
                if isinstance(error, NoLockerError) and len(own) == len(given.methods):
                    failure = Code.GONE
        if len(own) < len(given.methods) and await self._still_right(session, given, fresh=not own):
            try:
                await self._outside.sessions.unlock(session.id)
                done.append("logind")
            except UnlockError as error:
                problems.append(str(error))
        code = Code.UNLOCKED if done else failure
        return Answer(code, ", ".join(done) if done else "; ".join(problems) or "nothing to do")

    async def _still_right(self, session: Session, given: Permission, *, fresh: bool) -> bool:
        """Whether logind is to be asked: what acted as the user took its time."""
        now = session if fresh else await self._outside.sessions.read(session.id)
        alone = replace(given, methods=(UnlockMethod("logind"),))
        return refusal(now, session.uid, alone) is None


class Server:
    """Serves a listening socket of kind SOCK_SEQPACKET until nobody was connected for a while.

    `peer` is the uid that may ask; others are hung up on.
    """

    def __init__(
        self,
        listening: socket.socket,
        unlocker: Unlocker,
        *,
        peer: int,
        idle_seconds: float = _IDLE_SECONDS,
    ) -> None:
        self._listening = listening
        self._unlocker = unlocker
        self._peer = peer
        self._idle_seconds = idle_seconds
        self._connections: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until it was idle for `idle_seconds`."""
        loop = asyncio.get_running_loop()
        self._listening.setblocking(False)
        while True:
            try:
                connection, _ = await asyncio.wait_for(
                    loop.sock_accept(self._listening), self._idle_seconds
                )
            except TimeoutError:
                if not self._connections:
                    return
                continue
            if peer_of(connection) != self._peer or len(self._connections) >= _MOST_CONNECTIONS:
                connection.close()
                continue
            task = loop.create_task(self._talk(connection))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _talk(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        connection.setblocking(False)
        with connection, contextlib.suppress(OSError):
            # One byte more: a longer message is cut by the kernel, and must not look right.
            while message := await loop.sock_recv(connection, REQUEST_SIZE + 1):
                answer = await self._unlocker.answer(message)
                await loop.sock_sendall(connection, answer.pack())
