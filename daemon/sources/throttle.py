"""Takes fewer frames from a source than it gives: what nobody takes costs next to nothing."""

import math
import time
from collections.abc import Callable
from typing import Self

from daemon.sources.base import Frame, FrameSource

_SHARE = 0.2  # of the newest beat in the mean

_EARLY = 0.3  # of a beat: a rest ends so long before a frame is due, for the beat is not exact
_WORTH_RESTING = 2  # beats; to wait for one frame is a rest already
_AT_ONCE_SECONDS = 0.01  # what takes longer to pass over, and longer than a beat, was waited for
_LONGEST_REST_SECONDS = 0.5  # what plays a file takes a second of silence for a machine that slept


class Throttle:
    """`source`, read at `rate()` frames a second at most; between them frames are skipped.

    A camera goes on at its own pace meanwhile, so that no stale frame waits in its buffers, and a
    clip plays at its own speed. A source that is not live is read as fast as its frames are taken.

    With `rest` what nobody wants is passed over many frames at a time: it is called with seconds
    and a rate, and returns after so long, or as soon as `rate()` is another. Of what came meanwhile
    a source whose `held` says so keeps that many frames, the oldest, and drops the others.
    """

    def __init__(
        self,
        source: FrameSource,
        rate: Callable[[], float],
        *,
        rest: Callable[[float, float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._rate = rate
        self._rest = rest
        self._clock = clock
        self._last = self._arrived = float("-inf")
        self._beat: float | None = None
        self._skip: Callable[[], bool] | None = getattr(source, "skip", None)
        self._held: float = getattr(source, "held", math.inf)

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
            rate = self._rate()
            every = 1.0 / rate
            # A tenth early, so that the beat of the camera does not halve a rate close to its own.
            due = self._last + 0.9 * every
            # What is asked for now comes a beat later: only what will still be too early then is
            # passed over, else each frame that is taken would cost the next one.
            if self._expected() < due:
                if not (self._pass_several(due, rate) if self._may_rest(due) else self._pass_one()):
                    return None
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

    def _may_rest(self, due: float) -> bool:
        if self._rest is None or self._beat is None:
            return False
        return self._rest_seconds(due, self._beat) >= _WORTH_RESTING * self._beat

    def _rest_seconds(self, due: float, beat: float) -> float:
        return min(due - _EARLY * beat - self._clock(), _LONGEST_REST_SECONDS)

    def _pass_several(self, due: float, rate: float) -> bool:
        """Rests while frames come, and passes over what has come then; False at the end."""
        assert self._rest is not None and self._beat is not None  # noqa: S101
        self._rest(self._rest_seconds(due, self._beat), rate)
        come = int((self._clock() - self._arrived) / self._beat)
        for _ in range(int(min(come, self._held))):
            began = self._clock()
            if not self._skipped():
                return False
            ended = self._clock()
            if ended - began > max(self._beat, _AT_ONCE_SECONDS):
                # It had not come yet. Frames that were read in a rush, after a busy machine let us
                # wait, have made the beat seem shorter than it is.
                self._beat, self._arrived = ended - began, ended
                return True
        # When the last one came, as nearly as is known: the next one tells how near that was.
        self._arrived += come * self._beat
        return True

    def _pass_one(self) -> bool:
        passed = self._skipped()
        self._arrive()
        return passed

    def _skipped(self) -> bool:
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
