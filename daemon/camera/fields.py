"""The parts that messages are made of: texts, truths and words of fixed size. Pure."""

import struct
from collections.abc import Sequence
from typing import Any, TypeVar

from daemon.camera.frame_message import MessageError

_T = TypeVar("_T")


def fields_of(shape: struct.Struct, body: bytes) -> tuple[Any, ...]:
    """The fields of a body that has exactly this shape; raises MessageError."""
    if len(body) != shape.size:
        raise MessageError("a message has the size of its kind")
    return shape.unpack(body)


def raw_text(text: str, size: int) -> bytes:
    """At most `size` bytes that end with a whole character."""
    return text.replace("\0", "?").encode()[:size].decode(errors="ignore").encode()


def cut_text(text: str, size: int) -> str:
    """As much of the text as `size` bytes hold: it comes out of a message as it went in."""
    return raw_text(text, size).decode()


def text_of(raw: bytes) -> str:
    """The text in a field; raises MessageError for anything but one printable line."""
    text, _, rest = raw.partition(b"\0")
    try:
        line = text.decode()
    except UnicodeDecodeError:
        raise MessageError("a text is readable") from None
    if rest.strip(b"\0") or not line.isprintable():
        raise MessageError("a text is one printable line")
    return line


def truth_of(number: int) -> bool:
    """A truth in a field; raises MessageError."""
    if number > 1:
        raise MessageError("a truth is 0 or 1")
    return bool(number)


def one_of(values: Sequence[_T], number: int) -> _T:
    """The word of this number; raises MessageError."""
    if number >= len(values):
        raise MessageError("a word that nobody knows")
    return values[number]
