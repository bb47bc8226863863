"""The helper's own wire format is that of D-Bus, as another library reads and writes it."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast._private.unmarshaller import Unmarshaller
from dbus_fast.unpack import unpack_variants
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.clients.pam import bus

_WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
_OPTIONS = st.dictionaries(
    _WORDS, st.one_of(_WORDS, st.booleans(), st.floats(allow_nan=False)), max_size=5
)


def _read(content: bytes) -> Message:
    import io

    message = Unmarshaller(cast(Any, io.BytesIO(content))).unmarshall()
    assert message is not None
    return message


@settings(deadline=None)
@given(_WORDS, _OPTIONS)
def test_a_call_is_read_by_another_library_as_it_was_meant(
    word: str, options: dict[str, Any]
) -> None:
    content = bus.pack_call(7, "org.example.One", "/org/example", "Do", (word, options))
    message = _read(content)
    assert (message.message_type, message.serial) == (MessageType.METHOD_CALL, 7)
    assert (message.destination, message.interface) == ("org.example.One", "org.example.One")
    assert (message.path, message.member, message.signature) == ("/org/example", "Do", "sa{sv}")
    assert message.flags.value == 2, "it must start nothing"
    assert unpack_variants(message.body) == [word, options]


@settings(deadline=None)
@given(_WORDS, st.integers(0, 2**32 - 1), _OPTIONS)
def test_what_another_library_writes_is_read(word: str, number: int, options: Any) -> None:
    packed = {
        name: Variant({float: "d", bool: "b"}.get(type(value), "s"), value)
        for name, value in options.items()
    }
    message = Message(
        message_type=MessageType.SIGNAL,
        path="/org/example",
        interface="org.example.One",
        member="Ended",
        serial=3,
        signature="usa{sv}a{sd}(dd)b",
        body=[number, word, packed, {"open": 1.5}, [0.5, 2.0], True],
    )
    found = bus.unpack(bytes(message._marshall(False)))
    assert (found.kind, found.interface, found.member) == (
        bus.SIGNAL,
        "org.example.One",
        "Ended",
    )
    assert found.body == [number, word, options, {"open": 1.5}, (0.5, 2.0), True]
    assert found.body[-1] is True


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_nonsense_is_refused(content: bytes) -> None:
    with contextlib.suppress(bus.BusError):
        bus.unpack(content)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_message_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(bus.pack_call(7, "org.example.One", "/o", "Do", ("word", {"a": 1.0})))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(bus.BusError):
        bus.unpack(bytes(content))


def test_a_text_with_a_nul_is_not_sent() -> None:
    with pytest.raises(ValueError, match="NUL"):
        bus.pack_call(1, "org.example.One", "/o", "Do", ("a\0b",))


@contextlib.contextmanager
def _listening(path: Path, answer: bytes | None) -> Iterator[None]:
    """A bus that says this and closes, or, for None, accepts and stays silent."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen(1)
    ended = threading.Event()

    def serve() -> None:
        client, _ = server.accept()
        with client:
            if answer is None:
                ended.wait()
            else:
                client.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        server.close()


@pytest.mark.parametrize(
    "answer", [None, b"", b"REJECTED\r\n", b"OK 1\r\n" + b"x" * 64, b"y" * 4096]
)
def test_a_bus_that_is_none_ends_in_time(tmp_path: Path, answer: bytes | None) -> None:
    place = tmp_path / "bus"
    with _listening(place, answer), pytest.raises(bus.BusError):
        bus.Connection(time.monotonic() + 0.3, bytes(place))


def test_no_bus_at_all(tmp_path: Path) -> None:
    with pytest.raises(bus.BusError, match="no system bus"):
        bus.Connection(time.monotonic() + 60, bytes(tmp_path / "none"))


def test_when_nobody_reads_the_lines_it_ends_at_once(tmp_path: Path) -> None:
    place, (read, write) = tmp_path / "bus", os.pipe()
    try:
        os.close(read)
        with _listening(place, None), pytest.raises(bus.BusError) as caught:
            bus.Connection(time.monotonic() + 3600, bytes(place), asker=write)
        assert "nobody waits" in str(caught.value.__cause__)
    finally:
        os.close(write)


def test_a_file_or_a_terminal_in_place_of_a_pipe_ends_nothing(tmp_path: Path) -> None:
    place = tmp_path / "bus"
    ours, theirs = os.openpty()
    try:
        for asker in (ours, os.open(tmp_path, os.O_RDONLY), 9999):
            with _listening(place, b"OK 1\r\n"), pytest.raises(bus.BusError) as caught:
                bus.Connection(time.monotonic() + 60, bytes(place), asker=asker)
            assert "nobody waits" not in str(caught.value.__cause__)
            place.unlink()
    finally:
        os.close(ours)
        os.close(theirs)
