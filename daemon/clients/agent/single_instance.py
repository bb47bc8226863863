"""One agent a session, for as long as there is one."""

import asyncio
import fcntl
import os
import time
from pathlib import Path

from daemon.dbus.connection import Bus
from daemon.errors import BusError
from models.errors import UsageError

_LOCK = "facelatch-agent.lock"
_TRIES, _WAIT_SECONDS = 60, 2.0


def runtime_folder() -> Path:
    """The session's own folder, gone when the person logs out. Raises UsageError."""
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    if not folder.is_dir():
        raise UsageError(f"{folder} is not there", "start the agent from a session")
    return folder


def take_turn(folder: Path) -> int | None:
    """A descriptor to keep open for as long as the agent runs; None where another one runs.

    The lock goes with the process, however it ends. Raises UsageError.
    """
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(folder / _LOCK, flags, 0o600)
    except OSError as error:
        raise UsageError(f"{folder / _LOCK} cannot be opened: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def wait_for_session_bus(*, tries: int = _TRIES, wait: float = _WAIT_SECONDS) -> None:
    """Returns when the session has a bus again. Raises BusError where it gets none."""
    for left in reversed(range(tries)):
        try:
            asyncio.run(_connect())
        except BusError:
            if not left:
                raise
            time.sleep(wait)
        else:
            return


async def _connect() -> None:
    bus = await Bus.connect("session")
    bus.close()
    await bus.gone()
