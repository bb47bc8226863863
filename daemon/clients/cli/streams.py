"""Standard output as it is: of any encoding, full, or closed by whoever read it."""

import os
import sys

from daemon import __version__

EXIT_PIPE = 141
"""As a shell reports a program that wrote to a closed pipe: 128 + SIGPIPE."""


def prepare() -> None:
    """A stream that is closed takes all and keeps nothing; a character that the encoding lacks is
    written as "?" and ends nothing.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def shows_everything() -> bool:
    """Whether standard output has every character."""
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"


def flush() -> None:
    """Now rather than at the end of Python, which would tell nobody. Raises OSError."""
    sys.stdout.flush()


def discard() -> None:
    """Forgets what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def program_version() -> str:
    """The line that `--version` prints."""
    return f"facelatch {__version__}"
