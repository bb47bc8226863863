"""Hostile calls without end: `python -m tests.bus.fuzz BUS SEED COUNT UID`.

Speaks the bus's own bytes (D-Bus specification, "Message Format"), because no library would send
all of them, and waits for no answer before the next call. Prints what came back, as JSON: how many
replies, how many errors by name.
"""

import contextlib
import json
import os
import random
import re
import select
import socket
import struct
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message, MessageFlag, Variant

from daemon import api

_AT_ONCE = 24
"""Below the service's own limit for one user, so that most calls are really answered."""
_STILL_DUE = 8
"""So many are, after those that came were read: each process does a few calls at a time."""
_PER_CONNECTION = 2000
_ERROR_NAME = re.compile(rb"\x04\x01s\x00(....)([A-Za-z0-9_.]+)\x00", re.DOTALL)
_REPLIES = (2, 3)

_POINTS = range(1, 0xD800)
_HUGE = 0.0001
"""A share of all texts, of which a call has a dozen: one call in six hundred brings a megabyte."""
_TEXTS = (
    *("", " ", "0", "root", "nobody", "-1", "*", "%n%s%x", "../../etc/shadow", "/dev/mem", "a\tb"),
    *("line\nbreak", "\r\n\r\n", "\x1b[31mred\x1b[0m", "\x01\x02\x7f", "\u202egnp", "\u0430da"),
    *("\ufffe\uffff", "\U0010ffff", "e\u0301" * 50, "x" * 255, "x" * 256),
    *("default", "plain", ":1.1", "FACELATCH_VERDICT=unlocked", "\nFACELATCH_VERDICT=unlocked"),
)
_OPTIONS = sorted({*api.VERIFY_OPTIONS, *api.ENROL_OPTIONS, "", "nonsense", "seconds " * 9})
_PATHS = ("/", api.OBJECT_PATH, api.OBJECT_PATH + "/x", "/org/freedesktop/DBus", "/a" * 60)
_INTERFACES = (
    *(api.INTERFACE_NAME, "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.Introspectable"),
    *("org.freedesktop.DBus.Peer", "org.freedesktop.DBus.ObjectManager", "org.freedesktop.DBus"),
    *("org.freedesktop.login1.Session", "a." + "b" * 200),
)
_MEMBERS = (
    *("Get", "GetAll", "Set", "Introspect", "Ping", "GetMachineId", "Unlock", "UnlockSession"),
    *("status", "StartVerify2", "_", "m" * 255),
)
_TYPES = (
    *("y", "b", "n", "q", "i", "u", "x", "t", "d", "s", "o", "g", "v", "h", "ay", "as", "aas"),
    *("av", "a{sv}", "a{ss}", "a{us}", "(sv)", "(s(u(d)))", "a(ss)", "a{sa{sv}}"),
)


def _whole(bits: int, *, signed: bool) -> Callable[[random.Random], int]:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return lambda chance: chance.choice((low, high, 0, 1, chance.randint(low, high)))


def _text(chance: random.Random) -> str:
    kind = chance.random()
    if kind < _HUGE:
        return "z" * 1_000_000
    if kind < 0.01:
        return "y" * 5000
    if kind < 0.7:
        return chance.choice(_TEXTS)
    return "".join(map(chr, chance.choices(_POINTS, k=chance.randrange(40))))


_BASIC: dict[str, Callable[[random.Random], Any]] = {
    "y": _whole(8, signed=False),
    "n": _whole(16, signed=True),
    "q": _whole(16, signed=False),
    "i": _whole(32, signed=True),
    "u": _whole(32, signed=False),
    "x": _whole(64, signed=True),
    "t": _whole(64, signed=False),
    "h": lambda _: 0,
    "b": lambda chance: chance.random() < 0.5,
    "d": lambda chance: chance.choice(
        (0.0, -0.0, 1.0, -1.0, 1e-300, 1e308, float("nan"), float("inf"), float("-inf"))
    ),
    "s": _text,
    "o": lambda chance: chance.choice(_PATHS),
    "g": lambda chance: chance.choice(("", "s", "a{sv}", "a" * 30 + "s")),
    "ay": lambda chance: chance.randbytes(chance.choice((0, 1, 40, 300))),
}


def value(chance: random.Random, signature: str, depth: int = 0) -> Any:
    """Any value of one complete type."""
    if signature in _BASIC:
        return _BASIC[signature](chance)
    if signature == "v":
        kinds = ("s", "u", "d", "b", "ay", "as", "v", "a{sv}") if depth < 8 else ("s",)
        kind = chance.choice(kinds)
        return Variant(kind, value(chance, kind, depth + 1))
    if signature.startswith("a{"):
        key, item = signature[2], signature[3:-1]
        names = _OPTIONS if key == "s" and chance.random() < 0.7 else None
        keys = (chance.choice(names) if names else value(chance, key) for _ in range(4))
        return {one: value(chance, item, depth + 1) for one in keys}
    if signature.startswith("a"):
        item = signature[1:]
        return [value(chance, item, depth + 1) for _ in range(chance.choice((0, 1, 3, 30)))]
    return tuple(value(chance, one, depth + 1) for one in _parts(signature[1:-1]))


