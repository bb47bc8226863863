"""Surroundings: whether what lies around a face moves with something that is held.

Around a living person the room stands still while the person moves. Around a face on a sheet or a
device its border, the picture's background and the hand move together as one rigid thing, before a
room that stands still. Where everything moves as one, the camera moves or a screen fills the
picture: that is no attack, but not what a computer's camera sees either.
"""

import math
from collections import deque
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from models.liveness.evidence import CAMERA_MOVES, CueEvidence, Observation, no_evidence
from models.liveness.face_frame import FaceFrame
from models.liveness.reference import Reference, References
from models.liveness.tracking import Grey, Tracks, Window
from models.types import Array, Image

SAMPLE_SECONDS = 0.16
REMEMBERED_SECONDS = 5.0

Around = Literal["held", "all-moves", "few-move", "stands", "plain", "nothing"]
"""What one sample says: `nothing` where neither the face nor its surroundings moved. Everything
that moves is `few-move` where too few points are there to tell that it is the whole room."""

_Flags: TypeAlias = npt.NDArray[np.bool_]

_PIXELS = 320
_MOST_POINTS = 120
_LEAST_CORNER = 2.5e-4
"""`cornerMinEigenVal` of corners that are no noise: the strongest of 2 grey levels has 2.0e-4."""
_MOST_SHIFT, _MOST_GROWTH = 1.5, 1.5
_MOVED_PX = 0.7  # of the window: more than tracking errs by
_STILL_PX = 0.5
_HELD_PX = 1.4
_FACE_MOVED_PX = 2.0
_FEWEST_RIGID, _FEWEST_STILL, _FEWEST = 5, 4, 4
_ROOM_POINTS = 12
"""Fewest points of a reference that are a room: before a plain wall there are as few as nine on
what moves behind or beside a face."""
_REACH = 4.5  # eye distances from the face to which a held thing is looked for
_SIDE_SHARE, _RIGID_SHARE, _ALL_SHARE = 0.6, 0.4, 0.6
_LEAST_LOOKS, _LEAST_SHARE = 4, 1 / 3

HELD_LLR, ALL_MOVES_LLR, STANDS_LLR, PLAIN_LLR = -5.0, -0.9, 0.6, 0.3
"""How much each says at most, natural logarithms."""


class SurroundingsCue:
    """Satisfies `models.liveness.evidence.Cue`. Not for use by two threads at once."""

    name = "surroundings"

    def __init__(self) -> None:
        self._references = References(
            _choose, sample_seconds=SAMPLE_SECONDS, most_shift=_MOST_SHIFT, most_growth=_MOST_GROWTH
        )
        self._samples: deque[tuple[float, Around]] = deque(maxlen=64)
        self._answer: tuple[float, CueEvidence] | None = None
        """What was said at the last sample, and its time: between two nothing changes."""

    def reset(self) -> None:
        """Forgets the face."""
        self._references.reset()
        self._samples.clear()
        self._answer = None

    def observe(self, observation: Observation) -> None:
        """Samples a frame, unless the last sample is less than `SAMPLE_SECONDS` old."""
        followed = self._references.follow(observation)
        if followed is not None:
            self._samples.append((observation.time, _told(*followed)))

    def evidence(self) -> CueEvidence:
        """`held`, `all-moves`, `stands` (the room, while the face moves), `plain`, or nothing.

        `few-move` weighs as `all-moves` does, of which it is no proof.
        """
        if self._answer is None or self._answer[0] != self._references.last:
            self._answer = self._references.last, self._weighed()
        return self._answer[1]

    def _weighed(self) -> CueEvidence:
        since = self._references.last - REMEMBERED_SECONDS
        recent = [said for time, said in self._samples if time >= since]
        count = {kind: recent.count(kind) for kind in get_args(Around)}
        moving = count["all-moves"] + count["few-move"]
        # Where the camera moves, what is near the face moves a little otherwise than the rest.
        least = max(_LEAST_LOOKS, moving, _LEAST_SHARE * len(recent))
        if count["held"] >= least:
            share = min(count["held"] / (1.5 * _LEAST_LOOKS), 1.0)
            return CueEvidence(self.name, HELD_LLR * share, "held")
        if moving > count["stands"] + count["plain"]:
            room = count["all-moves"] > count["few-move"]
            return CueEvidence(self.name, ALL_MOVES_LLR, CAMERA_MOVES if room else "few-move")
        if count["stands"] >= 2:
            return CueEvidence(self.name, STANDS_LLR, "stands")
        if count["plain"] + count["stands"] >= 2:
            return CueEvidence(self.name, PLAIN_LLR, "plain")
        return no_evidence(self.name, "no-motion")


