"""logind, asked at the moment of unlocking: nothing is remembered, nothing is listened to."""

from daemon.errors import BusError, UnlockError
from daemon.system.sessions import Session, parse_session
from daemon.unlocker.bus_call import SYSTEM_BUS, connected

_LOGIND = "org.freedesktop.login1"
_MANAGER = (_LOGIND, "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
_SESSION = "org.freedesktop.login1.Session"
_PROPERTIES = "org.freedesktop.DBus.Properties"


class LogindNow:
    """Implements `program.Sessions` on the system bus, each time by a connection of its own."""

    def __init__(self, address: str = SYSTEM_BUS) -> None:
        self._address = address

    def read(self, session_id: str) -> Session | None:
        """The session as logind has it now; None where it has none or cannot be understood."""
        try:
            with connected(self._address) as bus:
                path = str(bus.call(*_MANAGER, "GetSession", session_id)[0])
                values = bus.call(_LOGIND, path, _PROPERTIES, "GetAll", _SESSION)[0]
            return parse_session(path, values)
        except (BusError, KeyError, TypeError, ValueError, IndexError):
            return None

    def unlock(self, session_id: str) -> None:
        """Has logind unlock it; raises UnlockError."""
        try:
            with connected(self._address) as bus:
                bus.call(*_MANAGER, "UnlockSession", session_id)
        except BusError as error:
            raise UnlockError(f"logind does not unlock session {session_id}: {error}") from error
