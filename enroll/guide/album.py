"""The pictures of an enrolment so far: distinct ones, all of whoever sat down first. Pure NumPy."""

from enum import Enum, auto

import numpy as np

from enroll.guide.selection import DUPLICATE, Sample, length, lengths, objections
from models.scoring.matching import centre, distances
from models.types import Array, Metric

MOST_PICTURES = 64
MOST_OTHERS = 8
"""Pictures of another face that end an enrolment; at the pace of a guide a second."""

_ANCHOR = 4
# Pictures after which somebody else who comes is the other person, and not whoever passed by first.
_CLEARLY_BETTER = 0.1
# Times the threshold, as a length, at which the next picture may still be of the same person. Of 91
# people of the LFW half, each in a clip of four photos from different days, the threshold itself
# refuses 9, this 2, and none of 364 clips of two people makes an appearance of both.
_NEXT_MOMENT = 1.15


class Taken(Enum):
    """What became of a picture."""

    NEW = auto()
    """It shows something that no other does."""
    KNOWN = auto()
    """It is of the person, and much like another."""
    BEGUN_ANEW = auto()
    """It is of another person than the one or two before: those are gone, and it is the first."""
    ANOTHER = auto()
    """It is of another person, and was not kept."""
    UNUSABLE = auto()


class Album:
    """Takes pictures one by one. `threshold` is the embedder's, in `metric`."""

    def __init__(self, *, threshold: float, metric: Metric) -> None:
        self.samples: list[Sample] = []
        self.others = 0
        """Pictures of anybody else since the person sat down."""
        self._metric = metric
        self._reach = length(threshold, metric)
        self._seen = 0

    def add(self, sample: Sample) -> Taken:
        """Keeps `sample` where it helps."""
        if objections(sample) or not self._comparable(sample):
            return Taken.UNUSABLE
        gaps = self._gaps(sample)
        if gaps.size and not self._same(sample, gaps):
            return self._another(sample)
        self._seen += 1
        if gaps.size and gaps.min() < DUPLICATE * self._reach:
            self._improve(int(gaps.argmin()), sample)
            return Taken.KNOWN
        if len(self.samples) >= MOST_PICTURES:
            return Taken.KNOWN
        self.samples.append(sample)
        return Taken.NEW

    def _comparable(self, sample: Sample) -> bool:
        shape = self.samples[0].embedding.shape if self.samples else sample.embedding.shape
        return sample.embedding.ndim == 1 and sample.embedding.shape == shape

    def _gaps(self, sample: Sample) -> Array:
        if not self.samples:
            return np.zeros(0, dtype=np.float32)
        return lengths(distances(sample.embedding, self._rows, self._metric), self._metric)

    @property
    def _rows(self) -> Array:
        return np.stack([one.embedding for one in self.samples])

    def _same(self, sample: Sample, gaps: Array) -> bool:
        """Near some picture, as the next moment of a turn is, or near the middle of all.

        The whole is checked once more at the end, by `selection.choose`.
        """
        middle = centre(self._rows, self._metric)[None]
        to_middle = lengths(distances(sample.embedding, middle, self._metric), self._metric)
        return bool(min(gaps.min(), to_middle[0]) <= _NEXT_MOMENT * self._reach)

    def _another(self, sample: Sample) -> Taken:
        if self._seen < _ANCHOR:
            self.samples, self.others, self._seen = [sample], 0, 1
            return Taken.BEGUN_ANEW
        self.others += 1
        return Taken.ANOTHER

    def _improve(self, index: int, sample: Sample) -> None:
        """Of two much alike the better one stays."""
        if sample.quality.score > self.samples[index].quality.score + _CLEARLY_BETTER:
            self.samples[index] = sample
