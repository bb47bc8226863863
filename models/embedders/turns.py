"""Embeds the two chips of a followed face in turn, one a frame, and after a while fewer frames."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.embedders.directions import direction
from models.types import Detection, Embedder, Embedding, Image

YOUNG_SECONDS = 0.25
"""For so long each frame of a face that is followed is embedded: whom three frames let in waits for
none of them."""
REST_SECONDS = 0.1
"""Between two frames that are embedded later. Frames that are nearer in time say little new: by
`models.scoring.decision.TAU_SECONDS` one of three counts 0.49, where all of them count 0.60."""

ALONE_SECONDS = 1.0
"""For so long nobody was embedded before a face whose first frame is embedded in one chip: as long
as `models.scoring.decision.Rule.forget_seconds`, so of an attempt's frames it is the first alone.
"""

_TOLERANCE_SECONDS = 0.01  # a camera's frames do not come to the millisecond
_BOTH = 2
_LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class _Half:
    """What one chip of `face` said; `chip` is its number, 0 or 1.

    `embedding` is what was made of it, at `embedded`, and `began` when the face was first embedded,
    in seconds; NaN where nobody said.
    """

    face: Detection
    chip: int
    direction: Embedding
    embedding: Embedding
    began: float
    embedded: float


class ChipTurns:
    """Embeds faces of frames that follow each other. Not for use by two threads at once.

    An embedder that looks at a face and at its mirror image averages out what differs from one look
    to the next. Of a face that is followed from the frame before the two looks may as well be of
    two frames: the straight chip of this one and the mirrored one of the last, then the other way
    round. A chip of the last frame counts only where it lies as near to this frame's as the
    embedder wants of one person; where it does not, both chips of this frame are embedded. So
    nobody is ever an average of himself and somebody else.

    Of the first face after ALONE_SECONDS the straight chip is all, where frames have times: it
    decides nothing by itself, and the next frame has both.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._last: list[_Half] = []
        self._current: list[_Half] = []
        self._embedded = -math.inf

    def next_frame(self) -> None:
        """What was embedded since the last call becomes the frame before."""
        self._last, self._current = self._current, []

    def held(self, face: Detection, before: Detection | None, time: float) -> Embedding | None:
        """The embedding that `before` has already, where a frame at `time` adds little to it.

        None where `face` must be embedded: it was not followed, it is followed for less than
        YOUNG_SECONDS or since `renew`, or what is known is REST_SECONDS old. `time` is in seconds;
        of what is embedded without one (NaN) nothing is held.
        """
        half = self._half(before)
        if half is None or not time - half.began >= YOUNG_SECONDS - _TOLERANCE_SECONDS:
            return None
        if not 0.0 < time - half.embedded < REST_SECONDS - _TOLERANCE_SECONDS:
            return None
        self._current.append(replace(half, face=face))
        return half.embedding

    def renew(self) -> None:
        """Somebody new wants to know: each frame is embedded again for a while."""
        self._current = [replace(half, began=math.nan) for half in self._current]

    def embed(
        self,
        face: Detection,
        chips: Sequence[Image],
        before: Detection | None,
        time: float = math.nan,
    ) -> Embedding:
        """The embedding of `face`, which was `before` in the last frame (None: it was not there).

        Raises as `Embedder.embed` does.
        """
        if len(chips) != _BOTH:
            return self._embedder.embed(chips)
        half = self._half(before)
        chip = 0 if half is None else 1 - half.chip
        this = self._embedder.embed([chips[chip]])
        if self._is_first(half, time) and _is_direction(this):
            other = this
        elif half is not None and self._agree(this, half.direction):
            other = half.direction
        else:
            other = self._embedder.embed([chips[1 - chip]])
            if not (_is_direction(this) and _is_direction(other)):
                return self._embedder.embed(chips)
        embedding = direction(this + other)
        self._embedded = time
        began = time if half is None or math.isnan(half.began) else half.began
        self._current.append(_Half(face, chip, this, embedding, began, time))
        return embedding

    def _is_first(self, half: _Half | None, time: float) -> bool:
        return half is None and time - self._embedded > ALONE_SECONDS

    def _half(self, before: Detection | None) -> _Half | None:
        return next((one for one in self._last if one.face is before), None)

    def _agree(self, one: Embedding, other: Embedding) -> bool:
        cosine = float(one @ other)
        apart = 1.0 - cosine
        if self._embedder.metric == "euclidean":
            apart = float(np.sqrt(max(2.0 * apart, 0.0)))
        return _is_direction(one) and apart <= self._embedder.threshold


def _is_direction(vector: Embedding) -> bool:
    return abs(float(np.linalg.norm(vector)) - 1.0) <= _LENGTH_TOLERANCE
