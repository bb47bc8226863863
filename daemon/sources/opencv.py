"""OpenCV's VideoCapture made safe: bounded opening, closing while a read hangs, a quiet tongue."""

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from daemon.errors import SourceError
from daemon.sources.quiet import damaged

T = TypeVar("T")

_CLOSE_SECONDS = 0.3
_FFMPEG_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
# OpenCV takes FFmpeg's options from the environment only, which belongs to all threads.
_environment = threading.Lock()


class Capture:
    """One open VideoCapture. `read` in one thread, `close` from any."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture
        self._reading = threading.Lock()
        self.closed = threading.Event()

    def read(self) -> npt.NDArray[Any] | None:
        """The next picture, or None where there is none or after `close`."""
        with self._reading:
            if self.closed.is_set():
                return None
            try:
                ok, image = self._next()
            except cv2.error:
                return None
            finally:
                # `close` could not release it under our feet.
                if self.closed.is_set():
                    self._capture.release()
        return np.asarray(image) if ok and image is not None else None

    def _next(self) -> tuple[bool, Any]:
        # Waiting for a picture is one thing, decoding it another, which may have remarks.
        if not self._capture.grab():
            return False, None
        with damaged.heard():
            return self._capture.retrieve()

    def skip(self) -> bool:
        """Takes one picture without decoding it; False where that fails or after `close`."""
        with self._reading:
            if self.closed.is_set():
                return False
            try:
                return bool(self._capture.grab())
            except cv2.error:
                return False
            finally:
                if self.closed.is_set():
                    self._capture.release()

    def number(self, prop: int) -> float:
        """A property as a number, 0 where there is none."""
        with self._reading:
            value = 0.0 if self.closed.is_set() else float(self._capture.get(prop))
        return value if np.isfinite(value) else 0.0

    def close(self) -> None:
        """Releases the capture, or leaves that to a read that hangs; 0.3 s at most."""
        self.closed.set()
        if self._reading.acquire(timeout=_CLOSE_SECONDS):
            try:
                self._capture.release()
            finally:
                self._reading.release()


def open_capture(
    target: str, backend: int, settings: Sequence[int] = (), *, ffmpeg: str = ""
) -> Capture | None:
    """VideoCapture of `target`, or None where OpenCV cannot open it.

    `settings` are OpenCV's property-value pairs, `ffmpeg` is "key;value|key;value".
    """
    quieten()
    # Seconds a V4L2 read waits for a camera that froze (OpenCV's default is 10): not much longer
    # than that does our thread hold on to the camera.
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "3")
    with _environment:
        before = os.environ.get(_FFMPEG_OPTIONS)
        os.environ[_FFMPEG_OPTIONS] = ffmpeg
        try:
            capture = cv2.VideoCapture(target, backend, list(settings))
        except cv2.error:
            return None
        finally:
            _restore(_FFMPEG_OPTIONS, before)
    return Capture(capture) if capture.isOpened() else None


def _restore(name: str, value: str | None) -> None:
    if value is None:
        del os.environ[name]
    else:
        os.environ[name] = value


def quieten() -> None:
    """Keeps OpenCV and FFmpeg from writing to standard error; our errors say what is wrong."""
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    # Read by OpenCV when it first opens something; -8 is AV_LOG_QUIET.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


def within(seconds: float, call: Callable[[], T], *, late: Callable[[T], None], what: str) -> T:
    """`call()` in a thread of its own, so that it cannot hang the caller.

    Raises SourceError after `seconds`; a result that comes later is given to `late`.
    """
    task = _Task(call, late)
    threading.Thread(target=task.run, name="source-open", daemon=True).start()
    if not task.done.wait(seconds) and task.give_up():
        raise SourceError(f"{what} did not open within {seconds:g} s")
    if task.error is not None:
        raise task.error
    return task.result[0]


class _Task(Generic[T]):
    """A call whose caller may stop waiting for it."""

    def __init__(self, call: Callable[[], T], late: Callable[[T], None]) -> None:
        self._call = call
        self._late = late
        self._lock = threading.Lock()
        self._abandoned = False
        self.done = threading.Event()
        self.result: list[T] = []
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.result.append(self._call())
        except Exception as error:
            self.error = error
        with self._lock:
            self.done.set()
            abandoned = self._abandoned
        if abandoned and self.result:
            self._late(self.result[0])

    def give_up(self) -> bool:
        """True unless the call has finished after all."""
        with self._lock:
            self._abandoned = not self.done.is_set()
        return self._abandoned
