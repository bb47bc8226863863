"""What outlives the process, in the service's folder: failed attempts, switches, pauses, cameras,
the history.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daemon.config import Attempts
from daemon.policy.lockout import LockoutLedger, Moment
from daemon.state.camera_record import CameraRecord
from daemon.state.history import History
from daemon.state.known_cameras import KnownCameras
from daemon.state.pauses import Pauses
from daemon.state.user_switches import Switches
from enroll.errors import StoreError
from enroll.store.private_folder import PrivateFolder
from models.errors import UsageError

_ATTEMPTS, _SWITCHES, _HISTORY = "attempts.json", "switches.json", "history.json"
_PAUSES = "pauses.json"
_CAMERAS = "cameras.json"
_LARGEST = 64 * 1024 * 1024
_HISTORY_SECONDS = 1.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_UNKNOWN_BOOT = "0"

Warn = Callable[[str], None]


def now() -> Moment:
    """This moment. The unit says which boot this is: a confined service does not see it itself."""
    return Moment(_boot(), time.clock_gettime(time.CLOCK_BOOTTIME), time.time())


def _boot() -> str:
    told = os.environ.get("FACELATCH_BOOT_ID", "")
    try:
        text = told or _BOOT_ID.read_text(encoding="ascii").strip()
        Moment(text, 0.0, 0.0)
    # Of an unknown boot a pause ends by the clock since boot, or not before it has gone by anew.
    except (OSError, UnicodeDecodeError, UsageError):
        return _UNKNOWN_BOOT
    return text


class StateFile:
    """One file of plain data. Writes one after the other, in a thread, the newest wins.

    `patience` is how long news may wait for more of them, in seconds; `warn` is told of every
    problem once.
    """

    def __init__(self, folder: Path, name: str, *, warn: Warn, patience: float = 0.0) -> None:
        self._folder = folder
        self._name = name
        self._warn = warn
        self._patience = patience
        self._next: Callable[[], Any] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self.problem = ""
        """Why the last write failed, "" where it did not."""

    def read(self) -> object:
        """The data: None where there is no file, a word where it is no JSON.

        Raises StoreError where the folder or the file is not ours alone, or cannot be read.
        """
        try:
            with PrivateFolder(self._folder, create=True) as folder:
                data: object = json.loads(folder.read(self._name, most=_LARGEST))
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError):
            return "damaged"
        return data

    def keep(self, data: Callable[[], Any]) -> None:
        """Writes soon what `data` gives then."""
        self._next = data
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def done(self) -> None:
        """Waits until what was kept is on the disk, or `problem` says why it is not."""
        self._hurry.set()
        while self._writing is not None:
            await asyncio.shield(self._writing)

    async def _write(self) -> None:
        try:
            while self._next is not None:
                await self._rest()
                data, self._next = self._next, None
                content = json.dumps(data(), allow_nan=False).encode()
                before, self.problem = self.problem, await asyncio.to_thread(self._replace, content)
                if self.problem not in ("", before):
                    self._warn(self.problem)
        finally:
            self._writing = None

    async def _rest(self) -> None:
        if self._patience > 0.0:
            try:
                await asyncio.wait_for(self._hurry.wait(), self._patience)
            except TimeoutError:
                return

    def _replace(self, content: bytes) -> str:
        try:
            with PrivateFolder(self._folder, create=True) as folder:
                folder.replace(self._name, content)
        except (StoreError, OSError) as error:
            return f"what should outlive the service cannot be written down: {error}"
        return ""


class Records:
    """What is remembered, and where it is kept.

    `warn` is told what is wrong with the files. Raises StoreError where the folder, or a file that
    guards something, is not ours alone.
    """

    def __init__(self, folder: Path, limits: Attempts, *, warn: Warn) -> None:
        self._attempts = StateFile(folder, _ATTEMPTS, warn=warn)
        self._switches = StateFile(folder, _SWITCHES, warn=warn)
        self._pauses = StateFile(folder, _PAUSES, warn=warn)
        self._history = StateFile(folder, _HISTORY, warn=warn, patience=_HISTORY_SECONDS)
        self.lockout, attempts = LockoutLedger.restore(limits, self._attempts.read(), now())
        self.switches, switches = Switches.restore(self._switches.read())
        self.pauses, pauses = Pauses.restore(self._pauses.read(), time.time())
        self._cameras = StateFile(folder, _CAMERAS, warn=warn)
        record, cameras = CameraRecord.restore(self._cameras.read(), _boot())
        self.cameras = KnownCameras(record, self.keep_cameras)
        self.history, history = _restored_history(self._history)
        for problem in filter(None, (attempts, switches, pauses, cameras, history)):
            warn(problem)

    def keep_attempts(self) -> None:
        """Writes the failed attempts down soon."""
        self._attempts.keep(self.lockout.to_dict)

    def keep_history(self) -> None:
        """Writes the history down soon."""
        self._history.keep(self.history.to_dict)

    def keep_pauses(self) -> None:
        """Writes down soon who paused."""
        self._pauses.keep(self.pauses.to_dict)

    def keep_switches(self) -> None:
        """Writes the switches down soon."""
        self._switches.keep(self.switches.to_dict)

    def keep_cameras(self) -> None:
        """Writes down soon what is known of cameras."""
        self._cameras.keep(lambda: self.cameras.record.to_dict(_boot()))

    def forget(self, username: str) -> None:
        """The user was removed: what was about them goes, also from the disk, soon."""
        # But for failed attempts: to be removed and enrolled again is no password.
        self.switches.forget(username)
        self.keep_switches()
        self.history.forget(username)
        self.keep_history()

    async def attempts_kept(self) -> None:
        """Waits until the failed attempts are on the disk, or it was said that they cannot be."""
        await self._attempts.done()

    async def pauses_kept(self) -> None:
        """Waits until who paused is on the disk, or it was said that it cannot be."""
        await self._pauses.done()

    async def switches_kept(self) -> str:
        """Waits until the switches are on the disk; why they are not, "" where they are."""
        await self._switches.done()
        return self._switches.problem

    async def cameras_kept(self) -> str:
        """Waits until the cameras are on the disk; why they are not, "" where they are."""
        await self._cameras.done()
        return self._cameras.problem

    async def done(self) -> None:
        """Waits until everything is on the disk."""
        files = (self._attempts, self._switches, self._pauses, self._cameras, self._history)
        for file in files:
            await file.done()


def _restored_history(file: StateFile) -> tuple[History, str]:
    """Nothing rests on it: whatever is wrong with the file, it begins anew."""
    try:
        return History.restore(file.read())
    except StoreError as error:
        return History(), str(error)
