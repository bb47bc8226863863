"""The unlocker's process: takes a request, asks logind, unlocks that one session.

systemd hands it a listening socket (`systemd/facelatch-unlocker.socket`), which only the service's
user may connect to. It ends by itself when nothing has been asked for a while.
"""

import select
import socket
import time
from collections.abc import Callable
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
_ANSWER_SECONDS = 1.0


class Sessions(Protocol):
    """logind, as far as the unlocker asks it."""

    def read(self, session_id: str) -> Session | None:
        """The session as it is now; None where there is none."""
        ...

    def unlock(self, session_id: str) -> None:
        """Has logind unlock it; raises UnlockError."""
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """What the unlocker works with."""

    sessions: Sessions
    permission_of: Callable[[str], Permission]
    """What root's configuration says for a user, by name. Raises ConfigError."""
    as_user: Callable[[str], None]
    """Has what acts as that user unlock, by the methods but logind. Raises UnlockError."""
    record: Callable[[str], None]
    """A line for the journal."""


class Unlocker:
    """Answers requests, one after the other."""

    def __init__(self, outside: Outside, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._outside = outside
        self._limit = RateLimit(clock)

    def answer(self, message: bytes) -> Answer:
        """What comes of a message, which may be anything."""
        try:
            answer = self._serve(Request.unpack(message))
        except MessageError as error:
            answer = Answer(Code.REFUSED, str(error))
        except Exception as error:  # whatever fails, nothing is unlocked
            answer = Answer(Code.FAILED, f"{type(error).__name__}: {error}")
        self._outside.record(f"{answer.code.name.lower()}: {answer.text}")
        return answer

    def _serve(self, request: Request) -> Answer:
        session = self._outside.sessions.read(request.session)
        given = Permission() if session is None else self._outside.permission_of(session.username)
        if (why := refusal(session, request.uid, given)) is not None or session is None:
            return Answer(Code.REFUSED, why or "there is no such session")
        if not self._limit.take(session.id):
            return Answer(Code.REFUSED, "too many unlocks in a short time")
        return self._unlock(session, given)

    def _unlock(self, session: Session, given: Permission) -> Answer:
        """What acts as the user comes first: it wants to see the session locked still."""
        done: list[str] = []
        problems: list[str] = []
        failure = Code.FAILED
        own = [str(method) for method in given.methods if method.kind != "logind"]
        if own:
            try:
                self._outside.as_user(session.username)
                done += own
            except UnlockError as error:
                problems.append(str(error))
                if isinstance(error, NoLockerError) and len(own) == len(given.methods):
                    failure = Code.GONE
        if len(own) < len(given.methods) and self._still_right(session, given, fresh=not own):
            try:
                self._outside.sessions.unlock(session.id)
                done.append("logind")
            except UnlockError as error:
                problems.append(str(error))
        code = Code.UNLOCKED if done else failure
        return Answer(code, ", ".join(done) if done else "; ".join(problems) or "nothing to do")

    def _still_right(self, session: Session, given: Permission, *, fresh: bool) -> bool:
        """Whether logind is to be asked: what acted as the user took its time."""
        now = session if fresh else self._outside.sessions.read(session.id)
        alone = replace(given, methods=(UnlockMethod("logind"),))
        return refusal(now, session.uid, alone) is None


class Server:
    """Serves a listening socket of kind SOCK_SEQPACKET until nothing was asked for a while.

    `peer` is the uid that may ask; others are hung up on. Who only stays connected is hung up on
    in the end, too: systemd starts another unlocker for the next one.
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
        self._connections: set[socket.socket] = set()

    def run(self) -> None:
        """Until it was idle for `idle_seconds`."""
        self._listening.setblocking(False)
        try:
            while ready := self._ready():
                for one in ready:
                    if one is self._listening:
                        self._accept()
                    else:
                        self._talk(one)
        finally:
            for connection in self._connections:
                connection.close()

    def _ready(self) -> list[socket.socket]:
        """The sockets on which something has come; none after `idle_seconds` of silence."""
        # Who has left is seen before who has come.
        waiting = [*self._connections, self._listening]
        return select.select(waiting, (), (), self._idle_seconds)[0]

    def _accept(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except OSError:  # it has gone again
            return
        if peer_of(connection) != self._peer or len(self._connections) >= _MOST_CONNECTIONS:
            connection.close()
            return
        connection.settimeout(_ANSWER_SECONDS)
        self._connections.add(connection)

    def _talk(self, connection: socket.socket) -> None:
        """One request, and its answer."""
        try:
            # One byte more: a longer message is cut by the kernel, and must not look right.
            message = connection.recv(REQUEST_SIZE + 1)
            if message:
                connection.sendall(self._unlocker.answer(message).pack())
                return
        except OSError:
            pass  # who does not read his answer, or has gone, is not waited for
        self._connections.discard(connection)
        connection.close()
