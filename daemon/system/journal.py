"""The journal of decisions: structured fields, one entry each, never a picture or a template.

Written in the journal's native protocol (systemd.io, "Native Journal Protocol"): one datagram of
`NAME=value` lines. Values never have a line break, so its binary form is not needed.
"""

import contextlib
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TextIO

from models.text import printable

JOURNAL = Path("/run/systemd/journal/socket")
IDENTIFIER = "facelatch"
PREFIX = "FACELATCH_"
NOTICE, INFO, WARNING, ERROR = 5, 6, 4, 3
"""Priorities of syslog."""

_LONGEST_VALUE = 4000
# A datagram larger than the socket's buffer is refused; ours are far below.


class Audit(Protocol):
    """Where decisions are written down."""

    def record(
        self, message: str, fields: Mapping[str, object] | None = None, *, priority: int = INFO
    ) -> None:
        """One entry. Field names are lower case, without the prefix. Never raises or blocks."""
        ...


class Journal:
    """The journal of systemd; standard error where there is none."""

    def __init__(self, path: Path = JOURNAL, *, fallback: TextIO | None = None) -> None:
        self._path = path
        self._fallback = fallback
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)

    def record(
        self, message: str, fields: Mapping[str, object] | None = None, *, priority: int = INFO
    ) -> None:
        """One entry. Field names are lower case, without the prefix. Never raises or blocks."""
        entry = entry_of(message, fields or {}, priority)
        try:
            self._socket.sendto(entry, str(self._path))
        except OSError:
            self._aside(message, fields or {})

    def close(self) -> None:
        """Closes the socket; nothing can be written after it."""
        self._socket.close()

    def _aside(self, message: str, fields: Mapping[str, object]) -> None:
        details = " ".join(f"{name}={_text(value)}" for name, value in fields.items())
        with contextlib.suppress(OSError, ValueError):
            stream = self._fallback or sys.stderr
            print(f"{IDENTIFIER}: {_text(message)} {details}".rstrip(), file=stream, flush=True)


def entry_of(message: str, fields: Mapping[str, object], priority: int) -> bytes:
    """One datagram of the journal's protocol."""
    values = {
        "MESSAGE": message,
        "PRIORITY": str(priority),
        "SYSLOG_IDENTIFIER": IDENTIFIER,
        **{PREFIX + name.upper().replace("-", "_"): value for name, value in fields.items()},
    }
    # One line each: a name with a line break in it could forge a field.
    return "".join(f"{name}={_text(value)}\n" for name, value in values.items()).encode(
        errors="replace"
    )


def _text(value: object) -> str:
    text = f"{value:.4f}" if isinstance(value, float) else str(value)
    return printable(text, _LONGEST_VALUE)