def _parts(signature: str) -> list[str]:
    """The complete types that a signature is made of."""
    found, start, depth = [], 0, 0
    for place, letter in enumerate(signature):
        depth += (letter in "({") - (letter in ")}")
        if depth == 0 and letter != "a":
            found.append(signature[start : place + 1])
            start = place + 1
    return found


def call(chance: random.Random) -> Message:
    """Any call: of the contract or not, with arguments of its types or not."""
    method = chance.choice(api.INTERFACE.methods)
    types = [argument.signature for argument in method.inputs]
    path, interface, member = api.OBJECT_PATH, api.INTERFACE_NAME, method.name
    kind = chance.random()
    if kind < 0.25:
        path, interface = chance.choice(_PATHS), chance.choice(_INTERFACES)
        member = chance.choice((*_MEMBERS, member))
    if kind < 0.9:
        types = [chance.choice(_TYPES) for _ in range(chance.randrange(5))]
    body = [value(chance, one) for one in types]
    if member.startswith("Remove") and types[:1] == ["s"]:
        body[0] = "nobody"  # without its owner's template no session could be unlocked at all
    files = [os.open("/dev/null", os.O_RDONLY)] if "h" in "".join(types) else []
    flags = MessageFlag.NONE
    if chance.random() < 0.1:
        flags |= MessageFlag.NO_REPLY_EXPECTED
    if chance.random() < 0.1:
        flags |= MessageFlag.ALLOW_INTERACTIVE_AUTHORIZATION
    return Message(
        *(api.BUS_NAME, path, interface, member),
        signature="".join(types),
        body=body,
        flags=flags,
        unix_fds=files,
    )


@dataclass
class Answers:
    """What came back."""

    sent: int = 0
    replies: int = 0
    errors: Counter[str] = field(default_factory=Counter)


class Connection:
    """A connection to the bus that writes bytes, and counts what comes back."""

    def __init__(self, address: str, answers: Answers) -> None:
        self._answers = answers
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect("\0" + address.removeprefix("unix:abstract="))
        self._say(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        self._say(b"NEGOTIATE_UNIX_FD\r\n")
        self._socket.sendall(b"BEGIN\r\n")
        self._serial = 0
        self._waiting = 0
        self._buffer = b""
        bus = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")
        self.send(Message(*bus))
        self.settle()

    def _say(self, line: bytes) -> None:
        self._socket.sendall(line)
        assert self._socket.recv(4096).split()[0] in (b"OK", b"AGREE_UNIX_FD")

    def send(self, message: Message) -> None:
        """Sends, and reads while too many answers are due."""
        self._serial += 1
        message.serial = self._serial
        data = bytes(message._marshall(negotiate_unix_fd=True))
        try:
            sent = socket.send_fds(self._socket, [data], message.unix_fds)
        finally:
            for descriptor in message.unix_fds:
                os.close(descriptor)
        self._socket.sendall(data[sent:])
        self._waiting += not message.flags & MessageFlag.NO_REPLY_EXPECTED
        if self._waiting >= _AT_ONCE:
            while self._waiting > _STILL_DUE:
                self._read()

    def settle(self) -> None:
        """Until every answer is there."""
        while self._waiting:
            self._read()

    def _read(self) -> None:
        # Files that come along are dropped with the control data that is not asked for.
        received = self._socket.recv(1 << 16)
        assert received, "the bus has hung up"
        self._buffer += received
        while len(self._buffer) >= 16:
            _, kind, _, _, body, _, fields = struct.unpack_from("<4B3I", self._buffer)
            size = 16 + (fields + 7) // 8 * 8 + body
            if len(self._buffer) < size:
                return
            self._take(kind, self._buffer[: 16 + fields])
            self._buffer = self._buffer[size:]

    def _take(self, kind: int, header: bytes) -> None:
        if kind not in _REPLIES:
            return
        self._waiting -= 1
        self._answers.replies += 1
        named = _ERROR_NAME.search(header)
        if kind == 3 and named is not None:
            self._answers.errors[named.group(2).decode()] += 1

    def close(self) -> None:
        """Leaves the bus."""
        self._socket.close()


def _nonsense(address: str, chance: random.Random, good: bytes) -> None:
    """Bytes that are no message, or one that the bus forbids: it hangs up."""
    spare = Connection(address, Answers())
    raw = bytearray(good)
    for _ in range(chance.randrange(1, 9)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    with contextlib.suppress(OSError):
        spare._socket.sendall(bytes(raw))
        select.select([spare._socket], [], [], 0.0)
    spare.close()


def main(address: str, seed: int, count: int, uid: int) -> Answers:
    """As many calls of this user as that."""
    if uid != os.getuid():
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    chance, answers = random.Random(seed), Answers()
    connection = Connection(address, answers)
    for number in range(1, count + 1):
        message = call(chance)
        connection.send(message)
        answers.sent += 1
        if number % _PER_CONNECTION == 0:
            connection.settle()
            connection.close()
            good = Message(api.BUS_NAME, api.OBJECT_PATH, api.INTERFACE_NAME, "Status", serial=9)
            _nonsense(address, chance, bytes(good._marshall(negotiate_unix_fd=False)))
            connection = Connection(address, answers)
    connection.settle()
    connection.close()
    return answers


if __name__ == "__main__":
    found = main(sys.argv[1], *map(int, sys.argv[2:5]))
    told = {"sent": found.sent, "replies": found.replies, "errors": found.errors}
    sys.stdout.write(json.dumps(told) + "\n")
