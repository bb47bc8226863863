"""The user's own command, run when its owner arrives: no shell, a time limit, never in the way."""

import contextlib
import logging
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from daemon.sources.quiet import STANDARD_ERROR
from models.errors import UsageError

DEFAULT_TIMEOUT_SECONDS = 30.0
LONGEST_TIMEOUT_SECONDS = 3600.0
_LONGEST_COMMAND = 4096
_GRACE_SECONDS = 0.5  # between asking a process to end and ending it
_PAUSE_SECONDS = 0.02

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HookResult:
    """How one run ended. `problem` is "" for exit code 0, else one line in words."""

    name: str
    exit_code: int | None
    seconds: float
    problem: str = ""


def parse_command(command: str) -> tuple[str, ...]:
    """The argument vector of `command`, split as a shell would but run without one.

    Raises UsageError where it is empty, cannot be parsed, or names nothing executable.
    """
    if len(command) > _LONGEST_COMMAND or "\0" in command:
        raise UsageError(f"a hook is one command of at most {_LONGEST_COMMAND} characters")
    try:
        program, *arguments = shlex.split(command) or [""]
    except ValueError as error:
        raise UsageError(f"the hook cannot be parsed: {str(error).lower()}") from None
    if not program:
        raise UsageError("the hook is empty", 'give a command, such as --hook "notify-send hello"')
    found = shutil.which(program)
    if found is None:
        raise UsageError(
            f"the hook {program!r} is no program that can be run",
            "give its full path, and check its mode with: ls -l",
        )
    # Absolute, so that a later change of folder or PATH does not change what runs.
    return (os.path.abspath(found), *arguments)  # noqa: PTH100 - resolving links changes argv[0]


class Hook:
    """Runs one command on a thread of its own, one run at a time.

    The command gets the caller's environment with `FACELATCH_USER` and `FACELATCH_DISTANCE`, no
    input, and the caller's standard error for all its output, so that standard output stays ours.
    After `timeout` seconds it is ended with everything it started. `report` is called on that
    thread with each result. Raises UsageError as `parse_command` does.
    """

    def __init__(
        self,
        command: str,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        report: Callable[[HookResult], None] | None = None,
    ) -> None:
        if not 0.0 < timeout <= LONGEST_TIMEOUT_SECONDS:
            raise UsageError(
                f"a hook has more than 0 and at most {LONGEST_TIMEOUT_SECONDS:g} seconds"
            )
        self.argv = parse_command(command)
        self._timeout = timeout
        self._report = report
        self._closed = threading.Event()
        self._busy = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, name: str, distance: float) -> bool:
        """Starts the command and returns at once; False where it is still running, or closed."""
        if self._closed.is_set() or not self._busy.acquire(blocking=False):
            return False
        try:
            self._thread = threading.Thread(
                target=self._work, args=(name, distance), name="hook", daemon=True
            )
            self._thread.start()
        except RuntimeError:  # no more threads to be had
            self._busy.release()
            return False
        return True

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for a run in progress; True where none is left."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def close(self) -> None:
        """Ends a run in progress, within a second or so; nothing starts after it."""
        self._closed.set()
        self.wait(4 * _GRACE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _work(self, name: str, distance: float) -> None:
        started = time.monotonic()
        try:
            exit_code, problem = self._run(name, distance)
        finally:
            self._busy.release()
        seconds = time.monotonic() - started
        _log.debug("hook ended after %.3f s: %s", seconds, problem or "success")
        self._tell(HookResult(name, exit_code, seconds, problem))

    def _tell(self, result: HookResult) -> None:
        if self._report is None:
            return
        try:
            self._report(result)
        except Exception as error:  # the thread is ours, the report is not
            _log.error("the hook's report failed: %s", error)

    def _run(self, name: str, distance: float) -> tuple[int | None, str]:
        try:
            process = self._spawn(name, distance)
        # ValueError: a null byte in the name, which no environment can carry.
        except (OSError, ValueError) as error:
            return None, f"the hook cannot be run: {getattr(error, 'strerror', None) or error}"
        if not self._ended_in_time(process):
            _end_group(process)
            process.wait()
            stopped = self._closed.is_set()
            return None, "stopped" if stopped else f"not done after {self._timeout:g} seconds"
        return process.wait(), _describe(process.wait())

    def _spawn(self, name: str, distance: float) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "FACELATCH_USER": name,
            "FACELATCH_DISTANCE": f"{distance:.4f}",
        }
        with STANDARD_ERROR:
            return subprocess.Popen(
                self.argv,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=2,
                # A group of its own, so that what it started can be ended with it.
                start_new_session=True,
            )

    def _ended_in_time(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + self._timeout
        while not _exited(process):
            if time.monotonic() > deadline or self._closed.wait(_PAUSE_SECONDS):
                return _exited(process)
        return True


def _exited(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended. It stays unreaped, so that its group's number cannot be reused."""
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, options) is not None


def _end_group(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_SECONDS
    while not _exited(process) and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
    # Also where the leader has ended: its children may have ignored the first signal.
    _signal_group(process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _describe(exit_code: int) -> str:
    if exit_code == 0:
        return ""
    if exit_code > 0:
        return f"the hook failed with exit code {exit_code}"
    return f"the hook was ended by signal {-exit_code}"
