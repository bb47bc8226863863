"""logind, asked at the moment of unlocking: nothing is remembered, nothing is listened to."""

from typing import Any

from daemon.dbus.connection import Bus
from daemon.errors import BusError, UnlockError
from daemon.system.logind import parse_session
from daemon.system.sessions import Session

_LOGIND = "org.freedesktop.login1"
_ROOT = "/org/freedesktop/login1"
_MANAGER = "org.freedesktop.login1.Manager"
_SESSION = "org.freedesktop.login1.Session"
_SECONDS = 5.0


class LogindNow:
    """Implements `program.Sessions` on the system bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def read(self, session_id: str) -> Session | None:
        """The session as logind has it now; None where it has none or cannot be understood."""
        try:
            reply = await self._call("GetSession", session_id)
            path = str(reply[0])
            return parse_session(path, await self._bus.get_all(_LOGIND, path, _SESSION))
        except (BusError, KeyError, TypeError, ValueError, IndexError):
            return None

    async def unlock(self, session_id: str) -> None:
        """Has logind unlock it; raises UnlockError."""
        try:
            await self._call("UnlockSession", session_id)
        except BusError as error:
            raise UnlockError(f"logind does not unlock session {session_id}: {error}") from error

    async def _call(self, member: str, session_id: str) -> list[Any]:
        reply = await self._bus.call(
            _LOGIND, _ROOT, _MANAGER, member, signature="s", body=[session_id], seconds=_SECONDS
        )
        return list(reply.body)
