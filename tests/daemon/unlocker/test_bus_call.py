"""Calls to a bus that answers as it likes: a value, or BusError."""

import socket
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant
from hypothesis import given
from hypothesis import strategies as st

from daemon.errors import BusError, UnlockError
from daemon.unlocker.bus_call import Connection, connected
from daemon.unlocker.logind_now import LogindNow
from tests.daemon.sessions import LOCKED

Answer = Callable[[int], bytes]
"""The bytes with which the bus answers the call of a serial number."""


def reply(serial: int, signature: str = "", *values: Any, kind: str = "METHOD_RETURN") -> bytes:
    """A message as the bus library lays it out."""
    message = Message(
        message_type=MessageType[kind],
        reply_serial=serial,
        serial=7,
        sender=":1.5",
        signature=signature,
        body=list(values),
        error_name="a.b.No" if kind == "ERROR" else None,
    )
    return bytes(message._marshall(False))


def signal(*_: object) -> bytes:
    message = Message(
        message_type=MessageType.SIGNAL,
        serial=3,
        path="/a",
        interface="a.b",
        member="NameAcquired",
        signature="s",
        body=[":1.9"],
    )
    return bytes(message._marshall(False))


def call(*answers: Answer) -> list[list[Any]]:
    """What calls return, one after the other, that a bus answers so; it hangs up after them."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(ours)
        for serial, answer in enumerate(answers, 1):
            theirs.sendall(answer(serial))
        theirs.shutdown(socket.SHUT_WR)
        return [connection.call("a.b", "/a", "a.b", "Do", "x") for _ in answers]


def test_the_answer_to_a_call_is_its_own() -> None:
    answers: tuple[Answer, ...] = (
        lambda n: signal() + reply(n + 1, "s", "another's") + reply(n, "so", "yes", "/a"),
        reply,
    )
    assert call(*answers) == [["yes", "/a"], []]


def test_an_error_says_what_it_is() -> None:
    with pytest.raises(BusError, match="refused Do: not for you") as caught:
        call(lambda n: reply(n, "s", "not for you", kind="ERROR"))
    assert caught.value.name == "a.b.No"


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: b"",
        lambda n: reply(n)[:-1],
        lambda n: b"x" + reply(n)[1:],
        lambda n: reply(n)[:3] + b"\2" + reply(n)[4:],
        lambda n: reply(n)[:4] + struct.pack("<I", 2**32 - 1) + reply(n)[8:],
        lambda n: reply(n)[:12] + struct.pack("<I", 2**31) + reply(n)[16:],
        lambda _: signal() * 1000,
    ],
)
def test_anything_else_is_a_fault_of_the_bus(answer: Answer) -> None:
    with pytest.raises(BusError):
        call(answer)


@given(st.binary(max_size=200))
def test_whatever_the_bus_says_is_no_other_fault(raw: bytes) -> None:
    with pytest.raises(BusError):
        call(lambda _: raw)


@given(st.data())
def test_a_changed_byte_is_an_answer_or_a_fault_of_the_bus(data: st.DataObject) -> None:
    raw = bytearray(reply(1, "a{sv}", {"Id": Variant("s", "2"), "Active": Variant("b", True)}))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BusError):
        call(lambda _: bytes(raw))


@pytest.mark.parametrize(
    "address",
    ["", "unix:", "unix:path=", "tcp:host=localhost", "unix:path=/run/%41", "unix:dir=/run"],
)
def test_only_a_bus_of_this_machine_is_asked(address: str) -> None:
    with pytest.raises(BusError, match="no address"), connected(address):
        pass


@contextmanager
def bus(folder: Path, *said: bytes) -> Iterator[str]:
    """The address of a bus that says these things, and hears who asks to the end."""
    path = folder / "bus"

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, suppress(ConnectionResetError):
            connection.sendall(b"".join(said))
            while connection.recv(4096):
                pass

    with socket.socket(socket.AF_UNIX) as listening, ThreadPoolExecutor(1) as pool:
        listening.bind(str(path))
        listening.listen()
        serving = pool.submit(serve)
        yield f"unix:path={path}"
        serving.result()


_IN = b"OK 00\r\n"


def test_who_is_not_let_in_unlocks_nothing(tmp_path: Path) -> None:
    refusing = bus(tmp_path, b"REJECTED EXTERNAL\r\n")
    with refusing as address, pytest.raises(UnlockError, match="does not let us in"):
        LogindNow(address).unlock("2")


def test_a_bus_that_never_ends_its_line_is_left(tmp_path: Path) -> None:
    with bus(tmp_path, b"OK " + b"0" * 4000) as address:
        assert LogindNow(address).read("2") is None


def test_without_a_bus_no_session_is_known(tmp_path: Path) -> None:
    assert LogindNow(f"unix:path={tmp_path}/none").read("2") is None


@pytest.mark.parametrize("name", ["Id", "Class", "Active", "User", "Seat"])
def test_a_session_that_lacks_something_is_none(tmp_path: Path, name: str) -> None:
    values = {
        "Id": Variant("s", "2"),
        "Name": Variant("s", LOCKED.username),
        "Type": Variant("s", LOCKED.kind),
        "Class": Variant("s", LOCKED.session_class),
        "Active": Variant("b", True),
        "Remote": Variant("b", False),
        "LockedHint": Variant("b", True),
        "IdleHint": Variant("b", False),
        "User": Variant("(uo)", [LOCKED.uid, "/u"]),
        "Seat": Variant("(so)", ["seat0", "/s"]),
    }
    for left_out in (None, name):
        told = {key: value for key, value in values.items() if key != left_out}
        folder = tmp_path / str(left_out)
        folder.mkdir()
        hello, found = reply(1, "s", ":1.9"), reply(2, "o", "/session")
        with bus(folder, _IN, hello, found, reply(3, "a{sv}", told)) as address:
            read = LogindNow(address).read("2")
        assert (read is None) == (left_out is not None)
