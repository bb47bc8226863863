"""Method calls on the message bus, one connection at a time, by blocking sockets alone.

By the D-Bus specification 0.41 ("Authentication Protocol", "Message Format", "Marshaling"), as much
of it as the unlocker speaks: calls whose arguments are texts, and their replies. A bus library
brings an event loop, TLS and XML into the one process that may unlock, and most of its memory.
"""

import contextlib
import os
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from typing import Any

from daemon.errors import BusError
from daemon.unlocker.bus_values import Reader, ValueFormatError, padded, text

SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"
_SECONDS = 10.0
"""In which a connection does all that it was made for."""
_MOST_BYTES = 1 << 16
_MOST_IGNORED = 64
_LINE_BYTES = 512

_CALL, _RETURN, _ERROR = 1, 2, 3
_PATH, _INTERFACE, _MEMBER, _ERROR_NAME, _REPLY_SERIAL = 1, 2, 3, 4, 5
_DESTINATION, _SIGNATURE = 6, 8
_FIXED = struct.Struct("<4BII")
_ORDERS = {ord("l"): "<", ord("B"): ">"}


class Connection:
    """An open connection; see `connected`. Every failure is BusError, one line."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._until = time.monotonic() + _SECONDS
        self._serial = 0

    def call(
        self, destination: str, path: str, interface: str, member: str, *arguments: str
    ) -> list[Any]:
        """What the method returns."""
        self._serial += 1
        fields = (
            (_PATH, b"o", path),
            (_INTERFACE, b"s", interface),
            (_MEMBER, b"s", member),
            (_DESTINATION, b"s", destination),
        )
        try:
            self._send(_message(self._serial, fields, arguments))
            return self._reply(destination, member)
        except (OSError, ValueFormatError) as error:
            raise BusError(f"{member} of {destination}: {error or 'no answer'}") from error

    def authenticate(self) -> None:
        """Says who we are, which the kernel confirms; first of all."""
        try:
            self._send(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
            answer = self._line()
            if not answer.startswith(b"OK "):
                raise BusError("the bus does not let us in")
            self._send(b"BEGIN\r\n")
        except OSError as error:
            raise BusError(f"the bus does not let us in: {error}") from error

    def _line(self) -> bytes:
        # Byte by byte: what follows the line is not ours to read yet.
        line = b""
        while not line.endswith(b"\r\n"):
            if len(line) == _LINE_BYTES:
                raise BusError("the bus says too much")
            line += self._exactly(1)
        return line

    def _reply(self, destination: str, member: str) -> list[Any]:
        # The bus lets nobody answer but who was asked.
        for _ in range(_MOST_IGNORED):
            kind, fields, body = self._receive()
            if fields.get(_REPLY_SERIAL) != self._serial or kind not in (_RETURN, _ERROR):
                continue
            values = body.all(fields.get(_SIGNATURE, ""))
            if kind == _RETURN:
                return values
            said = values[0] if values and isinstance(values[0], str) else ""
            name = fields.get(_ERROR_NAME)
            raise BusError(
                f"{destination} refused {member}: {said}",
                name=name if isinstance(name, str) else "",
            )
        raise BusError(f"{member} of {destination}: others write, nobody answers")

    def _receive(self) -> tuple[int, dict[int, Any], Reader]:
        """Kind, fields and body of the next message; raises ValueFormatError, OSError."""
        start = self._exactly(_FIXED.size + 4)
        order = _ORDERS.get(start[0])
        if order is None or start[3] != 1:
            raise ValueFormatError("that is no message")
        size, _, fields_size = struct.unpack(order + "III", start[4:])
        if max(size, fields_size) > _MOST_BYTES:
            raise ValueFormatError("a message is too long")
        head = start + self._exactly((fields_size + 7) // 8 * 8)
        body = Reader(self._exactly(size), order)
        fields = dict(Reader(head[: len(start) + fields_size], order, at=_FIXED.size).fields())
        return start[1], fields, body

    def _send(self, message: bytes) -> None:
        self._stream.settimeout(self._left())
        self._stream.sendall(message)

    def _exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            self._stream.settimeout(self._left())
            part = self._stream.recv(size - len(parts))
            if not part:
                raise ConnectionResetError("the bus hung up")
            parts += part
        return bytes(parts)

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        return left


@contextlib.contextmanager
def connected(address: str = SYSTEM_BUS) -> Iterator[Connection]:
    """A connection, closed in the end. Raises BusError where there is no bus or it refuses us."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        try:
            stream.settimeout(_SECONDS)
            stream.connect(_place(address))
        except OSError as error:
            raise BusError(f"cannot reach the bus at {address}: {error}") from error
        connection = Connection(stream)
        connection.authenticate()
        connection.call(*_BUS, "Hello")
        yield connection


_BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")


def _place(address: str) -> str:
    """The socket of an address of one of the two kinds that a system's bus has."""
    transport, _, rest = address.partition(":")
    kind, _, place = rest.partition(",")[0].partition("=")
    if transport != "unix" or kind not in ("path", "abstract") or not place or "%" in place:
        raise BusError(f"{address} is no address of a bus on this machine")
    return place if kind == "path" else f"\0{place}"


def _message(
    serial: int, fields: Sequence[tuple[int, bytes, str]], arguments: Sequence[str]
) -> bytes:
    body = b""
    for argument in arguments:
        body = padded(body, 4) + text(argument)
    listed = b""
    for code, kind, value in fields:
        listed = padded(listed, 8) + bytes((code, 1)) + kind + b"\0" + text(value)
    if arguments:
        signature = b"s" * len(arguments)
        raw = bytes((len(signature),)) + signature + b"\0"
        listed = padded(listed, 8) + bytes((_SIGNATURE, 1)) + b"g\0" + raw
    start = _FIXED.pack(ord("l"), _CALL, 0, 1, len(body), serial)
    return padded(start + struct.pack("<I", len(listed)) + listed, 8) + body
