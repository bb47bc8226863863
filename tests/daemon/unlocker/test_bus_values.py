"""The unlocker reads the bus's values as the bus library writes them, and nothing else."""

import contextlib
import struct
from typing import Any

import pytest
from dbus_fast import Message, Variant
from hypothesis import given
from hypothesis import strategies as st

from daemon.unlocker.bus_values import Reader, ValueFormatError, padded, text

_MOST = 200_000
# Values of logind's types, and of some that it may come to have.
_LEAVES = st.one_of(
    st.tuples(st.just("s"), st.text(st.characters(exclude_characters="\0", codec="utf-8"))),
    st.tuples(st.just("b"), st.booleans()),
    st.tuples(st.just("y"), st.integers(0, 2**8 - 1)),
    st.tuples(st.just("n"), st.integers(-(2**15), 2**15 - 1)),
    st.tuples(st.just("q"), st.integers(0, 2**16 - 1)),
    st.tuples(st.just("i"), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.just("u"), st.integers(0, 2**32 - 1)),
    st.tuples(st.just("x"), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just("t"), st.integers(0, 2**64 - 1)),
    st.tuples(st.just("d"), st.floats(allow_nan=False)),
    st.tuples(st.just("o"), st.just("/org/freedesktop/login1/session/_32")),
    st.tuples(st.just("g"), st.just("a{sv}")),
    st.tuples(st.just("as"), st.lists(st.text("abc"), max_size=3)),
    st.tuples(st.just("(uo)"), st.just([1000, "/user/_31000"])),
    st.tuples(st.just("a(so)"), st.lists(st.just(["seat0", "/seat/seat0"]), max_size=3)),
    st.tuples(st.just("a{ss}"), st.dictionaries(st.text("abc"), st.text("abc"), max_size=3)),
)


def body_of(signature: str, values: list[Any]) -> bytes:
    """As the bus library lays them out."""
    message = Message(
        path="/a", member="A", destination="a.b", signature=signature, body=values, serial=1
    )
    raw = bytes(message._marshall(False))
    (size,) = struct.unpack_from("<I", raw, 4)
    return raw[len(raw) - size :]


def as_read(value: Any) -> Any:
    """A value of the library's as the reader gives it: structures are tuples there."""
    if isinstance(value, list) and value and isinstance(value[0], list):
        return [tuple(one) for one in value]
    return value


@given(st.dictionaries(st.text("abcXYZ", max_size=8), _LEAVES, max_size=8))
def test_what_the_library_writes_is_read(properties: dict[str, tuple[str, Any]]) -> None:
    written = {name: Variant(kind, value) for name, (kind, value) in properties.items()}
    raw = body_of("a{sv}o", [written, "/a"])
    found, path = Reader(raw, "<").all("a{sv}o")
    assert path == "/a"
    assert found == {
        name: tuple(value) if kind == "(uo)" else as_read(value)
        for name, (kind, value) in properties.items()
    }


@given(st.binary(max_size=64), st.text("ybnqiuxtdsogvah(){}", max_size=12), st.sampled_from("<>"))
def test_whatever_comes_is_read_to_its_end_or_refused(
    raw: bytes, signature: str, order: str
) -> None:
    try:
        Reader(raw, order).all(signature)
    except ValueFormatError:
        return
    assert raw or not signature


@given(st.data())
def test_a_changed_byte_is_no_other_fault(data: st.DataObject) -> None:
    written = {"Id": Variant("s", "2"), "User": Variant("(uo)", [1000, "/u"])}
    raw = bytearray(body_of("a{sv}", [written]))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ValueFormatError):
        Reader(bytes(raw), "<").all("a{sv}")


def _nested(depth: int) -> bytes:
    return b"\x01v\0" * depth + b"\x01y\0" + b"\0"


@pytest.mark.parametrize(
    ("signature", "raw"),
    [
        ("s", struct.pack("<I", 2**32 - 1)),
        ("as", struct.pack("<I", 2**32 - 1) + b"\0" * 8),
        ("s", struct.pack("<I", 1) + b"\0\0"),
        ("s", struct.pack("<I", 1) + b"\xff\0"),
        ("b", struct.pack("<I", 2)),
        ("a()", struct.pack("<I", 8) + b"\0" * 12),
        ("()", b""),
        ("(s", text("a")),
        ("a", struct.pack("<I", 0)),
        ("z", b"\0" * 8),
        ("yu", b"\1\1\0\0" + b"\0" * 4),
        ("a{s}", struct.pack("<I", 0)[:3]),
        ("a{s}", struct.pack("<II", 6, 0) + text("a")),
        ("a{ass}", struct.pack("<II", 10, 0) + struct.pack("<I", 0) + text("a")),
        ("v", b"\2ss\0" + text("a")),
        ("v", _nested(_MOST)),
        ("a" * _MOST, b""),
        ("y", b"\1\1"),
    ],
)
def test_what_is_no_value_is_refused(signature: str, raw: bytes) -> None:
    with pytest.raises(ValueFormatError):
        Reader(raw, "<").all(signature)


def test_other_machines_order_is_read() -> None:
    raw = padded(struct.pack(">I", 3) + b"ada\0", 4) + struct.pack(">I", 1)
    assert Reader(raw, ">").all("sb") == ["ada", True]


def test_a_text_with_a_nul_is_not_written() -> None:
    with pytest.raises(ValueFormatError):
        text("a\0b")
