"""Child processes that another thread can cut off."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from daemon.errors import SpeechError

Child = subprocess.Popen[bytes]


class Stopped(Exception):  # noqa: N818 - no error: somebody asked for it
    """The children were told to stop."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child ended, the last line it wrote to standard error, and its output if kept."""

    exit_code: int
    last_line: str
    output: bytes = b""


class Children:
    """Starts children; `stop`, from any thread, ends them all and lets no other start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self._running: set[Child] = set()

    def run(self, argv: Sequence[str], *, text: str = "", timeout: float) -> Outcome:
        """Starts `argv`, gives it `text` as its input and waits for its end: see `finish`."""
        return self.finish(self.start(argv), text=text, timeout=timeout)

    def start(self, argv: Sequence[str], *, keep_output: bool = False) -> Child:
        """A child that waits for its input; its standard output is thrown away unless kept.

        Raises SpeechError where it cannot start, and Stopped after `stop`.
        """
        with self._lock:
            if self._stopped:
                raise Stopped
            try:
                child = subprocess.Popen(
                    argv,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE if keep_output else subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    # Out of reach of the terminal's Ctrl-C, which is ours to handle.
                    start_new_session=True,
                )
            except OSError as error:
                raise SpeechError(f"{argv[0]} cannot be run: {error.strerror}") from error
            self._running.add(child)
            return child

    def finish(self, child: Child, *, text: str = "", timeout: float) -> Outcome:
        """Gives `text` to a child and waits for its end.

        Raises SpeechError where it takes longer than `timeout` seconds, and Stopped after `stop`.
        """
        try:
            output, written = child.communicate(text.encode(), timeout=timeout)
        except subprocess.TimeoutExpired:
            _kill(child)
            with contextlib.suppress(subprocess.TimeoutExpired):
                # A grandchild that fled its group may hold the pipe for ever.
                child.communicate(timeout=1.0)
            name = os.path.basename(str(_argv(child)[0]))  # noqa: PTH119
            raise SpeechError(f"{name} does not finish") from None
        finally:
            with self._lock:
                self._running.discard(child)
        if self._stopped:
            raise Stopped
        lines = written.decode(errors="replace").strip().splitlines()
        return Outcome(child.returncode, lines[-1][:200] if lines else "", output or b"")

    def discard(self, child: Child) -> None:
        """Ends a child that is no longer needed."""
        _kill(child)
        with contextlib.suppress(SpeechError, Stopped):
            self.finish(child, timeout=1.0)

    def stop(self) -> None:
        """Ends all children; no other starts."""
        with self._lock:
            self._stopped = True
            for child in self._running:
                _kill(child)


def _argv(child: Child) -> Sequence[str]:
    return child.args  # type: ignore[return-value]


def _kill(process: Child) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
