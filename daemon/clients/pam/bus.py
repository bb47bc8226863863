"""The system bus in as few lines as a helper needs that must start in a few milliseconds.

Blocking; the wire format of the D-Bus Specification 0.43, little-endian, of the types that the
service sends. Everything that arrives is bounded and checked.
"""

import os
import select
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence

SYSTEM_BUS = b"/run/dbus/system_bus_socket"
DBUS = "org.freedesktop.DBus"
_DBUS_PATH = "/org/freedesktop/DBus"
_PEER = "org.freedesktop.DBus.Peer"

METHOD_CALL, METHOD_RETURN, ERROR, SIGNAL = 1, 2, 3, 4
_NO_AUTO_START = 2
_MOST = 1 << 20
"""Bytes of a message that are read; those of the service have some hundred."""
_DEEPEST = 16
_PATH, _INTERFACE, _MEMBER, _ERROR_NAME, _REPLY_SERIAL, _DESTINATION, _SENDER, _SIGNATURE = range(
    1, 9
)
_FIXED = {"y": "<B", "b": "<I", "i": "<i", "u": "<I", "x": "<q", "t": "<Q", "d": "<d", "h": "<I"}
_ALIGNED = {"y": 1, "b": 4, "i": 4, "u": 4, "x": 8, "t": 8, "d": 8, "h": 4}
_ALIGNED |= {"s": 4, "o": 4, "g": 1, "v": 1, "a": 4, "(": 8, "{": 8}


class BusError(Exception):
    """There is no bus, it says nonsense, or nothing in time."""


class Message:
    """One that arrived: its kind, its header fields by number, its body."""

    __slots__ = ("body", "fields", "kind")

    def __init__(self, kind: int, fields: dict[int, object], body: list[object]) -> None:
        self.kind = kind
        self.fields = fields
        self.body = body

    @property
    def member(self) -> object:
        """The name of a signal."""
        return self.fields.get(_MEMBER)

    @property
    def interface(self) -> object:
        """Of a signal."""
        return self.fields.get(_INTERFACE)

    @property
    def sender(self) -> object:
        """The unique name of who sent it, by the bus's word."""
        return self.fields.get(_SENDER)

    @property
    def error(self) -> object:
        """The name of an error."""
        return self.fields.get(_ERROR_NAME)


