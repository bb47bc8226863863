"""Embeds the two chips of a followed face in turn, one a frame: half the work for each frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.types import Detection, Embedder, Embedding, Image

_BOTH = 2
_LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class _Half:
    """What one chip of `face` said; `chip` is its number, 0 or 1."""

    face: Detection
    chip: int
    direction: Embedding


class ChipTurns:
    """Embeds faces of frames that follow each other. Not for use by two threads at once.

    An embedder that looks at a face and at its mirror image averages out what differs from one look
    to the next. Of a face that is followed from the frame before the two looks may as well be of
    two frames: the straight chip of this one and the mirrored one of the last, then the other way
    round. A chip of the last frame counts only where it lies as near to this frame's as the
    embedder wants of one person; where it does not, both chips of this frame are embedded. So
    nobody is ever an average of himself and somebody else.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._last: list[_Half] = []
        self._current: list[_Half] = []

    def next_frame(self) -> None:
        """What was embedded since the last call becomes the frame before."""
        self._last, self._current = self._current, []

    def embed(self, face: Detection, chips: Sequence[Image], before: Detection | None) -> Embedding:
        """The embedding of `face`, which was `before` in the last frame (None: it was not there).

        Raises as `Embedder.embed` does.
        """
        if len(chips) != _BOTH:
            return self._embedder.embed(chips)
        half = next((one for one in self._last if one.face is before), None)
        chip = 0 if half is None else 1 - half.chip
        this = self._embedder.embed([chips[chip]])
        if half is not None and self._agree(this, half.direction):
            other = half.direction
        else:
            other = self._embedder.embed([chips[1 - chip]])
            if not (_is_direction(this) and _is_direction(other)):
                return self._embedder.embed(chips)
        self._current.append(_Half(face, chip, this))
        return _direction(this + other)

    def _agree(self, one: Embedding, other: Embedding) -> bool:
        cosine = float(one @ other)
        apart = 1.0 - cosine
        if self._embedder.metric == "euclidean":
            apart = float(np.sqrt(max(2.0 * apart, 0.0)))
        return _is_direction(one) and apart <= self._embedder.threshold


def _is_direction(vector: Embedding) -> bool:
    return abs(float(np.linalg.norm(vector)) - 1.0) <= _LENGTH_TOLERANCE


def _direction(vector: Embedding) -> Embedding:
    length = max(float(np.linalg.norm(vector)), float(np.finfo(np.float32).tiny))
    return np.asarray(vector / length, dtype=np.float32)
