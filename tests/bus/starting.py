"""Starts the daemon's processes: each in a Python of its own, as systemd does."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

_TAKE_OVER = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&{}'
"""For bash; see sd_listen_fds(3)."""


class Process(Protocol):
    """As `subprocess.Popen` has it."""

    pid: int

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; raises TimeoutExpired after `timeout` seconds."""
        ...

    def send_signal(self, number: int) -> None:
        """Nothing once it has ended."""
        ...

    def kill(self) -> None:
        """By SIGKILL."""
        ...


class Start(Protocol):
    """Starts `python -m command...` whose output goes to the end of the file `log`."""

    def __call__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        listening: int | None = None,
        python: str = sys.executable,
    ) -> Process:
        """With `listening` it finds that descriptor as number 3, like systemd's first socket."""
        ...


def start_python(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    listening: int | None = None,
    python: str = sys.executable,
) -> Process:
    """In an interpreter of its own. See `Start`."""
    words = [python, "-m", *command]
    if listening is not None:
        # Popen keeps a descriptor by its number only.
        words = ["bash", "-c", _TAKE_OVER.format(listening), "bash", *words]
    with log.open("ab") as written:
        return subprocess.Popen(
            words,
            env=dict(environment),
            pass_fds=() if listening is None else (listening,),
            stdout=written,
            stderr=written,
        )


def as_systemd_hands_over() -> dict[str, str]:
    """What a process that finds its socket as descriptor 3 has in its environment."""
    return {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
