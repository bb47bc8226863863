"""Whether the face of a frame is that of the frames before it, by place and by likeness. Pure."""

import math

from models.scoring.decision import jumped
from models.scoring.matching import distances
from models.types import MIN_QUALITY, Array, Box, Face, Metric

MOST_GAP_SECONDS = 0.5
"""Between two frames with the face, lest it be changed in between."""
ANOTHER = 1.25
"""Times the threshold; a face that is further from the first usable one is another. One
person's frames of a visit stay within it; who is taken for another only begins anew."""

TURNED = 1.3
"""Times that, of a face that is asked to turn. With resnet, turned and nodding faces of the shared
clips were 0.21 to 0.36 from their first frame, 0.47 at most; 0.32 is ANOTHER, 0.41 this."""


class SameFace:
    """Follows one face from frame to frame.

    `metric` is the embedder's, `threshold` the matcher's.
    """

    def __init__(self, metric: Metric, threshold: float) -> None:
        self._metric: Metric = metric
        self._another = ANOTHER * threshold
        self.turns = False
        """Whether it was asked to turn: it may be less like itself then."""
        self._last = -math.inf
        self._place: Box | None = None
        self._first: Array | None = None
        """Embedding of its first usable frame."""

    def follows(self, time: float, face: Face) -> bool:
        """Whether it is the same as before; False for the first, and for a time that does not rise.

        Where it is not, this face is the one that is followed from now on.
        """
        same = self._in_time(time) and self._in_place(time, face) and self._alike(face)
        if not same:
            self._first = None
        if self._first is None and face.quality.score >= MIN_QUALITY:
            self._first = face.embedding
        self._last, self._place = time, face.detection.box
        return same

    def _in_time(self, time: float) -> bool:
        # Written so that nan is no time.
        return 0.0 < time - self._last <= MOST_GAP_SECONDS

    def _in_place(self, time: float, face: Face) -> bool:
        return not jumped(self._place, face.detection.box, time - self._last)

    def _alike(self, face: Face) -> bool:
        # A blurred or turned face is like nobody, and decides nothing by itself.
        if self._first is None or face.quality.score < MIN_QUALITY:
            return True
        if self._first.shape != face.embedding.shape:
            return False
        farthest = self._another * (TURNED if self.turns else 1.0)
        return float(distances(face.embedding, self._first[None], self._metric)[0]) <= farthest


def largest(faces: tuple[Face, ...]) -> Face | None:
    """The face whose box is largest: who sits in front. None where there is none."""
    return max(faces, key=lambda face: face.detection.box.area, default=None)
