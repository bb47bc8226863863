"""What outlives the process: the record of failed looks, in the service's own folder."""

import asyncio
import json
import os
import time
from pathlib import Path

from daemon.attempt import Book, Moment
from daemon.config import Attempts
from enroll.errors import StoreError
from enroll.files import PrivateFolder
from models.errors import UsageError

_FILE = "attempts.json"
_LARGEST = 4 * 1024 * 1024
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_UNKNOWN_BOOT = "0"


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


class AttemptsFile:
    """Keeps the book in `folder`. Writes one after the other, in a thread, the newest wins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next: bytes | None = None
        self._writing: asyncio.Task[None] | None = None
        self.problem = ""

    def read(self, limits: Attempts) -> tuple[Book, str]:
        """The book, and what was wrong with it. What is damaged needs the password.

        Raises StoreError where the folder or the file is not ours alone, or cannot be read.
        """
        data: object
        try:
            with PrivateFolder(self._folder, create=True) as folder:
                data = json.loads(folder.read(_FILE, most=_LARGEST))
        except FileNotFoundError:
            data = None
        except (ValueError, RecursionError):
            data = "damaged"
        return Book.restore(limits, data, now())

    def keep(self, book: Book) -> None:
        """Writes the book soon."""
        self._next = json.dumps(book.to_dict()).encode()
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def done(self) -> None:
        """Waits until what was kept is on the disk."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        try:
            while self._next is not None:
                content, self._next = self._next, None
                await asyncio.to_thread(self._replace, content)
        finally:
            self._writing = None

    def _replace(self, content: bytes) -> None:
        try:
            with PrivateFolder(self._folder, create=True) as folder:
                folder.replace(_FILE, content)
            self.problem = ""
        except (StoreError, OSError) as error:
            self.problem = str(error)
