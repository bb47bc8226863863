"""The pictures of an enrolment as a client gets them: the newest one, in memory only.

Imports neither OpenCV nor NumPy.
"""

import os
import threading
from dataclasses import dataclass

from daemon.api import PREVIEW_HEADER_SIZE, PreviewHeader


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: rows of pixels, each red, green, blue; `number` rises from one to the next."""

    width: int
    height: int
    number: int
    pixels: bytes


class PreviewReader:
    """Reads a preview's pipe in a thread until it ends. Takes `descriptor` over and closes it."""

    def __init__(self, descriptor: int) -> None:
        self._stream = os.fdopen(descriptor, "rb")
        self._latest: Picture | None = None
        self._thread = threading.Thread(target=self._run, name="preview-reader", daemon=True)
        self._thread.start()

    @property
    def latest(self) -> Picture | None:
        """The newest picture that came, None before the first."""
        return self._latest

    def wait(self, seconds: float) -> None:
        """Until the stream has ended, or for so long."""
        self._thread.join(seconds)

    def _run(self) -> None:
        with self._stream as stream:
            while True:
                try:
                    header = PreviewHeader.unpack(stream.read(PREVIEW_HEADER_SIZE))
                # The end; or what is no preview, which is not read on.
                except (ValueError, OSError):
                    return
                pixels = stream.read(header.payload_size)
                if len(pixels) < header.payload_size:
                    return
                self._latest = Picture(header.width, header.height, header.number, pixels)