class Connection:
    """One connection. `deadline`, of time.monotonic, holds for all that is asked of it; whatever
    is not there by then raises BusError. `asker` is a pipe to whoever wants the answer: when nobody
    reads it any more, that is BusError too.
    """

    def __init__(
        self, deadline: float, address: bytes = SYSTEM_BUS, *, asker: int | None = None
    ) -> None:
        self._deadline = deadline
        self._asker = asker
        self._serial = 0
        self._received = b""
        self._waiting: list[Message] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(self._left())
            self._socket.connect(address)
            self._authenticate()
            self.call(DBUS, _DBUS_PATH, "Hello")
        except (OSError, BusError) as error:
            self.close()
            raise BusError("there is no system bus") from error

    def close(self) -> None:
        """Leaves the bus; what was asked for ends."""
        self._socket.close()

    def owner(self, name: str) -> str:
        """The unique name of who owns `name`, of whose end `signal` tells; "" for nobody."""
        rule = f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{name}'"
        self.call(DBUS, _DBUS_PATH, "AddMatch", rule)
        reply = self.call(DBUS, _DBUS_PATH, "GetNameOwner", name)
        return str(reply.body[0]) if reply.kind == METHOD_RETURN and reply.body else ""

    def ping(self, name: str, path: str, *, sender: str, seconds: float) -> None:
        """Raises BusError where `sender` does not answer in so many seconds whatever it is asked:
        it hangs.
        """
        deadline = self._deadline
        self._deadline = min(deadline, time.monotonic() + seconds)
        try:
            self.call(name, path, "Ping", sender=sender, interface=_PEER)
        finally:
            self._deadline = deadline

    def call(
        self,
        name: str,
        path: str,
        member: str,
        *values: object,
        sender: str = DBUS,
        interface: str = "",
    ) -> Message:
        """The answer, or the error, of `sender`; never starts a service that is not there.

        `name` is that of the service, and of its interface where no other is named.
        """
        self._serial += 1
        serial = self._serial
        self._send(pack_call(serial, name, path, member, values, interface=interface))
        return self._wait(
            lambda one: (
                one.kind in (METHOD_RETURN, ERROR)
                and one.fields.get(_REPLY_SERIAL) == serial
                and one.sender in (sender, DBUS)
            )
        )

    def signal(self, wanted: Callable[[Message], bool]) -> Message:
        """The next signal that is wanted."""
        return self._wait(lambda one: one.kind == SIGNAL and wanted(one))

    def _wait(self, wanted: Callable[[Message], bool]) -> Message:
        """What else arrives waits: the end of an attempt may come before the answer is read."""
        while True:
            for message in self._waiting:
                if wanted(message):
                    self._waiting.remove(message)
                    return message
            if len(self._waiting) > 256:
                raise BusError("the bus says too much")
            self._waiting.append(self._read_message())

    def _authenticate(self) -> None:
        identity = str(os.geteuid()).encode().hex().encode()
        self._send(b"\0AUTH EXTERNAL " + identity + b"\r\n")
        while b"\r\n" not in self._received and len(self._received) < 1024:
            self._receive()
        line, _, self._received = self._received.partition(b"\r\n")
        if not line.startswith(b"OK "):
            raise BusError("the bus does not let us in")
        self._send(b"BEGIN\r\n")

    def _read_message(self) -> Message:
        head = self._take(16)
        total = _total(head)
        return unpack(head + self._take(total - 16))

    def _take(self, size: int) -> bytes:
        while len(self._received) < size:
            self._receive()
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def _receive(self) -> None:
        try:
            self._wait_for_content()
            self._socket.settimeout(self._left())
            part = self._socket.recv(65536)
        except OSError as error:
            raise BusError("there is no answer in time") from error
        if not part:
            raise BusError("the bus has gone")
        self._received += part

    def _wait_for_content(self) -> None:
        if self._asker is None:
            return
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        waiting.register(self._asker, 0)
        for descriptor, event in waiting.poll(self._left() * 1e3):
            if descriptor == self._asker and event & (select.POLLERR | select.POLLHUP):
                raise BusError("nobody waits for an answer")

    def _send(self, content: bytes) -> None:
        try:
            self._socket.settimeout(self._left())
            self._socket.sendall(content)
        except OSError as error:
            raise BusError("the bus has gone") from error

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise BusError("there is no answer in time")
        return left


def pack_call(
    serial: int,
    name: str,
    path: str,
    member: str,
    values: Sequence[object],
    *,
    interface: str = "",
) -> bytes:
    """A method call. `values` are strings, and dictionaries of strings, floats and truth values for
    a{sv}.
    """
    signature, body = "", b""
    for value in values:
        body += _padding(body, 4)
        body += _options(value, len(body)) if isinstance(value, dict) else _text(str(value))
        signature += "a{sv}" if isinstance(value, dict) else "s"
    fields = b""
    for number, text in (
        (_PATH, path),
        (_INTERFACE, interface or name),
        (_MEMBER, member),
        (_DESTINATION, name),
    ):
        kind = b"o" if number == _PATH else b"s"
        fields += _padding(fields, 8) + bytes((number, 1)) + kind + b"\0" + _text(text)
    if signature:
        fields += _padding(fields, 8) + bytes((_SIGNATURE, 1)) + b"g\0" + _signature(signature)
    numbers = (len(body), serial, len(fields))
    head = struct.pack("<cBBBIII", b"l", METHOD_CALL, _NO_AUTO_START, 1, *numbers) + fields
    return head + _padding(head, 8) + body


def _options(values: Mapping[str, object], at: int) -> bytes:
    """a{sv} that begins at `at`, of strings, floats and truth values."""
    start = at + 4
    start += -start % 8
    inner = b""
    for key, value in values.items():
        inner += _padding(inner, 8) + _text(key)
        if isinstance(value, float):
            inner += _signature("d")
            inner += _padding(inner, 8) + struct.pack("<d", value)
        elif isinstance(value, bool):
            inner += _signature("b")
            inner += _padding(inner, 4) + struct.pack("<I", value)
        else:
            inner += _signature("s")
            inner += _padding(inner, 4) + _text(str(value))
    return struct.pack("<I", len(inner)) + bytes(start - at - 4) + inner


