"""One end of the connection between service and camera worker: numbers out, numbers checked in."""

import array
import socket
from contextlib import suppress

from daemon.camera.frame_message import MessageError
from daemon.camera.protocol import LARGEST, FromService, FromWorker, pack

_MOST_DESCRIPTORS = 1
_DESCRIPTOR_BYTES = array.array("i").itemsize


class Numbers:
    """That messages come one after the other, none twice, none left out."""

    def __init__(self) -> None:
        self._next = 0

    def check(self, number: int) -> None:
        """Raises MessageError for any number but the next."""
        if number != self._next:
            raise MessageError(f"message {number} came where {self._next} was due")
        self._next = (self._next + 1) & 0xFFFF_FFFF


class Sender:
    """Numbers and sends; for one thread at a time. Raises OSError, BlockingIOError where the other
    side does not read.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._number = 0

    def send(self, message: FromWorker | FromService, *, descriptor: int | None = None) -> None:
        """Sends one message, and a descriptor with it where there is one."""
        datagram = pack(message, self._number)
        if descriptor is None:
            self._connection.send(datagram)
        else:
            carried = array.array("i", [descriptor])
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, carried)
            self._connection.sendmsg([datagram], [rights])
        self._number = (self._number + 1) & 0xFFFF_FFFF


def receive(connection: socket.socket) -> tuple[bytes, int | None]:
    """One datagram and the descriptor that came with it; b"" once the other side has hung up.

    Raises OSError, and MessageError where more came than ever is sent; descriptors are closed then.
    """
    room = socket.CMSG_SPACE(_MOST_DESCRIPTORS * _DESCRIPTOR_BYTES)
    # One byte more than the largest: a longer one is cut by the kernel and must not look right.
    datagram, extra, flags, _ = connection.recvmsg(LARGEST + 1, room, socket.MSG_CMSG_CLOEXEC)
    descriptors = _descriptors(extra)
    if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC) or len(descriptors) > _MOST_DESCRIPTORS:
        close_all(descriptors)
        raise MessageError("more came than ever is sent")
    return datagram, descriptors[0] if descriptors else None


def close_all(descriptors: list[int]) -> None:
    """Closes descriptors that nobody wants."""
    for descriptor in descriptors:
        with suppress(OSError):
            socket.close(descriptor)


def _descriptors(extra: list[tuple[int, int, bytes]]) -> list[int]:
    found = array.array("i")
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            found.frombytes(data[: len(data) - len(data) % _DESCRIPTOR_BYTES])
    return list(found)
