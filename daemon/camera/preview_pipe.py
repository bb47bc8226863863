"""Pictures of an enrolment for a window, through a pipe: see `daemon.api.preview`.

A thread of its own writes, so that a reader who is slow, or gone, holds nobody up.
"""

import contextlib
import fcntl
import os
import select
import threading
import time
from collections.abc import Callable

from daemon.api import MOST_PREVIEW_HEIGHT, MOST_PREVIEW_WIDTH, PreviewHeader
from models.types import Image

_POLL_MS = 200


_LEAST_SECONDS_BETWEEN = 1.0 / 15.0
"""What a window can show."""


class PreviewPipe:
    """The writing end of a pipe, taken over: closed at the end, or once nobody reads."""

    def __init__(self, writer: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._writer = writer
        self._clock = clock
        self._last = float("-inf")
        os.set_blocking(self._writer, False)
        with contextlib.suppress(OSError):
            # Room for one picture, where the system allows it.
            fcntl.fcntl(self._writer, fcntl.F_SETPIPE_SZ, 1 << 20)
        self._changed = threading.Condition()
        self._image: Image | None = None
        self._number = 0
        self._closed = False
        threading.Thread(target=self._run, name="preview", daemon=True).start()

    def offer(self, image: Image) -> None:
        """The newest picture (H x W x 3 BGR uint8); one that was not yet written is left out."""
        now = self._clock()
        if now - self._last < _LEAST_SECONDS_BETWEEN:
            return
        self._last = now
        with self._changed:
            self._image = image
            self._number += 1
            self._changed.notify()

    def close(self) -> None:
        """Ends the stream."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        try:
            while (taken := self._take()) is not None:
                if not self._write(_encoded(*taken)):
                    return
        finally:
            os.close(self._writer)

    def _take(self) -> tuple[Image, int] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._image is not None or self._closed)
            if self._closed or self._image is None:
                return None
            taken, self._image = self._image, None
            return taken, self._number

    def _write(self, content: bytes) -> bool:
        """All of it, or False where nobody reads any more or the stream was closed."""
        rest = memoryview(content)
        poller = select.poll()
        poller.register(self._writer, select.POLLOUT)
        while rest:
            if self._closed:
                return False
            if not poller.poll(_POLL_MS):
                continue
            try:
                rest = rest[os.write(self._writer, rest) :]
            except BlockingIOError:
                continue
            except OSError:
                return False
        return True


def _encoded(image: Image, number: int) -> bytes:
    """One picture as the contract has it, shrunk to what it allows."""
    height, width = image.shape[:2]
    step = max(-(-width // MOST_PREVIEW_WIDTH), -(-height // MOST_PREVIEW_HEIGHT), 1)
    small = image[::step, ::step, ::-1]
    header = PreviewHeader(small.shape[1], small.shape[0], number)
    return header.pack() + small.tobytes()
