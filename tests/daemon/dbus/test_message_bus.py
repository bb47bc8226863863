"""A socket that is full for a while."""

import os
import socket
from array import array
from collections.abc import Iterator

import pytest

from daemon.dbus.message_bus import PatientSocket

Pair = tuple[PatientSocket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two ends; the first does not block."""
    near, far = socket.socketpair()
    with PatientSocket(fileno=near.detach()) as patient, far:
        patient.setblocking(False)
        yield patient, far


def _fill(near: PatientSocket) -> int:
    taken = 0
    while sent := near.send(bytes(4096)):
        taken += sent
    return taken


def _drain(far: socket.socket, count: int) -> None:
    while count:
        count -= len(far.recv(count))


def test_a_full_socket_takes_nothing_and_later_takes_more(pair: Pair) -> None:
    near, far = pair
    taken = _fill(near)
    assert taken > 0
    assert near.send(b"more") == 0
    _drain(far, taken)
    assert near.send(b"more") == 4
    assert far.recv(16) == b"more"


def test_a_descriptor_that_a_full_socket_does_not_take_goes_with_the_next_bytes(pair: Pair) -> None:
    near, far = pair
    taken = _fill(near)
    with open(os.devnull, "rb") as null:  # noqa: PTH123
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [null.fileno()]))
        assert near.sendmsg([b"reply"], [rights]) == 0
        _drain(far, taken)
        assert near.send(b"reply") == 5
        assert near.send(b"next") == 4
        content, descriptors, _, _ = socket.recv_fds(far, 5, 4)
        assert content == b"reply"
        (received,) = descriptors
        assert os.path.sameopenfile(received, null.fileno())
        os.close(received)
    assert socket.recv_fds(far, 16, 4)[:2] == (b"next", [])


def test_a_socket_whose_other_end_has_gone_says_so(pair: Pair) -> None:
    near, far = pair
    far.close()
    with pytest.raises(BrokenPipeError):
        near.send(b"anybody?")
