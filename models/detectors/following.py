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
_SAME_FACE = 0.5  # overlap above which two followed faces have become one, or a found one is known


@runtime_checkable
class LooksAgain(Protocol):
    """What a detector offers so that its faces can be followed."""

    def look_again(self, image: Image, faces: Sequence[Detection]) -> list[Detection]:
        """Those of `faces`, seen in an earlier frame, that are still about there.

        With landmarks as exact as the detector can make them.
        """
        ...


@runtime_checkable
class LooksFirst(Protocol):
    """What a detector offers whose first look at a scene may be shorter than a whole search."""

    def look_first(self, image: Image) -> list[Detection]:
        """The faces of whoever sits in front; others may be missed."""
        ...

    def steady_quickly(self, image: Image, face: Detection) -> Detection:
        """`face` with landmarks about as exact as can be: others follow in the next frame."""
        ...


@dataclass(frozen=True, slots=True)
class _Track:
    face: Detection
    before: Detection | None = None
    """The face in the frame before; None where it was not seen there."""
    searched: bool = False
    """Whether the whole frame was searched for it."""
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
    frames. With `front_first` a search while nobody is followed looks for whoever sits in front, if
    the detector can: who stands further behind is found by the next search. Only the place is
    carried over: every answer is measured in the frame it is given for, and nothing here says who
    it is. A detector without `look_again` searches every frame. Raises UsageError.
    """

    def __init__(
        self, detector: Detector, *, full_every: int = 10, front_first: bool = False
    ) -> None:
        if not 1 <= full_every <= _MOST_FRAMES:
            raise UsageError(
                f"a search every {full_every} frames is not possible", f"1 to {_MOST_FRAMES}"
            )
        self._detector = detector
        self._again = detector if isinstance(detector, LooksAgain) else None
        quick = front_first and isinstance(detector, LooksFirst)
        self._first = detector if quick and isinstance(detector, LooksFirst) else None
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
        track = self._track(face)
        if track is not None and not track.searched:
            return face
        if self._first is not None:
            return self._first.steady_quickly(image, face)
        return steadied(self._detector, image, face)

    def before(self, face: Detection) -> Detection | None:
        """What the last frame's `face` was in the frame before, where it was followed, or where the
        search that comes now and then found it where it was expected; else None.
        """
        track = self._track(face)
        return None if track is None else track.before

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
            known = self._tracks if self._is_search_due(image) else []
            # Should the search raise, the next frame must not follow what was there before.
            self.reset()
            first = None if known or self._first is None else self._first.look_first
            tracks = _found((first or self._detector.detect)(image), known)
        self._tracks, self._shape = tracks, image.shape
        self._frames += 1
        return sorted((track.face for track in tracks), key=_area, reverse=True)

    def _track(self, face: Detection) -> _Track | None:
        return next((track for track in self._tracks if track.face is face), None)

    def _is_search_due(self, image: Image) -> bool:
        """Whether the whole frame is searched for no other reason than that it is time."""
        return self._frames >= self._full_every and image.shape == self._shape

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
            motion = _motion(track.face, found[0])
            moved.append(_Track(found[0], track.face, motion=motion))
        pairs = combinations(moved, 2)
        merged = any(iou(one.face.box, other.face.box) > _SAME_FACE for one, other in pairs)
        return None if merged else moved


def _found(faces: Sequence[Detection], known: Sequence[_Track]) -> list[_Track]:
    """What a search found, and which of the `known` faces it is."""
    tracks = []
    for face in faces:
        earlier = _continued(face, faces, known)
        if earlier is None:
            tracks.append(_Track(face, searched=True))
        else:
            motion = _motion(earlier.face, face)
            tracks.append(_Track(face, earlier.face, searched=True, motion=motion))
    return tracks


def _continued(
    face: Detection, faces: Sequence[Detection], known: Sequence[_Track]
) -> _Track | None:
    """Which one `face` is: it is where that was expected, and no other face is even near there."""
    here = [track for track in known if iou(track.expected().box, face.box) > _SAME_FACE]
    if len(here) != 1:
        return None
    expected = here[0].expected()
    near = [one for one in faces if iou(expected.box, one.box) > 0.0]
    return here[0] if len(near) == 1 and _believable(expected, face) else None


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
