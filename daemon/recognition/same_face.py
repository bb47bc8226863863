"""Whether the face of a frame is that of the frames before it, by place and by likeness. Pure."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.scoring.calibration import Criterion
from models.scoring.decision import jumped
from models.scoring.matching import distances
from models.types import MIN_QUALITY, Array, Box, Face, Metric

MOST_GAP_SECONDS = 0.5
"""Between two frames with the face, lest it be changed in between."""
ANOTHER, ANOTHER_RATE = 1.25, 0.05
"""Times the threshold, but no further than such a share of strangers would come; a face that is
further from the first usable one is another. One person's frames of a visit stay within it, or
nearly; who is taken for another only begins anew."""

TURNED, TURNED_RATE = 1.3, 2 / 3
"""Times that, of a face that is asked to turn, and its own share. Turned faces are less like
themselves, those of a resnet most of all: a drawn head that nods by 18 degrees is 0.38 from itself,
and two thirds of strangers are as near. So this far it may only go step by step."""
STEP_SECONDS = 1.0
"""A face that turned so far has to be as near as otherwise to one seen in this time. Of 653 frames
in which a man at a soft webcam had turned further than otherwise allowed, all but 108 were, and
150 were beyond what a turned face is allowed (`spoof/pairs/b_live.mov`, resnet)."""
_MOST_SEEN = 32


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far, in `metric`, a frame's face may be from the first one of the same person."""

    metric: Metric
    farthest: float
    turned: float
    """The same of a face that was asked to turn."""

    @classmethod
    def by(cls, metric: Metric, criterion: Criterion) -> "Likeness":
        """As what is known of strangers to this embedder allows."""
        known = criterion.calibration
        farthest = ANOTHER * criterion.threshold
        turned = min(TURNED * farthest, known.threshold(TURNED_RATE))
        return cls(metric, min(farthest, known.threshold(ANOTHER_RATE)), turned)

    @classmethod
    def around(cls, metric: Metric, threshold: float) -> "Likeness":
        """By an embedder's own threshold alone, for who never asks a face to turn."""
        return cls(metric, ANOTHER * threshold, ANOTHER * threshold)


class SameFace:
    """Follows one face from frame to frame."""

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self.turns = False
        """Whether it was asked to turn: it may be less like itself then."""
        self._last = -math.inf
        self._place: Box | None = None
        self._first: Array | None = None
        """Embedding of its first usable frame."""
        self._seen: deque[tuple[float, Array]] = deque(maxlen=_MOST_SEEN)
        """Times and embeddings of its latest usable frames."""

    def follows(self, time: float, face: Face) -> bool:
        """Whether it is the same as before; False for the first, and for a time that does not rise.

        Where it is not, this face is the one that is followed from now on.
        """
        same = self._in_time(time) and self._in_place(time, face) and self._alike(time, face)
        if not same:
            self._first = None
            self._seen.clear()
        if face.quality.score >= MIN_QUALITY:
            self._seen.append((time, face.embedding))
            if self._first is None:
                self._first = face.embedding
        self._last, self._place = time, face.detection.box
        return same

    def _in_time(self, time: float) -> bool:
        # Written so that nan is no time.
        return 0.0 < time - self._last <= MOST_GAP_SECONDS

    def _in_place(self, time: float, face: Face) -> bool:
        return not jumped(self._place, face.detection.box, time - self._last)

    def _alike(self, time: float, face: Face) -> bool:
        # A blurred or turned face is like nobody, and decides nothing by itself.
        if self._first is None or face.quality.score < MIN_QUALITY:
            return True
        if self._first.shape != face.embedding.shape:
            return False
        apart, likeness = self._apart(face, [self._first]), self._likeness
        if apart <= likeness.farthest:
            return True
        if not self.turns or apart > likeness.turned:
            return False
        recent = [one for when, one in self._seen if time - when <= STEP_SECONDS]
        return bool(recent) and self._apart(face, recent) <= likeness.farthest

    def _apart(self, face: Face, others: Sequence[Array]) -> float:
        """How far it is from the nearest of `others`."""
        found = distances(face.embedding, np.stack(others), self._likeness.metric)
        return float(found.min())


def largest(faces: tuple[Face, ...]) -> Face | None:
    """The face whose box is largest: who sits in front. None where there is none."""
    return max(faces, key=lambda face: face.detection.box.area, default=None)
