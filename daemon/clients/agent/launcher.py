"""Starts the windows, each a process of its own, one of each kind at a time."""

import asyncio
import sys
from collections.abc import Callable

from daemon.clients.agent.messages import Closed, Launch, Program
from daemon.clients.i18n import _

_COMMANDS = {
    Program.ENROL: ("enroll", "--window"),
    Program.TEST: ("verify", "--window"),
    Program.ACTIVITY: ("agent", "activity"),
    Program.SETTINGS: ("agent", "settings"),
    Program.HELP: ("agent", "help"),
}
_PREFIX = "facelatch: "


class Launcher:
    """`tell` hears when a window was closed, in the loop that runs `start`."""

    def __init__(self, tell: Callable[[Closed], None]) -> None:
        self._tell = tell
        self._open: dict[Program, asyncio.Task[None]] = {}

    def start(self, launch: Launch) -> None:
        """Opens a window, unless one of its kind is open."""
        if launch.program not in self._open:
            self._open[launch.program] = asyncio.ensure_future(self._run(launch))

    async def _run(self, launch: Launch) -> None:
        try:
            problem = await _outcome(command_of(launch))
        finally:
            del self._open[launch.program]
        self._tell(Closed(launch.program, problem))


def command_of(launch: Launch) -> list[str]:
    """What is run, in the Python that runs us; nothing in the current folder can get in its way."""
    # One word: an appearance may be called as an option is.
    appearance = [f"--appearance={launch.appearance}"] if launch.appearance else []
    replace = ["--replace"] if launch.replace else []
    command = _COMMANDS[launch.program]
    return [sys.executable, "-P", "-m", "daemon", *command, *appearance, *replace]


async def _outcome(command: list[str]) -> str:
    """Runs it to its end; the problem in one line, "" where there was none."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        return str(error)
    _out, written = await process.communicate()
    return problem_of(process.returncode or 0, written.decode(errors="replace"))


def problem_of(code: int, written: str) -> str:
    """What went wrong, from how a command ended. GTK's own warnings are not for the person."""
    lines = [line for line in written.splitlines() if line.startswith(_PREFIX)]
    if code < 0:
        return _("it ended unexpectedly (signal {number})").format(number=-code)
    return lines[-1].removeprefix(_PREFIX) if code and lines else ""
