"""Compares frames with an earlier one of the same face: what a cue of movement begins with."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from models.liveness.evidence import Observation
from models.liveness.face_frame import FaceFrame
from models.liveness.tracking import Tracks
from models.types import Array, Image

_REFERENCE_SECONDS = 1.6

Choose = Callable[[Image, FaceFrame], Tracks]
"""The points of a frame that are to be followed."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A frame that later ones are compared with; `number` tells it from those before it."""

    number: int
    time: float
    face: FaceFrame
    tracks: Tracks
    places: Array
    """Where the points were in it, in the axes of its face (n, 2)."""


class References:
    """Keeps one reference: a frame whose face is as near as these limits say, and not too old.

    `most_shift` is in eye distances, `most_growth` a factor, as `FaceFrame.is_near` has them.
    """

    def __init__(
        self, choose: Choose, *, sample_seconds: float, most_shift: float, most_growth: float
    ) -> None:
        self._choose = choose
        self._sample_seconds = sample_seconds
        self._most_shift = most_shift
        self._most_growth = most_growth
        self._reference: Reference | None = None
        self._number = 0
        self.last = -math.inf
        """The time of the frame that was looked at last, in seconds."""

    def reset(self) -> None:
        """Forgets the face and all times."""
        self.drop()
        self.last = -math.inf

    def drop(self) -> None:
        """The next frame is a new reference."""
        self._reference = None

    def follow(self, seen: Observation) -> tuple[Reference, FaceFrame] | None:
        """The reference, its points followed into this frame, and where the face is now.

        None for a frame that comes within `sample_seconds` of the last one, that shows no face, or
        that becomes the reference itself.
        """
        if not math.isfinite(seen.time) or seen.time - self.last < self._sample_seconds:
            return None
        self.last = seen.time
        face = FaceFrame.of(seen.face.landmarks)
        reference = self._reference
        if face is None:
            self.drop()
            return None
        if reference is None or not self._comparable(reference, face, seen.time):
            self._reference = self._begin(seen.image, face, seen.time)
            return None
        reference.tracks.follow(reference.tracks.window.cut(seen.image))
        return reference, face

    def _comparable(self, reference: Reference, face: FaceFrame, time: float) -> bool:
        shift, growth = self._most_shift, self._most_growth
        near = reference.face.is_near(face, most_shift=shift, most_growth=growth)
        return near and 0.0 <= time - reference.time <= _REFERENCE_SECONDS

    def _begin(self, image: Image, face: FaceFrame, time: float) -> Reference:
        self._number += 1
        tracks = self._choose(image, face)
        return Reference(self._number, time, face, tracks, face.inside(tracks.start))
