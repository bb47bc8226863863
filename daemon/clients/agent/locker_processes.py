"""Whether a locker runs that tells nobody, such as i3lock or swaylock: by its program and process.

The kernel tells when such a program is opened, and when its process ends: nothing is asked in
between. Whoever runs another program under such a name says that their own session is locked, which
any of their programs may tell logind; it is believed only to lock more.
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

from daemon.clients.agent import file_events

PROGRAMS = ("i3lock", "swaylock", "hyprlock", "gtklock", "waylock", "slock", "xsecurelock")
"""Lockers that run while it is locked and no longer; xscreensaver is a daemon, and runs always."""
LOOKS = (0.3, 1.5, 4.0)
"""Seconds after the program was opened: it may fork first, or fetch a picture."""
_PROC = Path("/proc")


class LockerProcesses:
    """Follows lockers of `session` ("" where it is not known), of the agent's own user.

    `hint` is told whether one runs, where that changes.
    """

    def __init__(
        self,
        session: str,
        hint: Callable[[bool], Awaitable[None]],
        *,
        programs: Iterable[str] = PROGRAMS,
        proc: Path = _PROC,
        looks: tuple[float, ...] = LOOKS,
    ) -> None:
        self._session = session
        self._hint = hint
        self._programs = {name: path for name in programs if (path := _program(name)) is not None}
        self._proc = proc
        self._looks = looks
        self._opened = asyncio.Event()

    async def run(self) -> None:
        """Follows until it is cancelled; ends at once where no such locker is installed."""
        if not self._programs:
            return
        loop = asyncio.get_running_loop()
        descriptor = file_events.watching(self._programs.values(), file_events.OPEN)
        loop.add_reader(descriptor, self._take, descriptor)
        try:
            # One may run already.
            await self._follow()
            while await self._opened.wait():
                self._opened.clear()
                for seconds in self._looks:
                    await asyncio.sleep(seconds)
                    if await self._follow():
                        break
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)

    async def _follow(self) -> bool:
        """Whether there was one; returns when all have ended."""
        found = False
        while handles := list(self._running()):
            try:
                if not found:
                    await self._hint(True)
                found = True
                for handle in handles:
                    await _ended(handle)
            finally:
                for handle in handles:
                    os.close(handle)
        if found:
            await self._hint(False)
        return found

    def _take(self, descriptor: int) -> None:
        with contextlib.suppress(OSError):
            os.read(descriptor, 65536)
        self._opened.set()

    def _running(self) -> Iterator[int]:
        """A descriptor of each locker's process."""
        for entry in self._proc.iterdir():
            if entry.name.isdecimal() and self._is_locker(entry):
                with contextlib.suppress(OSError):
                    yield os.pidfd_open(int(entry.name))

    def _is_locker(self, entry: Path) -> bool:
        try:
            if entry.stat().st_uid != os.getuid():
                return False
            if (entry / "comm").read_text().strip() not in self._programs:
                return False
            return not self._session or _session_of(entry) in (self._session, "")
        except (OSError, UnicodeDecodeError):
            return False


def _program(name: str) -> Path | None:
    found = shutil.which(name)
    return None if found is None else Path(found).resolve()


def _session_of(entry: Path) -> str:
    """The session that a process was told it is in, "" where it was told none."""
    for assignment in (entry / "environ").read_bytes().split(b"\0"):
        if assignment.startswith(b"XDG_SESSION_ID="):
            return assignment.partition(b"=")[2].decode()
    return ""


async def _ended(process: int) -> None:
    """Waits for the end of a process, by its descriptor."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process)
