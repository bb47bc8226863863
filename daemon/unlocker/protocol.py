"""What the service asks of the unlocker, and its answers: one message each, of fixed size. Pure.

    request  "FLUQ", version (2 bytes), 2 bytes of nothing, uid (4), session (32, NUL-padded ASCII)
    answer   "FLUA", version (2), code (2), text (504, NUL-padded UTF-8)

Numbers are little-endian. Whoever reads checks every field: neither side trusts the other.
"""

import re
import struct
from dataclasses import dataclass
from enum import IntEnum

VERSION = 1
_REQUEST = struct.Struct("<4sHHI32s")
_ANSWER = struct.Struct("<4sHH504s")
REQUEST_SIZE = _REQUEST.size
ANSWER_SIZE = _ANSWER.size
_ASKS, _ANSWERS = b"FLUQ", b"FLUA"
# What logind names sessions: digits, or "c" and digits (sd_pid_get_session(3): no fixed form).
_SESSION = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)


class MessageError(ValueError):
    """A message that is none of ours."""


class Code(IntEnum):
    """What came of a request."""

    UNLOCKED = 0
    """At least one method worked; the text names those that did."""
    REFUSED = 1
    """Nothing was tried; the text says why."""
    FAILED = 2
    """No method worked; the text says why."""
    GONE = 3
    """No locker runs that could be asked, and nothing else was to be tried."""


@dataclass(frozen=True, slots=True)
class Request:
    """Unlock `session` of the user `uid`. Raises MessageError for what is no session or user."""

    uid: int
    session: str

    def __post_init__(self) -> None:
        if not (0 <= self.uid < 2**32 - 1 and _SESSION.fullmatch(self.session)):
            raise MessageError("a request names a user and a session")

    def pack(self) -> bytes:
        """REQUEST_SIZE bytes."""
        return _REQUEST.pack(_ASKS, VERSION, 0, self.uid, self.session.encode("ascii"))

    @classmethod
    def unpack(cls, message: bytes) -> "Request":
        """The request in `message`; raises MessageError."""
        if len(message) != REQUEST_SIZE:
            raise MessageError(f"a request has {REQUEST_SIZE} bytes")
        magic, version, nothing, uid, session = _REQUEST.unpack(message)
        if (magic, version, nothing) != (_ASKS, VERSION, 0):
            raise MessageError("that is no request of this version")
        return cls(uid, _padded(session, "ascii"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it, and one line: the methods that worked, or why none did."""

    code: Code
    text: str

    def pack(self) -> bytes:
        """ANSWER_SIZE bytes; a text that is too long is cut."""
        line = " ".join(self.text.split()).replace("\0", "?").encode()[:504]
        return _ANSWER.pack(_ANSWERS, VERSION, self.code, line.decode(errors="ignore").encode())

    @classmethod
    def unpack(cls, message: bytes) -> "Answer":
        """The answer in `message`; raises MessageError."""
        if len(message) != ANSWER_SIZE:
            raise MessageError(f"an answer has {ANSWER_SIZE} bytes")
        magic, version, code, text = _ANSWER.unpack(message)
        if (magic, version) != (_ANSWERS, VERSION) or code not in Code.__members__.values():
            raise MessageError("that is no answer of this version")
        line = _padded(text, "utf-8")
        if not line.isprintable():
            raise MessageError("an answer's text is one printable line")
        return cls(Code(code), line)


def _padded(raw: bytes, encoding: str) -> str:
    text, _, rest = raw.partition(b"\0")
    if rest.strip(b"\0"):
        raise MessageError("something follows the end of a text")
    try:
        return text.decode(encoding)
    except UnicodeDecodeError:
        raise MessageError("a text is not readable") from None
