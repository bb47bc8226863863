"""Child processes that another thread can cut off."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from daemon.errors import SpeechError


class Stopped(Exception):  # noqa: N818 - no error: somebody asked for it
    """The children were told to stop."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child ended, and the last line it wrote to standard error."""

    exit_code: int
    last_line: str


class Children:
    """Runs one child at a time; `stop`, from any thread, ends it and lets no other start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self._current: subprocess.Popen[bytes] | None = None

    def run(self, argv: Sequence[str], *, text: str = "", timeout: float) -> Outcome:
        """Runs `argv` with `text` as its input; its standard output is thrown away.

        Raises SpeechError where it cannot start or takes longer than `timeout` seconds, and
        Stopped after `stop`.
        """
        process = self._spawn(argv)
        try:
            _, written = process.communicate(text.encode(), timeout=timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            process.communicate()
            raise SpeechError(f"{os.path.basename(argv[0])} does not finish") from None  # noqa: PTH119
        finally:
            with self._lock:
                self._current = None
        if self._stopped:
            raise Stopped
        lines = written.decode(errors="replace").strip().splitlines()
        return Outcome(process.returncode, lines[-1][:200] if lines else "")

    def stop(self) -> None:
        """Ends the child that runs, if any; no other starts."""
        with self._lock:
            self._stopped = True
            if self._current is not None:
                _kill(self._current)

    def _spawn(self, argv: Sequence[str]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise Stopped
            try:
                self._current = subprocess.Popen(
                    argv,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    # Out of reach of the terminal's Ctrl-C, which is ours to handle.
                    start_new_session=True,
                )
            except OSError as error:
                raise SpeechError(f"{argv[0]} cannot be run: {error.strerror}") from error
            return self._current


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
