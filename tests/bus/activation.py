"""A socket that starts a program when somebody connects, as systemd's socket units do."""

import select
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.bus.starting import Process, Start


class Activation:
    """Listens at `path` until it is closed, and ends the program then.

    The program finds the socket as descriptor 3, like systemd's first one.
    """

    def __init__(
        self,
        path: Path,
        command: Sequence[str],
        *,
        log: Path,
        environment: dict[str, str],
        start: Start,
    ) -> None:
        self._command = command
        self._log = log
        self._environment = environment
        self._start = start
        self._closing = threading.Event()
        self.process: Process | None = None
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.bind(str(path))
        self._listening.listen()
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listens no more."""
        self._closing.set()
        self._wake.close()
        if self.process is not None:
            self.process.kill()
        self._thread.join()
        self._listening.close()
        self._woken.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            ready, _, _ = select.select([self._listening, self._woken], [], [])
            if self._woken in ready:
                return
            self.process = self._start(
                self._command, self._environment, self._log, self._listening.fileno()
            )
            if self._closing.is_set():
                self.process.kill()
            self.process.wait()
