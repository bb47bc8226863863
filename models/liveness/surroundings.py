"""Surroundings: whether what lies around a face moves with something that is held.

Around a living person the room stands still while the person moves. Around a face on a sheet or a
device its border, the picture's background and the hand move together as one rigid thing, before a
room that stands still. Where everything moves as one, the camera moves or a screen fills the
picture: that is no attack, but not what a computer's camera sees either.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.liveness.evidence import CueEvidence, Observation, no_evidence
from models.liveness.tracking import FaceFrame, Grey, Tracks, Window
from models.types import Array, Image

LOOK_SECONDS = 0.16
REMEMBERED_SECONDS = 5.0

Around = Literal["held", "all-moves", "stands", "plain", "nothing"]
"""What one look says: `nothing` where neither the face nor its surroundings moved."""

_PIXELS = 320
_REFERENCE_SECONDS = 1.6
_MOST_POINTS = 120
_MOST_SHIFT, _MOST_GROWTH = 1.5, 1.5
_MOVED_PX = 1.0  # of the window: more than tracking errs by
_STILL_PX = 0.5
_FACE_MOVED_PX = 2.0
_FEWEST = 5
_ZONE = 3.4  # eye distances from the face to which a held thing is looked for
_RIGID_SHARE, _ALL_SHARE = 0.6, 0.7
_LEAST_LOOKS = 3

HELD_LLR, ALL_MOVES_LLR, STANDS_LLR, PLAIN_LLR = -5.0, -1.2, 0.6, 0.3
"""How much each says at most, natural logarithms."""


@dataclass(frozen=True, slots=True, eq=False)
class _Reference:
    time: float
    face: FaceFrame
    window: Window
    tracks: Tracks
    places: Array


class SurroundingsCue:
    """Satisfies `models.liveness.evidence.Cue`. Not for use by two threads at once."""

    name = "surroundings"

    def __init__(self) -> None:
        self._reference: _Reference | None = None
        self._looks: deque[tuple[float, Around]] = deque(maxlen=64)
        self._last = -math.inf

    def reset(self) -> None:
        """Forgets the face."""
        self._reference = None
        self._looks.clear()
        self._last = -math.inf

    def observe(self, observation: Observation) -> None:
        """Looks at a frame, unless the last look is less than `LOOK_SECONDS` old."""
        time = observation.time
        if not math.isfinite(time) or time - self._last < LOOK_SECONDS:
            return
        self._last = time
        face = FaceFrame.of(observation.face.landmarks)
        if face is None:
            self._reference = None
            return
        reference = self._reference
        if reference is None or not _comparable(reference, face, time):
            self._reference = _begin(observation.image, face, time)
            return
        reference.tracks.follow(reference.window.cut(observation.image))
        self._looks.append((time, _told(reference, face)))

    def evidence(self) -> CueEvidence:
        """`held`, `all-moves`, `stands` (the room, while the face moves), `plain`, or nothing."""
        recent = [said for time, said in self._looks if time >= self._last - REMEMBERED_SECONDS]
        count = {kind: recent.count(kind) for kind in ("held", "all-moves", "stands", "plain")}
        # Where the camera moves, what is near the face moves a little otherwise than the rest.
        if count["held"] >= max(_LEAST_LOOKS, count["all-moves"] / 3.0):
            share = min(count["held"] / (2.0 * _LEAST_LOOKS), 1.0)
            return CueEvidence(self.name, HELD_LLR * share, "held")
        if count["all-moves"] > count["stands"] + count["plain"]:
            return CueEvidence(self.name, ALL_MOVES_LLR, "all-moves")
        if count["stands"] >= 2:
            return CueEvidence(self.name, STANDS_LLR, "stands")
        if count["plain"] + count["stands"] >= 2:
            return CueEvidence(self.name, PLAIN_LLR, "plain")
        return no_evidence(self.name, "no-motion")


def _begin(image: Image, face: FaceFrame, time: float) -> _Reference:
    height, width = image.shape[:2]
    window = Window(0, 0, max(height, width), min(max(height, width), _PIXELS))
    mask = _mask(face, window, (width, height))
    tracks = Tracks(window, window.cut(image), mask, most=_MOST_POINTS)
    return _Reference(time, face, window, tracks, face.inside(tracks.start))


def _told(reference: _Reference, face: FaceFrame) -> Around:
    tracks, scale = reference.tracks, reference.window.scale
    alive = tracks.alive
    moves = (tracks.now - tracks.start)[alive] * np.float32(scale)
    way = np.hypot(moves[:, 0], moves[:, 1])
    before = reference.face
    face_way = math.hypot(face.x - before.x, face.y - before.y) * scale
    places = reference.places[alive]
    near = np.hypot(places[:, 0], places[:, 1] + 0.5) < _ZONE
    moving, still = way > _MOVED_PX, way < _STILL_PX
    rigid = np.zeros(len(way), dtype=np.bool_)
    if moving.sum() >= _FEWEST:
        where = (tracks.start[alive] * np.float32(scale)).astype(np.float32)
        rigid[moving] = _rigid(where[moving], moves[moving])
    if rigid.sum() >= _FEWEST:
        if still.sum() >= _FEWEST and _is_held(rigid, still, near, places):
            return "held"
        if rigid.mean() >= _ALL_SHARE and still.sum() < _FEWEST:
            return "all-moves"
    if face_way < _FACE_MOVED_PX:
        return "nothing"
    if still[near].sum() >= _FEWEST and still[near].mean() >= 0.5:
        return "stands"
    return "plain" if len(way[near]) < 2 * _FEWEST else "nothing"


def _is_held(
    rigid: npt.NDArray[np.bool_],
    still: npt.NDArray[np.bool_],
    near: npt.NDArray[np.bool_],
    places: Array,
) -> bool:
    """Whether most of what is near moves as one, on two sides of the face, and the rest stands."""
    inner = near & rigid
    if inner.sum() < _FEWEST or inner.sum() < _RIGID_SHARE * near.sum():
        return False
    x, y = places[inner].T
    sides = int((x < -1.2).sum() >= 2) + int((x > 1.2).sum() >= 2) + int((y < -1.9).sum() >= 2)
    away = np.hypot(*places.T)
    return sides >= 2 and float(np.median(away[still])) > float(np.median(away[inner]))


def _rigid(where: Array, moves: Array) -> npt.NDArray[np.bool_]:
    """Which of the points (n, 2) follow the turn, shift and growth that most of them share."""
    import cv2

    _, inliers = cv2.estimateAffinePartial2D(
        where, where + moves, method=cv2.RANSAC, ransacReprojThreshold=1.0, maxIters=150
    )
    found = np.asarray(inliers).ravel()
    # Where nothing fits there is no list of inliers at all.
    return found.astype(np.bool_) if len(found) == len(where) else np.zeros(len(where), np.bool_)


def _comparable(reference: _Reference, face: FaceFrame, time: float) -> bool:
    before = reference.face
    gone = math.hypot(face.x - before.x, face.y - before.y) / before.unit
    growth = face.unit / before.unit
    near = gone <= _MOST_SHIFT and 1 / _MOST_GROWTH <= growth <= _MOST_GROWTH
    return near and 0.0 <= time - reference.time <= _REFERENCE_SECONDS


def _mask(face: FaceFrame, window: Window, size: tuple[int, int]) -> Grey:
    """The frame without the head, its hair and the body below it."""
    import cv2

    mask = np.zeros((window.pixels, window.pixels), dtype=np.uint8)
    right, bottom = round(size[0] * window.scale), round(size[1] * window.scale)
    mask[2 : bottom - 2, 2 : right - 2] = 255
    unit = face.unit * window.scale
    x, y = window.to_window(np.array([[face.x, face.y]], dtype=np.float32))[0]
    head = (max(int(1.5 * unit), 1), max(int(2.0 * unit), 1))
    middle = (round(float(x)), round(float(y - 0.3 * unit)))
    cv2.ellipse(mask, middle, head, math.degrees(face.angle), 0, 360, 0, -1)
    top = max(round(float(y + 0.8 * unit)), 0)
    left = max(round(float(x - 3.2 * unit)), 0)
    mask[top:, left : max(round(float(x + 3.2 * unit)), 0)] = 0
    return mask
