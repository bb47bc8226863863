"""Decoders that write to standard error about damaged pictures: kept quiet, and counted.

libjpeg, inside OpenCV, has a line for each damaged picture; a loose plug would fill the terminal or
the journal. OpenCV offers no way to hear them otherwise. What else is written meanwhile is passed
on.
"""

import contextlib
import os
import threading
from collections.abc import Iterator

_STDERR = 2
_MOST_BYTES = 1 << 16  # what a pipe holds
_REMARKS = (b"Corrupt JPEG data", b"Premature end of JPEG", b"Invalid JPEG", b"Warning: ")

STANDARD_ERROR = threading.Lock()
"""Held while standard error is another: a program that is started then would inherit that."""


class Remarks:
    """Hears what decoders say. `count` are pictures that were damaged so far."""

    def __init__(self) -> None:
        self.count = 0

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """For as long as it takes to decode one picture."""
        with STANDARD_ERROR:
            try:
                saved = os.dup(_STDERR)
            except OSError:  # there is none to be filled
                saved = None
            if saved is None:
                yield
                return
            # Never blocks: what does not fit is lost, and the decoder goes on.
            reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                os.dup2(writing, _STDERR)
                yield
            finally:
                os.dup2(saved, _STDERR)
                os.close(writing)
                os.close(saved)
                self._take(reading)

    def _take(self, reading: int) -> None:
        try:
            said = os.read(reading, _MOST_BYTES)
        except BlockingIOError:
            said = b""
        finally:
            os.close(reading)
        lines = said.splitlines(keepends=True)
        others = [line for line in lines if not line.startswith(_REMARKS)]
        self.count += len(others) < len(lines)
        if others:
            with contextlib.suppress(OSError):
                os.write(_STDERR, b"".join(others))


damaged = Remarks()
"""Of this process."""