def _choose(image: Image, face: FaceFrame) -> Tracks:
    height, width = image.shape[:2]
    window = Window(0, 0, max(height, width), min(max(height, width), _PIXELS))
    mask = _mask(face, window, (width, height))
    return Tracks(window, window.cut(image), mask, most=_MOST_POINTS, least=_LEAST_CORNER)


def _told(reference: Reference, face: FaceFrame) -> Around:
    tracks, scale = reference.tracks, reference.tracks.window.scale
    alive = tracks.alive
    moves = (tracks.now - tracks.start)[alive] * np.float32(scale)
    way = np.hypot(moves[:, 0], moves[:, 1])
    moving, still = way > _MOVED_PX, way < _STILL_PX
    rigid = np.zeros(len(way), dtype=np.bool_)
    if moving.sum() >= _FEWEST:
        where = (tracks.start[alive] * np.float32(scale)).astype(np.float32)
        rigid[moving] = _rigid(where[moving], moves[moving])
    # A camera in a hand sways by little, and then some points seem to stand.
    far = rigid.any() and float(np.median(way[rigid])) >= _HELD_PX
    if far and _is_held(rigid, moving, still, reference.places[alive]):
        return "held"
    if moving.sum() >= max(_FEWEST, _ALL_SHARE * len(way)) and still.sum() < _FEWEST_STILL:
        return "all-moves" if len(tracks.start) >= _ROOM_POINTS else "few-move"
    before = reference.face
    if math.hypot(face.x - before.x, face.y - before.y) * scale < _FACE_MOVED_PX:
        return "nothing"
    if still.sum() >= max(_FEWEST_STILL, 0.5 * len(way)):
        return "stands"
    return "plain" if len(way) < 2 * _FEWEST_RIGID else "nothing"


def _is_held(rigid: _Flags, moving: _Flags, still: _Flags, places: Array) -> bool:
    """Whether something rigid moves on two sides of the face, with little that stands before it."""
    enough = rigid.sum() >= _FEWEST_RIGID and still.sum() >= _FEWEST_STILL
    if not enough or rigid.sum() < _RIGID_SHARE * moving.sum():
        return False
    x, y = places.T
    away = np.hypot(x, y + 0.5)
    near = away < _REACH
    level, above = near & (np.abs(y + 0.3) < 2.2), near & (np.abs(x) < 2.0)
    sides = (level & (x < -1.2), level & (x > 1.2), above & (y < -1.7))
    shares = sorted(_share_of(side, rigid, still, away) for side in sides)
    return shares[1] >= _SIDE_SHARE


def _share_of(side: _Flags, rigid: _Flags, still: _Flags, away: Array) -> float:
    """Of what lies on one side no further than the rigid thing, the share that is of it."""
    own = side & rigid
    if own.sum() < 2:
        return 0.0
    before = (side & still & (away < np.median(away[own]))).sum()
    return float(own.sum() / (own.sum() + before))


def _rigid(where: Array, moves: Array) -> _Flags:
    """Which of the points (n, 2) follow the turn, shift and growth that most of them share."""
    import cv2

    _, inliers = cv2.estimateAffinePartial2D(
        where, where + moves, method=cv2.RANSAC, ransacReprojThreshold=1.0, maxIters=150
    )
    found = np.asarray(inliers).ravel()
    # Where nothing fits there is no list of inliers at all.
    return found.astype(np.bool_) if len(found) == len(where) else np.zeros(len(where), np.bool_)


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
