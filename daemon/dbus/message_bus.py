"""dbus-fast's connection, on a socket that may be full for a while.

The writer of dbus-fast 5.2 takes a full socket for the end of the connection (python-dbus-next's
issue 153): whoever calls fast enough while the bus is slow to read would end the service. But it
waits where a socket takes fewer bytes than it was given; so ours takes none.
"""

import socket
from collections.abc import Iterable
from io import BufferedRWPair
from typing import Any

from dbus_fast.aio import MessageBus

Ancillary = Iterable[tuple[int, int, Any]]
"""Level, type and data each, as `socket.sendmsg` takes them."""


class PatientSocket(socket.socket):
    """A socket that does not block; full, it takes 0 bytes instead of raising BlockingIOError."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._ancillary: Ancillary = ()

    def send(self, data: Any, flags: int = 0, /) -> int:
        """Bytes taken, from 0; with what a `sendmsg` before could not send beside its bytes."""
        try:
            sent = super().sendmsg([data], self._ancillary, flags)
        except BlockingIOError:
            return 0
        self._ancillary = ()
        return sent

    def sendmsg(
        self, buffers: Any, ancillary: Ancillary = (), flags: int = 0, address: Any = None, /
    ) -> int:
        """Bytes taken, from 0: `ancillary` then goes with the next bytes of `send`."""
        try:
            return super().sendmsg(buffers, ancillary, flags, address)
        except BlockingIOError:
            self._ancillary = list(ancillary)
            return 0


class PatientMessageBus(MessageBus):
    """A connection that waits while the bus does not read."""

    @staticmethod
    def _create_socket_for_transport(
        transport: str, options: dict[str, str]
    ) -> tuple[socket.socket, BufferedRWPair, bytes | str | tuple[str, int]]:
        made, stream, address = MessageBus._create_socket_for_transport(transport, options)
        stream.close()
        patient = PatientSocket(fileno=made.detach())
        return patient, patient.makefile("rwb"), address
