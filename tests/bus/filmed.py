"""A camera of 30 pictures a second that costs what a real one does: each is a JPEG, decoded where
it is taken; one that is passed over costs no more than to wait for it.
"""

import threading
import time
from functools import cache

import cv2
import numpy as np

from daemon.sources.base import BasicSource, Frame
from daemon.sources.demo import open_demo
from daemon.sources.device import DeviceSource
from models.synthetic.clip import FPS

WORD, EMPTY = "filmed", "filmed empty"
"""In the control file of `tests.bus.staged`: the demo's owner, and nobody."""
_BUFFERS = 4
"""Of a V4L2 camera of OpenCV's: what nobody takes is lost."""


class FilmedCamera(BasicSource):
    """The part of the demo of that name, again and again: the owner moves all the time."""

    held = DeviceSource.held

    def __init__(self, name: str, part: str) -> None:
        super().__init__(name, live=True)
        self._closed = threading.Event()
        self._pictures = _pictures(part)
        self._began = time.monotonic()
        self._index = 0

    def read(self) -> Frame | None:
        """The next picture, once it is there."""
        if not self.skip():
            return None
        coded = self._pictures[self._index % len(self._pictures)]
        image = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        assert image is not None
        return Frame(image.astype(np.uint8, copy=False), time.monotonic(), self._index)

    def skip(self) -> bool:
        """Passes the next one over, once it is there."""
        come = int((time.monotonic() - self._began) * FPS)
        self._index = max(self._index + 1, come - _BUFFERS)
        self._closed.wait(max(self._began + self._index / FPS - time.monotonic(), 0.0))
        return not self._closed.is_set()

    def close(self) -> None:
        """Ends every read."""
        self._closed.set()


@cache
def _pictures(part: str) -> list[np.ndarray[tuple[int], np.dtype[np.uint8]]]:
    """Drawn once in a process: a camera has them ready."""
    kept = []
    with open_demo(part, pace=False) as clip:
        while (frame := clip.read()) is not None:
            _, coded = cv2.imencode(".jpg", frame.image)
            kept.append(coded.ravel().astype(np.uint8))
    return kept
