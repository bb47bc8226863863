"""What is wrong with pictures that show no face: too dark, covered, masked or turned.

A camera that hangs upside down or on its side shows faces turned. Such a face is nobody's: it is
taken away, so that it is neither matched nor refused.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle

import cv2
import numpy as np

from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.same_face import largest
from daemon.sources.base import Frame
from enroll.guide.prompts import Prompt, prompt_of, turn_by
from models import scene
from models.detectors.following import FollowingDetector
from models.types import Detection, Detector, Image

Masked = Callable[[Image], bool]
"""As `models.liveness.masks.MaskFinder`."""

_TURNS = {
    180: cv2.ROTATE_180,
    90: cv2.ROTATE_90_CLOCKWISE,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
"""The most frequent first."""

# One turned face in four is found as if it were upright: MTCNN on 160 pictures of LFW, turned in
# all ways. Of 104 such faces one was surer than 0.9956; turned upright again nine in ten are surer
# than 0.978. Of the 159 upright ones none was found at 0.97 in a turned picture and surer there.
_SURE = 0.9956
_TURNED_LEAST = 0.97
# A face that turns away or covers itself is hardly one either: of 991 frames of living people (the
# clips of `video` and `spoof/pairs`) none is taken for a turned one by these two.
_UPRIGHT_MOST, _BESIDE_LEAST = 0.98, 0.994
_FACELESS_SECONDS = 0.5
_EVERY_SECONDS = 0.5
"""Between two tries: each takes as long as a search of the whole frame."""
_HOLD_SECONDS = 1.0
_MOST_SECONDS = 8.0
"""Between two looks for a mask, of some 15 ms each, in a room where nobody is."""


def flawed(frame: Frame, analysed: AnalysedFrame) -> AnalysedFrame:
    """`analysed` with what is wrong with the light of a picture without a face, if anything is."""
    if analysed.analysis.faces:
        return analysed
    word = prompt_of(scene.flaw(frame.image))
    return analysed if word is None else replace(analysed, scene=word)


class SceneObserver:
    """Looks at the frames of one source, in their order. For one thread.

    `rotated` is by how many degrees, clockwise, they were turned already; `still` as the source's.
    `masked` says whether a picture shows a face that the detector cannot find behind its mask.
    """

    def __init__(
        self, detector: Detector, *, rotated: int, still: bool, masked: Masked | None = None
    ) -> None:
        following = isinstance(detector, FollowingDetector)
        self._detector: Detector = detector.searcher if following else detector  # type: ignore[attr-defined]
        self._rotated = rotated
        self._still = still
        self._masked = masked
        self._mask_due: float | None = None
        self._mask_until, self._mask_pause = float("-inf"), _EVERY_SECONDS
        self._turns: Iterator[int] = cycle(_TURNS)
        self._suspected = 0
        self._found = 0
        self._held_until = self._due = float("-inf")
        self._pause = _EVERY_SECONDS
        self._faceless_since: float | None = None

    def see(self, frame: Frame, analysed: AnalysedFrame) -> AnalysedFrame:
        """`analysed` with what is wrong with its picture, if anything is."""
        face = largest(analysed.analysis.faces)
        if face is not None and not _doubtful(face.detection):
            self._held_until, self._faceless_since = float("-inf"), None
            self._mask_due, self._mask_pause = None, _EVERY_SECONDS
            return analysed
        if analysed.time < self._held_until:
            return self._turned(analysed)
        if face is None and (word := prompt_of(scene.flaw(frame.image))) is not None:
            return replace(analysed, scene=word)
        if face is None and self._hides(frame):
            return replace(analysed, scene=Prompt.UNCOVER_YOUR_FACE)
        if self._still:
            self._found = self._any_turn(frame.image, None if face is None else face.detection)
        elif face is not None:
            self._found = self._doubted(frame, face.detection)
        else:
            self._found = self._searched(frame)
        return self._turned(analysed) if self._found else analysed

    def _turned(self, analysed: AnalysedFrame) -> AnalysedFrame:
        word = turn_by((self._rotated + self._found) % 360)
        return replace(analysed, analysis=replace(analysed.analysis, faces=()), scene=word)

    def _doubted(self, frame: Frame, face: Detection) -> int:
        """Degrees by which a face that is hardly one is turned; 0 where it is not, or not asked."""
        self._faceless_since = None
        if frame.time < self._due:
            return 0
        self._due = frame.time + self._pause
        # A face that is hardly one for long is asked about less and less.
        self._pause *= 2
        degrees = self._any_turn(frame.image, face)
        if degrees:
            self._hold(frame.time, degrees)
        return degrees

    def _searched(self, frame: Frame) -> int:
        """Degrees by which a picture without a face is turned: one way is tried now and then."""
        if self._faceless_since is None:
            self._faceless_since, self._pause = frame.time, _EVERY_SECONDS
        waits = frame.time - self._faceless_since < _FACELESS_SECONDS
        if (waits or frame.time < self._due) and not self._suspected:
            return 0
        degrees = self._suspected or next(self._turns)
        found = self._confidence(frame.image, degrees) >= _TURNED_LEAST
        # In a scene without a face something may look like one, turned, in a single frame.
        sure, self._suspected = found and bool(self._suspected), degrees if found else 0
        self._due = frame.time + _EVERY_SECONDS
        if sure:
            self._hold(frame.time, degrees)
        return degrees if sure else 0

    def _hides(self, frame: Frame) -> bool:
        """Whether somebody wears a mask behind which the detector finds no face."""
        if self._masked is None:
            return False
        if self._mask_due is None:
            self._mask_due = frame.time + (0.0 if self._still else _FACELESS_SECONDS)
        if frame.time >= self._mask_due:
            # A room without anybody is asked about less and less.
            self._mask_pause = min(2 * self._mask_pause, _MOST_SECONDS)
            if self._masked(frame.image):
                self._mask_until, self._mask_pause = frame.time + _HOLD_SECONDS, _EVERY_SECONDS
            self._mask_due = frame.time + self._mask_pause
        return frame.time < self._mask_until

    def _hold(self, time: float, degrees: int) -> None:
        self._found = self._suspected = degrees
        self._held_until, self._pause = time + _HOLD_SECONDS, _EVERY_SECONDS

    def _any_turn(self, image: Image, face: Detection | None) -> int:
        """The turn by which a face is surest, 0 where that is none or less than upright."""
        upright = 0.0
        if face is not None:
            image = _around(image, face)
            upright = max(self._confidence(image, 0), face.confidence)
        found = {degrees: self._confidence(image, degrees) for degrees in _TURNS}
        best = max(found, key=lambda degrees: found[degrees])
        if face is None:
            return best if found[best] >= _TURNED_LEAST else 0
        return best if upright < _UPRIGHT_MOST and found[best] >= _BESIDE_LEAST else 0

    def _confidence(self, image: Image, degrees: int) -> float:
        turned = image
        if degrees:
            turned = np.ascontiguousarray(cv2.rotate(image, _TURNS[degrees]), dtype=np.uint8)
        return max((one.confidence for one in self._detector.detect(turned)), default=0.0)


def _doubtful(face: Detection) -> bool:
    # A detector without landmarks states no confidence that would tell.
    return face.landmarks_measured and face.confidence < _SURE


def _around(image: Image, face: Detection) -> Image:
    """The face with half its size on every side, as far as the picture goes."""
    box, (height, width) = face.box, image.shape[:2]
    side = max(box.width, box.height)
    across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    left, right = (int(min(max(across + end, 0), width)) for end in (-side, side))
    top, bottom = (int(min(max(down + end, 0), height)) for end in (-side, side))
    return np.ascontiguousarray(image[top:bottom, left:right])
