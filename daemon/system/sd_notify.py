"""What systemd wants to hear of a service: ready, alive, stopping. See sd_notify(3)."""

import contextlib
import os
import socket
from collections.abc import Mapping


class Notifier:
    """Talks to systemd where the environment names its socket; elsewhere it says nothing."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self.watchdog_seconds = _watchdog_seconds(environment)
        """How often systemd wants to hear from this process at least; None where it does not."""

    def ready(self, status: str) -> None:
        """The service answers from now on."""
        self._send(f"READY=1\nSTATUS={_line(status)}")

    def alive(self) -> None:
        """Feeds the watchdog."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The service ends."""
        self._send("STOPPING=1\nSTATUS=stopping")

    def _send(self, text: str) -> None:
        if not self._address.startswith(("/", "@")):
            return
        # An abstract socket is written with @ and starts with a zero byte.
        address = self._address.replace("@", "\0", 1) if self._address[0] == "@" else self._address
        # A systemd that does not listen must not end the service.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender,
        ):
            sender.setblocking(False)
            sender.sendto(text.encode(), address)


def _watchdog_seconds(environment: Mapping[str, str]) -> float | None:
    try:
        seconds = int(environment["WATCHDOG_USEC"]) / 1e6
        process = int(environment.get("WATCHDOG_PID", os.getpid()))
    except (KeyError, ValueError):
        return None
    return seconds if seconds > 0 and process == os.getpid() else None


def _line(text: str) -> str:
    return " ".join(text.split())
