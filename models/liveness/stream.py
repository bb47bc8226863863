"""Stream: whether frames come from a camera that looks, or from a recording fed in its place.

A sensor's noise never repeats, so a frame that is bit for bit an earlier one, with others between,
is a recording played again. Drivers do repeat the last frame, and some cameras deliver fewer frames
than they say: a short run of one frame proves nothing, a long one is frozen. A recording that was
encoded anew repeats itself nearly: a stretch of frames that differs from an earlier stretch by less
than neighbouring frames differ from each other.
"""

import hashlib
import math
from collections import deque

import numpy as np

from models.liveness.evidence import CueEvidence, Observation, no_evidence
from models.types import Array, Image

FROZEN_SECONDS = 0.8
"""Longer than any driver repeats a frame: a camera that slows down in the dark gives 5 a second."""
LOOP_SECONDS = 0.35
"""Between a frame and its exact repetition."""
REMEMBERED_SECONDS = 10.0
NEAR_FRAMES = 8
"""Frames in a row that nearly repeat earlier ones."""

_MOST = 320
_SIDE = 16  # of the small pictures that near repeats are looked for in
_NEAR = 0.35  # of what neighbouring frames differ by
_LEAST_CHANGE = 0.4  # grey levels between neighbours below which nothing moves
_LEAST_KNOWN = 15


class StreamCue:
    """Satisfies `models.liveness.evidence.Cue`. Not for use by two threads at once."""

    name = "stream"

    def __init__(self) -> None:
        self._digests: dict[bytes, float] = {}
        self._small = np.zeros((_MOST, _SIDE * _SIDE), dtype=np.float32)
        self.reset()

    def reset(self) -> None:
        """Forgets all frames."""
        self._digests.clear()
        self._last = self._same_since = -math.inf
        self._digest = b""
        self._frames = self._falls = self._loops = self._frozen = self._near = 0
        self._kept = 0  # small pictures, of which the last `_MOST` are still there
        self._lags: deque[int] = deque(maxlen=NEAR_FRAMES)

    def observe(self, observation: Observation) -> None:
        """Takes every frame; a time that does not rise is itself evidence."""
        time = observation.time
        if not (math.isfinite(time) and time > self._last):
            self._falls += 1
            return
        self._last = time
        self._frames += 1
        digest = _digest(observation.image)
        if digest == self._digest:
            self._frozen += time - self._same_since > FROZEN_SECONDS
            return
        self._digest, self._same_since = digest, time
        seen = self._digests.get(digest)
        self._loops += seen is not None and LOOP_SECONDS < time - seen <= REMEMBERED_SECONDS
        self._remember(digest, time)
        self._look_for_near(_small(observation.image))

    def evidence(self) -> CueEvidence:
        """`repeated-time`, `frozen`, `looped`, `nearly-looped`, or `fresh`, which says little."""
        for count, reason, llr in (
            (self._falls, "repeated-time", -4.0),
            (self._loops, "looped", -6.0),
            (self._frozen, "frozen", -5.0),
            (self._near, "nearly-looped", -4.0),
        ):
            if count:
                return CueEvidence(self.name, llr, reason)
        if self._frames < _LEAST_KNOWN:
            return no_evidence(self.name, "too-few-frames")
        return CueEvidence(self.name, 0.0, "fresh")

    def _remember(self, digest: bytes, time: float) -> None:
        self._digests.setdefault(digest, time)
        if len(self._digests) > _MOST:
            del self._digests[next(iter(self._digests))]

    def _look_for_near(self, small: Array) -> None:
        """Notes how many frames back the nearest earlier frame is, 0 where none is near enough."""
        kept = min(self._kept, _MOST)
        lag = 0
        if kept > 2 * NEAR_FRAMES:
            apart = np.abs(self._small[:kept] - small).mean(axis=1)
            ages = (self._kept - 1 - np.arange(kept)) % _MOST + 1
            change = float(apart[ages == 1][0])
            apart[ages <= NEAR_FRAMES] = np.inf
            nearest = int(apart.argmin())
            if change > _LEAST_CHANGE and apart[nearest] < _NEAR * change:
                lag = int(ages[nearest])
        self._lags.append(lag)
        self._small[self._kept % _MOST] = small
        self._kept += 1
        if len(self._lags) == NEAR_FRAMES and min(self._lags) > 0:
            self._near += max(self._lags) - min(self._lags) <= 1


def _digest(image: Image) -> bytes:
    """Of some 32 rows: what repeats a frame repeats these too."""
    step = max(image.shape[0] // 32, 1)
    rows = np.ascontiguousarray(image[::step])
    return hashlib.blake2b(rows.tobytes(), digest_size=16).digest()


def _small(image: Image) -> Array:
    import cv2

    step = max(min(image.shape[:2]) // 120, 1)
    sample = np.ascontiguousarray(image[::step, ::step, 1])
    small = cv2.resize(sample, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32).ravel()
