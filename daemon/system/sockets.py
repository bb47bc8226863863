"""Sockets between our own processes: what systemd handed over, and who is at the other end."""

import os
import socket
import struct

_FIRST = 3
_CREDENTIALS = struct.Struct("3i")


def handed_over() -> socket.socket | None:
    """The one socket that systemd handed over (sd_listen_fds(3)); None where it was not systemd."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        return None
    return socket.socket(fileno=_FIRST)


def peer_of(connection: socket.socket) -> int:
    """The uid at the other end, as the kernel knows it (SO_PEERCRED, unix(7))."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(raw)[1])
