"""What an X server answers about its counters; the rest needs one: tests/ui/test_idle.py."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clients.agent.x_sync import IDLE_COUNTER, counters


def _counter(number: int, name: bytes) -> bytes:
    packed = struct.pack("=IiIH", number, 0, 4, len(name)) + name
    return packed + bytes(-len(packed) % 4)


LISTED = _counter(7, b"SERVERTIME") + _counter(9, b"IDLETIME") + _counter(11, b"IDLETIME 12")


def test_counters_are_found_by_name() -> None:
    assert counters(LISTED, 3) == {b"SERVERTIME": 7, IDLE_COUNTER: 9, b"IDLETIME 12": 11}


@pytest.mark.parametrize("cut", [0, 13, 25])
def test_what_is_cut_off_is_left_out(cut: int) -> None:
    assert IDLE_COUNTER not in counters(LISTED[:cut], 3)


@given(listed=st.binary(max_size=200), count=st.integers(-(2**31), 2**31 - 1))
def test_whatever_a_server_answers_is_read_to_an_end(listed: bytes, count: int) -> None:
    assert len(counters(listed, count)) <= 64
