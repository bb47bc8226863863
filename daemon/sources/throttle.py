"""Takes fewer frames from a source than it gives: what nobody takes costs next to nothing."""

import time
from collections.abc import Callable
from typing import Self

from daemon.sources.base import Frame, FrameSource


class Throttle:
    """`source`, read at `rate()` frames a second at most; between them frames are skipped.

    A camera goes on at its own pace meanwhile, so that no stale frame waits in its buffers, and a
    clip plays at its own speed. A source that is not live is read as fast as its frames are taken.
    """

    def __init__(
        self,
        source: FrameSource,
        rate: Callable[[], float],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._rate = rate
        self._clock = clock
        self._last = float("-inf")
        self._skip: Callable[[], bool] | None = getattr(source, "skip", None)

    @property
    def description(self) -> str:
        """As the source."""
        return self._source.description

    @property
    def live(self) -> bool:
        """As the source."""
        return self._source.live

    @property
    def still(self) -> bool:
        """As the source."""
        return self._source.still

    @property
    def patience(self) -> float:
        """As the source."""
        return self._source.patience

    def read(self) -> Frame | None:
        """The next frame that is due, or None at the end; raises SourceError."""
        # A tenth early, so that the beat of the camera does not halve a rate close to its own.
        while self._source.live and self._clock() < self._last + 0.9 / self._rate():
            if not self._pass_one():
                return None
        frame = self._source.read()
        self._last = self._clock()
        return frame

    def _pass_one(self) -> bool:
        if self._skip is not None:
            return self._skip()
        return self._source.read() is not None

    def close(self) -> None:
        """Closes the source."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
