"""Where templates belong: this machine, and this account on it.

The machine's id is never used as it is, since it is a secret of the machine's: what stands for it
is the id that `sd_id128_get_machine_app_specific()` of systemd makes of it for one application.
"""

import hashlib
import hmac
import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

MACHINE_ID = Path("/etc/machine-id")
_APPLICATION = bytes.fromhex("5f1e0c2ad7c94f1d8a3b6c5e4d2f1a90")
_UNKNOWN_MACHINE = bytes(16)
_DIGITS = 32
_TAG_SIZE = 8

UidOf = Callable[[str], int | None]
"""The number of the account that a person's name stands for; None where there is none."""


@dataclass(frozen=True, slots=True)
class Place:
    """A machine (16 bytes, all zero where it does not say which it is) and a user's number."""

    machine: bytes
    uid: int
    UNKNOWN: ClassVar[bytes] = _UNKNOWN_MACHINE

    @property
    def tag(self) -> bytes:
        """8 bytes that tell machines apart and tell nothing of either."""
        return hashlib.sha256(b"facelatch machine" + self.machine).digest()[:_TAG_SIZE]


def machine_of(file: Path = MACHINE_ID) -> bytes:
    """This machine for this application, 16 bytes; all zero where it has no id (a container)."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_DIGITS + 2).strip()
        secret = bytes.fromhex(content.decode("ascii"))
    except (OSError, UnicodeDecodeError, ValueError):
        return _UNKNOWN_MACHINE
    if len(content) != _DIGITS or not any(secret):
        return _UNKNOWN_MACHINE
    digest = bytearray(hmac.digest(secret, _APPLICATION, "sha256")[:16])
    # A random UUID by its own marks, RFC 9562, 4.1 and 4.2.
    digest[6] = digest[6] & 0x0F | 0x40
    digest[8] = digest[8] & 0x3F | 0x80
    return bytes(digest)


def own_account(_name: str) -> int:
    """Everybody in a store of one's own belongs to oneself."""
    return os.geteuid()


def login_account(name: str) -> int | None:
    """The number of the user who logs in by this name."""
    try:
        return pwd.getpwnam(name).pw_uid
    except (KeyError, OSError, ValueError):
        return None
