"""Every living face of a clip with several people: followed, then tried as a clip of its own.

A face is followed by the place of its box alone; a cut, or somebody who passes before it, ends it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from models.evaluation.spoof import LIVE, Presentation, Trial
from models.evaluation.spoof_trials import Frames, Setup, Trials
from models.liveness.suite import Suite
from models.types import Box, Detection, Detector, Image

LEAST_SECONDS = 2.0
LEAST_PIXELS = 80.0
"""Of the longer side of the box, in the middle of its frames."""
_LEAST_OVERLAP = 0.4
"""Of the boxes of two frames, intersection over union."""
_MOST_GAP = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class FollowedFace:
    """One face: by number of the frame, its detection there."""

    began: float
    """Seconds."""
    ended: float
    detections: dict[int, Detection]

    @property
    def side(self) -> float:
        """Longer side of its box in pixels, in the middle of all frames."""
        boxes = [one.box for one in self.detections.values()]
        return float(np.median([max(box.width, box.height) for box in boxes]))


def followed(frames: Iterable[tuple[float, Sequence[Detection]]]) -> list[FollowedFace]:
    """The faces of at least `LEAST_SECONDS` and `LEAST_PIXELS`, in order of their coming.

    `frames` are times in seconds and the faces that were found.
    """
    faces: list[FollowedFace] = []
    for index, (time, found) in enumerate(frames):
        left = list(found)
        for number, face in enumerate(faces):
            last = next(reversed(face.detections.values()))
            nearest = max(left, key=lambda one: overlap(one.box, last.box), default=None)
            if nearest is None or time - face.ended > _MOST_GAP:
                continue
            if overlap(nearest.box, last.box) >= _LEAST_OVERLAP:
                faces[number] = FollowedFace(face.began, time, {**face.detections, index: nearest})
                left = [one for one in left if one is not nearest]
        faces += [FollowedFace(time, time, {index: one}) for one in left]
    return [
        one for one in faces if one.ended - one.began >= LEAST_SECONDS and one.side >= LEAST_PIXELS
    ]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, in [0, 1]."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (one.area + other.area - width * height)


class _Following:
    """A detector that finds one face in the frames of its clip, as they are read."""

    name = "following"

    def __init__(self, face: FollowedFace, frames: Frames) -> None:
        self._face = face
        self._frames = frames
        self._image: Image | None = None
        self._found: list[Detection] = []

    def read(self, path: Path) -> Iterator[tuple[float, Image]]:
        """The frames of the clip in which the face is."""
        for index, (time, image) in enumerate(self._frames(path)):
            if index in self._face.detections:
                self._image, self._found = image, [self._face.detections[index]]
                yield time, image

    def detect(self, image: Image) -> list[Detection]:
        """The face, in the frame that was read last; in others there is none."""
        return self._found if image is self._image else []


def face_trials(
    path: Path, frames: Frames, detector: Detector, suite: Suite, setup: Setup
) -> Iterator[Trial]:
    """The trials of every face of one clip of living people."""
    seen = [(time, detector.detect(image)) for time, image in frames(path)]
    for number, face in enumerate(followed(seen)):
        following = _Following(face, frames)
        runner = Trials(suite, partial(_same, following), following.read, setup)
        name = f"{path.name}, face {number} at {face.began:.1f} s"
        yield from runner.run(Presentation(path, LIVE, name))


def _same(following: _Following) -> _Following:
    return following
