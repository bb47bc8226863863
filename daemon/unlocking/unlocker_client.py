"""The service's side of the unlocker: asks over its socket, believes the answer only in form.

The service has no right to unlock anything itself (`daemon.unlocker`).
"""

import asyncio
import contextlib
import socket
from pathlib import Path
from typing import Protocol

from daemon.errors import NoLockerError, UnlockError
from daemon.system.sessions import Session
from daemon.unlocker.protocol import ANSWER_SIZE, Answer, Code, MessageError, Request

SOCKET = Path("/run/facelatch-unlocker")
_SECONDS = 20.0
"""Longer than any method may take: the unlocker has limits of its own."""


class Unlocks(Protocol):
    """What unlocks a session by every method that root's configuration has for its user."""

    def prepare(self) -> None:
        """An unlock may be asked for soon."""
        ...

    async def unlock(self, session: Session) -> str:
        """The methods that worked, in words. Raises UnlockError where none did: NoLockerError where
        that is because there is no locker any more.
        """
        ...


class UnlockerClient:
    """Asks one thing at a time over one connection, which it makes anew where it broke."""

    def __init__(self, path: Path = SOCKET) -> None:
        self._path = path
        self._connection: socket.socket | None = None
        self._turn = asyncio.Lock()

    def prepare(self) -> None:
        """Connects, so that systemd has started the unlocker by the time it is needed.

        That it cannot is said when an unlock is asked for.
        """
        if self._turn.locked():
            return
        if self._connection is not None and _hung_up(self._connection):
            self.close()
        if self._connection is None:
            with contextlib.suppress(OSError):
                self._connection = self._connected()

    async def unlock(self, session: Session) -> str:
        """Waits 20 s at most; raises UnlockError also where the unlocker does not answer."""
        async with self._turn:
            try:
                answer = await asyncio.wait_for(self._asked(session), _SECONDS)
            except (OSError, MessageError, TimeoutError) as error:
                self.close()
                raise UnlockError(
                    f"the unlocker does not answer: {error or 'not in time'}",
                    "run: systemctl status facelatch-unlocker.socket",
                ) from error
        if answer.code is Code.GONE:
            raise NoLockerError(answer.text)
        if answer.code is not Code.UNLOCKED:
            raise UnlockError(answer.text)
        return answer.text

    def close(self) -> None:
        """Hangs up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _asked(self, session: Session) -> Answer:
        request = Request(session.uid, session.id).pack()
        if self._connection is not None:
            # The unlocker ends when it was idle for long: that is found out here.
            with contextlib.suppress(OSError):
                return await self._exchange(self._connection, request)
            self.close()
        self._connection = self._connected()
        return await self._exchange(self._connection, request)

    def _connected(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            # systemd listens: this never waits for the unlocker itself.
            connection.settimeout(1.0)
            connection.connect(str(self._path))
            connection.setblocking(False)
        except BaseException:
            connection.close()
            raise
        return connection

    async def _exchange(self, connection: socket.socket, request: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(connection, request)
        message = await loop.sock_recv(connection, ANSWER_SIZE + 1)
        if not message:
            raise ConnectionResetError("it hung up")
        return Answer.unpack(message)


def _hung_up(connection: socket.socket) -> bool:
    """Whether the unlocker has ended: nothing else comes from it unasked."""
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
