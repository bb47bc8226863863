"""Follows faces from frame to frame, so that the whole frame need not be searched each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol, runtime_checkable

from models.alignment import check_image
from models.detectors.steadying import steadied
from models.errors import UsageError
from models.geometry import iou
from models.types import Box, Detection, Detector, Image

_MOST_FRAMES = 300
_LEAST_CONFIDENCE = 0.9  # below it O-Net alone is not believed
_LEAST_OVERLAP = 0.3  # with where the face was expected
_MOST_GROWTH = 1.5  # of a side, from one frame to the next
_SAME_FACE = 0.5  # overlap above which two followed faces have become one


@runtime_checkable
class LooksAgain(Protocol):
    """What a detector offers so that its faces can be followed."""

    def look_again(self, image: Image, faces: Sequence[Detection]) -> list[Detection]:
        """Those of `faces`, seen in an earlier frame, that are still about there.

        With landmarks as exact as the detector can make them.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Track:
    face: Detection
    before: Detection | None = None
    """The face in the frame before; None where it was searched for."""
    motion: tuple[float, float] = (0.0, 0.0)
    """Pixels right and down since the frame before."""

    def expected(self) -> Detection:
        """The face where it will be if it moves on as it did."""
        right, down = self.motion
        box = self.face.box
        moved = Box(box.left + right, box.top + down, box.right + right, box.bottom + down)
        return Detection(moved, self.face.confidence, self.face.landmarks)


class FollowingDetector:
    """Searches the whole frame now and then, and in between only where the faces were.

    For the frames of one scene in their order; satisfies `models.types.Detector`. The whole frame
    is searched by `detector` every `full_every` (1..300) frames, whenever no face is followed, when
    the frame's size changes, and at once, in the same frame, when a followed face is lost, doubted
    or changes abruptly. So a face that appears beside a followed one is found within `full_every`
    frames. Only the place is carried over: every answer is measured in the frame it is given for,
    and nothing here says who it is. A detector without `look_again` searches every frame. Raises
    UsageError.
    """

    def __init__(self, detector: Detector, *, full_every: int = 10) -> None:
        if not 1 <= full_every <= _MOST_FRAMES:
            raise UsageError(
                f"a search every {full_every} frames is not possible", f"1 to {_MOST_FRAMES}"
            )
        self._detector = detector
        self._again = detector if isinstance(detector, LooksAgain) else None
        self._full_every = full_every
        self.reset()

    @property
    def name(self) -> str:
        """Name of the detector that searches the whole frame."""
        return self._detector.name

    @property
    def searcher(self) -> Detector:
        """The detector that searches the whole frame, which knows nothing of frames before."""
        return self._detector

    def steady(self, image: Image, face: Detection) -> Detection:
        """`face` with landmarks as exact as the detector can make them."""
        if self.before(face) is not None:
            return face
        return steadied(self._detector, image, face)

    def before(self, face: Detection) -> Detection | None:
        """What the last frame's `face` was in the frame before; None where it was searched for."""
        return next((track.before for track in self._tracks if track.face is face), None)

    @property
    def searched(self) -> bool:
        """Whether the whole of the last frame was searched."""
        return self._frames <= 1

    def reset(self) -> None:
        """Forgets where faces were: the next frame is searched whole."""
        self._tracks: list[_Track] = []
        self._shape: tuple[int, ...] = ()
        self._frames = 0

    def detect(self, image: Image) -> list[Detection]:
        """Faces in `image`, largest first. Raises ImageError where it is no colour picture."""
        check_image(image)
        tracks = self._follow(image) if self._may_follow(image) else None
        if tracks is None:
            # Should the search raise, the next frame must not follow what was there before.
            self.reset()
            tracks = [_Track(face) for face in self._detector.detect(image)]
        self._tracks, self._shape = tracks, image.shape
        self._frames += 1
        return sorted((track.face for track in tracks), key=_area, reverse=True)

    def _may_follow(self, image: Image) -> bool:
        return bool(self._tracks) and self._frames < self._full_every and image.shape == self._shape

    def _follow(self, image: Image) -> list[_Track] | None:
        """All faces in their new places, or None where one of them is in doubt."""
        if self._again is None:
            return None
        moved = []
        for track in self._tracks:
            expected = track.expected()
            found = self._again.look_again(image, [expected])
            if len(found) != 1 or not _believable(expected, found[0]):
                return None
            moved.append(_Track(found[0], track.face, _motion(track.face, found[0])))
        pairs = combinations(moved, 2)
        merged = any(iou(one.face.box, other.face.box) > _SAME_FACE for one, other in pairs)
        return None if merged else moved


def _believable(expected: Detection, found: Detection) -> bool:
    growth = max(found.box.height, 1.0) / max(expected.box.height, 1.0)
    return (
        found.confidence >= _LEAST_CONFIDENCE
        and iou(expected.box, found.box) >= _LEAST_OVERLAP
        and 1 / _MOST_GROWTH <= growth <= _MOST_GROWTH
    )


def _motion(before: Detection, now: Detection) -> tuple[float, float]:
    right, down = (now.landmarks - before.landmarks).mean(axis=0)
    return float(right), float(down)


def _area(face: Detection) -> float:
    return face.box.area
