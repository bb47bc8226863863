"""One agent a session: whoever comes second goes without a fuss."""

import fcntl
import os
from pathlib import Path

from models.errors import UsageError

_LOCK = "facelatch-agent.lock"


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
