"""One thread reads a source; the newest frame waits for whoever takes it."""

import threading
import time
from collections.abc import Callable
from typing import Self

from daemon.errors import SourceError, SourceLostError
from daemon.sources.base import Frame, FrameSource
from models.alignment import check_image
from models.errors import ImageError

_JOIN_SECONDS = 0.5


class FrameWorker:
    """Reads `source` in a thread until its end, an error or `close`.

    From a live source the newest frame wins, older ones are dropped and counted; from others each
    frame waits until it is taken. The source stays the caller's to close, after the worker.
    `stall_seconds` is how long one read may take, by default the source's `patience`.
    """

    def __init__(
        self,
        source: FrameSource,
        *,
        stall_seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._stall_seconds = source.patience if stall_seconds is None else stall_seconds
        self._clock = clock
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._error: Exception | None = None
        self._finished = False
        self._closed = False
        self._read_since: float | None = clock()
        self._read_count = 0
        self._dropped = 0
        # A daemon thread: a read that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="frame-reader", daemon=True)
        self._thread.start()

    @property
    def read_count(self) -> int:
        """Frames read from the source."""
        with self._changed:
            return self._read_count

    @property
    def dropped(self) -> int:
        """Frames that a newer one replaced before anybody took them."""
        with self._changed:
            return self._dropped

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more: that tells an end from a timeout of `next`."""
        with self._changed:
            return self._frame is None and (self._finished or self._closed)

    def next(self, timeout: float | None = None) -> Frame | None:
        """The newest frame not taken yet; None at the end, or after `timeout` seconds.

        Raises what reading raised, and SourceLostError where one read takes `stall_seconds`.
        """
        give_up = None if timeout is None else self._clock() + timeout
        with self._changed:
            while self._frame is None and not (self._finished or self._closed):
                now = self._clock()
                wait = self._left_of_stall(now)
                if give_up is not None:
                    if now >= give_up:
                        return None
                    wait = min(wait, give_up - now)
                self._changed.wait(wait)
            return self._take()

    def close(self) -> None:
        """Stops reading; returns within a second also where a read hangs."""
        with self._changed:
            self._closed = True
            self._frame = None
            self._changed.notify_all()
        self._thread.join(_JOIN_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _left_of_stall(self, now: float) -> float:
        """Seconds until the running read has taken too long; raises SourceLostError then."""
        if self._read_since is None:
            return self._stall_seconds
        left = self._read_since + self._stall_seconds - now
        if left <= 0:
            raise SourceLostError(
                f"{self._source.description} has sent no picture for {self._stall_seconds:g} s",
                "is it frozen, or its connection gone?",
            )
        return left

    def _take(self) -> Frame | None:
        frame, self._frame = self._frame, None
        if frame is None and self._error is not None and not self._closed:
            raise self._error
        self._changed.notify_all()
        return frame

    def _run(self) -> None:
        try:
            while self._may_read():
                frame = self._source.read()
                if frame is None:
                    break
                self._check(frame)
                self._put(frame)
        except Exception as error:
            self._error = error
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def _may_read(self) -> bool:
        """Waits until the source is to be read; False once the worker is closed."""
        with self._changed:
            while not (self._closed or self._source.live or self._frame is None):
                self._read_since = None
                self._changed.wait()
            self._read_since = self._clock()
            return not self._closed

    def _check(self, frame: Frame) -> None:
        try:
            check_image(frame.image)
        except ImageError:
            raise SourceError(
                f"{self._source.description} sent something that is no picture"
            ) from None

    def _put(self, frame: Frame) -> None:
        with self._changed:
            if self._closed:
                return
            self._read_count += 1
            self._dropped += self._frame is not None
            self._frame = frame
            self._changed.notify_all()
