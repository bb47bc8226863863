"""A camera of 30 pictures a second that costs what a real one does: each is a JPEG, decoded where
it is taken; one that is passed over costs no more than to wait for it.
"""

import threading
import time

import cv2
import numpy as np

from daemon.sources.base import BasicSource, Frame
from daemon.sources.demo import open_demo
from models.synthetic.clip import FPS

WORD = "filmed"
"""In the control file of `tests.bus.staged`."""
_BUFFERS = 4
"""Of a V4L2 camera of OpenCV's: what nobody takes is lost."""


class FilmedCamera(BasicSource):
    """The demo's owner, who moves all the time, again and again."""

    def __init__(self, name: str) -> None:
        super().__init__(name, live=True)
        self._closed = threading.Event()
        self._pictures = _pictures()
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


_kept: list[np.ndarray[tuple[int], np.dtype[np.uint8]]] = []


def _pictures() -> list[np.ndarray[tuple[int], np.dtype[np.uint8]]]:
    """Drawn once in a process: a camera has them ready."""
    if not _kept:
        with open_demo("owner", pace=False) as clip:
            while (frame := clip.read()) is not None:
                _, coded = cv2.imencode(".jpg", frame.image)
                _kept.append(coded.ravel().astype(np.uint8))
    return _kept
