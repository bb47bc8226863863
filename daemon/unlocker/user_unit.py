"""Has a user's own unit unlock: connecting to its socket is all that starts it.

Root made the socket (`systemd/facelatch-unlock@.socket`, enabled by `facelatch setup` for the users
whose methods need it), so nothing but root's configuration decides what runs as whom: there is no
right to start units, which newer systemds would let stand for a unit of one's own making too.
"""

import re
import socket
from pathlib import Path

from daemon.errors import NoLockerError, UnlockError
from daemon.unlocker.protocol import ANSWER_SIZE, Answer, Code, MessageError

SOCKETS = Path("/run/facelatch-unlock")
_SECONDS = 15.0
"""Longer than the methods of one user may take."""
_USER = re.compile(r"(?!\d+$)[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)


def instance_of(username: str) -> str:
    """The instance of the unit for this user, as systemd-escape(1) has it.

    Raises UnlockError for a name that a unit does not take.
    """
    if not _USER.fullmatch(username):
        raise UnlockError(
            f"no unit unlocks as {username!r}: its name has other than letters, digits, '_.-'",
            "use the unlock method logind",
        )
    return username.replace("-", r"\x2d")


def unlock_as(username: str, *, sockets: Path = SOCKETS, seconds: float = _SECONDS) -> None:
    """Returns once one method at least worked; raises UnlockError, also where none is known of in
    `seconds`.
    """
    place = sockets / instance_of(username)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(seconds)
        try:
            connection.connect(str(place))
            answer = Answer.unpack(connection.recv(ANSWER_SIZE + 1))
        except (FileNotFoundError, ConnectionRefusedError):
            raise UnlockError(
                f"nothing unlocks as {username}: {place} is not there", "run: sudo facelatch setup"
            ) from None
        except (OSError, MessageError) as error:
            raise UnlockError(f"what unlocks as {username} failed: {error}") from None
    if answer.code is Code.GONE:
        raise NoLockerError(answer.text)
    if answer.code is not Code.UNLOCKED:
        raise UnlockError(answer.text)
