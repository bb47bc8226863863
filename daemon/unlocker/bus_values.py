"""Values as they lie in a message of the bus (D-Bus specification 0.41, "Marshaling"). Pure.

What is read may be anything: sizes are checked before they are believed, and every fault is a
ValueFormatError.
"""

import struct
from collections.abc import Iterator
from typing import Any

_NUMBERS = {
    "y": "B",
    "b": "I",
    "n": "h",
    "q": "H",
    "i": "i",
    "u": "I",
    "x": "q",
    "t": "Q",
    "d": "d",
    "h": "I",
}
_ALIGNED = {"n": 2, "q": 2, "x": 8, "t": 8, "d": 8, "(": 8, "{": 8, "y": 1, "g": 1, "v": 1}
"""Bytes; all others lie at multiples of 4."""
_DEEPEST = 16
"""What logind tells nests three deep; the specification allows 64."""
_CLOSING = {"(": ")", "{": "}"}


class ValueFormatError(ValueError):
    """Bytes that are no value."""


def padded(raw: bytes, size: int) -> bytes:
    """`raw` up to a multiple of `size`."""
    return raw + b"\0" * (-len(raw) % size)


def text(value: str) -> bytes:
    """A text as a message has it; raises ValueFormatError for one that no message can have."""
    if "\0" in value:
        raise ValueFormatError("a text with a NUL")
    raw = value.encode()
    return struct.pack("<I", len(raw)) + raw + b"\0"


class Reader:
    """Reads values from `raw`, whose numbers are in the byte order `order` ("<" or ">")."""

    def __init__(self, raw: bytes, order: str, *, at: int = 0) -> None:
        self._raw = raw
        self._order = order
        self._at = at

    def all(self, signature: object) -> list[Any]:
        """The values of a whole body, of the types in `signature`."""
        if not isinstance(signature, str):
            raise ValueFormatError("a signature is a text")
        found, place = [], 0
        while place < len(signature):
            after = _end(signature, place, 0)
            found.append(self._value(signature, place, 0))
            place = after
        if self._at != len(self._raw):
            raise ValueFormatError("something follows the last value")
        return found

    def fields(self) -> Iterator[tuple[int, Any]]:
        """The fields of a header: their codes and values."""
        for field in self.all("a(yv)")[0]:
            yield field[0], field[1]

    def _value(self, signature: str, place: int, depth: int) -> Any:
        if depth > _DEEPEST:
            raise ValueFormatError("values nest too deep")
        kind = _kind(signature, place)
        if kind in _NUMBERS:
            return self._number(kind)
        if kind in "so":
            return self._text(self._number("u"))
        if kind == "g":
            return self._text(self._number("y"))
        if kind == "v":
            return self._variant(depth)
        if kind == "a":
            return self._array(signature, place + 1, depth)
        return self._struct(signature, place, depth)

    def _number(self, kind: str) -> Any:
        form = self._order + _NUMBERS[kind]
        self._align(kind)
        (value,) = struct.unpack(form, self._take(struct.calcsize(form)))
        if kind != "b":
            return value
        if value not in (0, 1):
            raise ValueFormatError("neither true nor false")
        return bool(value)

    def _text(self, size: int) -> str:
        raw = self._take(size + 1)
        if raw.find(b"\0") != size:
            raise ValueFormatError("a text that does not end where it says")
        try:
            return raw[:-1].decode()
        except UnicodeDecodeError:
            raise ValueFormatError("a text that is not readable") from None

    def _variant(self, depth: int) -> Any:
        signature = self._text(self._number("y"))
        if _end(signature, 0, 0) != len(signature):
            raise ValueFormatError("a variant is of one type")
        return self._value(signature, 0, depth + 1)

    def _array(self, signature: str, place: int, depth: int) -> Any:
        size = self._number("u")
        kind = _kind(signature, place)
        self._align(kind)
        end = self._at + size
        if end > len(self._raw):
            raise ValueFormatError("it ends too early")
        found = []
        while self._at < end:
            found.append(self._value(signature, place, depth + 1))
        if self._at != end:
            raise ValueFormatError("a list that does not end where it says")
        if kind != "{":
            return found
        return _dictionary(found)

    def _struct(self, signature: str, place: int, depth: int) -> tuple[Any, ...]:
        self._align("(")
        closing, place = _CLOSING[signature[place]], place + 1
        found = []
        while _kind(signature, place, closing) != closing:
            found.append(self._value(signature, place, depth + 1))
            place = _end(signature, place, depth)
        return tuple(found)

    def _align(self, kind: str) -> None:
        size = _ALIGNED.get(kind, 4)
        if self._take(-self._at % size).strip(b"\0"):
            raise ValueFormatError("what is between two values is not nothing")

    def _take(self, size: int) -> bytes:
        taken = self._raw[self._at : self._at + size]
        if len(taken) != size:
            raise ValueFormatError("it ends too early")
        self._at += size
        return taken


def _dictionary(entries: list[Any]) -> dict[Any, Any]:
    try:
        return dict(entries)
    except (TypeError, ValueError):
        raise ValueFormatError("a dictionary of other than pairs") from None


def _kind(signature: str, place: int, closing: str = "") -> str:
    """The type that begins at `place`, or `closing` where that may stand there."""
    kind = signature[place : place + 1]
    if kind not in _NUMBERS and (not kind or kind not in f"sogva({{{closing}"):
        raise ValueFormatError("a signature that is none")
    return kind


def _end(signature: str, place: int, depth: int) -> int:
    """Where the one complete type that begins at `place` ends."""
    if depth > _DEEPEST:
        raise ValueFormatError("values nest too deep")
    kind = _kind(signature, place)
    if kind == "a":
        return _end(signature, place + 1, depth + 1)
    if kind not in _CLOSING:
        return place + 1
    first = place = place + 1
    while _kind(signature, place, _CLOSING[kind]) != _CLOSING[kind]:
        place = _end(signature, place, depth + 1)
    if place == first:
        raise ValueFormatError("a structure of nothing")
    return place + 1
