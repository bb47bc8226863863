"""Takes fewer frames from a source than it gives: what nobody takes costs next to nothing."""

import math
import time
from collections.abc import Callable
from typing import Self

from daemon.sources.base import Frame, FrameSource

_SHARE = 0.2  # of the newest beat in the mean


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
        self._last = self._arrived = float("-inf")
        self._beat: float | None = None
        self._skip: Callable[[], bool] | None = getattr(source, "skip", None)

    @property
    def description(self) -> str:
        """The source's own name."""
        return self._source.description

    @property
    def live(self) -> bool:
        """Whether the source's frames are lost where nobody takes them; only these are thinned."""
        return self._source.live

    @property
    def still(self) -> bool:
        """Whether each frame is a picture of its own."""
        return self._source.still

    @property
    def patience(self) -> float:
        """The source's own, in seconds: waiting for a frame that is due comes on top."""
        return self._source.patience

    def read(self) -> Frame | None:
        """The next frame that is due, or None at the end; raises SourceError."""
        if not self._source.live:
            return self._source.read()
        while True:
            every = 1.0 / self._rate()
            # A tenth early, so that the beat of the camera does not halve a rate close to its own.
            due = self._last + 0.9 * every
            # What is asked for now comes a beat later: only what will still be too early then is
            # passed over, else each frame that is taken would cost the next one.
            if self._expected() < due:
                if not self._pass_one():
                    return None
                self._arrive()
                continue
            frame = self._source.read()
            now = self._arrive()
            if frame is None or now >= due:
                # Decoding makes a frame late by less than a beat: the next one is not late too.
                self._last = max(self._last + every, now - min(self._beat or 0.0, every))
                return frame

    def _expected(self) -> float:
        """When the next frame may come; never too early where the camera's beat is not known."""
        return float("inf") if self._beat is None else self._arrived + self._beat

    def _arrive(self) -> float:
        """A frame came now: the mean time between two is kept, and stalls count as one beat."""
        now = self._clock()
        apart = now - self._arrived
        if self._beat is not None:
            self._beat += _SHARE * (min(apart, 2 * self._beat) - self._beat)
        elif math.isfinite(apart):
            self._beat = apart
        self._arrived = now
        return now

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