def _text(text: str) -> bytes:
    encoded = text.encode()
    if b"\0" in encoded:
        raise ValueError("a text of the bus has no NUL")
    return struct.pack("<I", len(encoded)) + encoded + b"\0"


def _signature(text: str) -> bytes:
    return bytes((len(text),)) + text.encode() + b"\0"


def _padding(content: bytes, size: int) -> bytes:
    return bytes(-len(content) % size)


def _total(head: bytes) -> int:
    """Bytes of the message that begins with these sixteen."""
    if head[:1] != b"l" or head[3] != 1:
        raise BusError("the bus says nonsense")
    body, fields = struct.unpack_from("<I4xI", head, 4)
    total = 16 + int(fields) + -int(fields) % 8 + int(body)
    if total > _MOST:
        raise BusError("the bus says too much")
    return total


def unpack(content: bytes) -> Message:
    """The message that `content` is; raises BusError for anything else."""
    try:
        if len(content) < 16 or _total(content) != len(content):
            raise BusError("the bus says nonsense")
        reader = _Reader(content, 12)
        found = reader.value("a(yv)")
        fields = {int(number): value for number, value in found}  # type: ignore[attr-defined]
        reader.align(8)
        signature = str(fields.get(_SIGNATURE, ""))
        body = reader.values(signature)
        return Message(content[1], fields, body)
    except (struct.error, IndexError, ValueError, TypeError, RecursionError) as error:
        raise BusError("the bus says nonsense") from error


class _Reader:
    """Reads values one after the other; raises ValueError, IndexError or struct.error."""

    def __init__(self, content: bytes, at: int) -> None:
        self._content = content
        self._at = at

    def align(self, size: int) -> None:
        self._at += -self._at % size

    def values(self, signature: str, depth: int = 0) -> list[object]:
        found = []
        while signature:
            first, signature = _split(signature)
            found.append(self.value(first, depth))
        return found

    def value(self, kind: str, depth: int = 0) -> object:
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        code = kind[0]
        self.align(_ALIGNED[code])
        if code == "b":
            return self._fixed("<I") == 1
        if code in _FIXED:
            return self._fixed(_FIXED[code])
        if code in "sog":
            return self._string(long=code != "g")
        if code == "v":
            (inner,) = _all(self._string(long=False))
            return self.value(inner, depth + 1)
        if code == "a":
            return self._array(kind[1:], depth)
        return tuple(self.values(kind[1:-1], depth + 1))

    def _fixed(self, form: str) -> int | float:
        (value,) = struct.unpack_from(form, self._content, self._at)
        self._at += struct.calcsize(form)
        number: int | float = value
        return number

    def _string(self, *, long: bool) -> str:
        size = int(self._fixed("<I" if long else "<B"))
        end = self._at + size
        if end >= len(self._content) or self._content[end]:
            raise ValueError("a text has no end")
        text = self._content[self._at : end].decode()
        self._at = end + 1
        return text

    def _array(self, kind: str, depth: int) -> object:
        size = int(self._fixed("<I"))
        self.align(_ALIGNED[kind[0]])
        end = self._at + size
        if end > len(self._content):
            raise ValueError("an array has no end")
        found = []
        while self._at < end:
            before = self._at
            found.append(self.value(kind, depth + 1))
            if self._at == before:
                raise ValueError("an array of nothing")
        if kind[0] == "{":
            return dict(found)  # type: ignore[arg-type]
        return found


def _all(signature: str) -> list[str]:
    found = []
    while signature:
        first, signature = _split(signature)
        found.append(first)
    return found


def _split(signature: str) -> tuple[str, str]:
    """The first complete type, and the rest."""
    code = signature[0]
    if code == "a":
        inner, rest = _split(signature[1:])
        return "a" + inner, rest
    if code in "({":
        depth = 0
        for index, one in enumerate(signature):
            depth += (one in "({") - (one in ")}")
            if not depth:
                return signature[: index + 1], signature[index + 1 :]
        raise ValueError("a type has no end")
    if code not in _ALIGNED:
        raise ValueError("an unknown type")
    return code, signature[1:]
