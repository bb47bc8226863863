"""Relief: whether a face that moved in the picture was seen to be no plane.

A sheet or a cut-out in a hand sways, and so does a head; but a head that sways turns a little too
and speaks, and its points soon move otherwise than those of a plane; or it turns so far that the
tip of its nose goes as in an answer to a challenge. Who moved without any of that, where it could
have been seen, is in doubt: the movement alone tells nothing, and a plane that stands still is not
noticed. Pure;
`models.liveness.depth` hands in what it follows.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from models.liveness.nose import NOD, TURN, posed
from models.types import Array, Landmarks

MOVED = 0.04
"""Eye distances that a face goes before it has moved. With `ROLLED` chosen on rendered clips of 20
people and on the shared living clips: within a quarter of a second the faces of who sits still
(`a`, `c`, `d0`, `d13`) went up to 0.036 and rolled by up to 0.014."""
ROLLED = 0.012
"""Radians."""
FLAT_TURN = 0.04
"""Largest possible turn of what looks flat: of points that blur or get lost nobody can tell."""
RELIEF_TURN = 0.02
"""Certain turn, the sine of 1.2 degrees: less than `models.liveness.depth` calls depth, since here
it lifts a doubt and proves nothing. Cut-outs of the 20 people reach 0.008."""
DEFORMS = 0.035
"""Of the eyes' distance, by which points scatter about every rigid shape: faces that speak or
grimace. From here on `models.liveness.depth` tells no shape. The shared card reaches 0.03 in two
looks in a row, cut-outs of the 20 people less."""

AT_REST_SECONDS = 1.5
"""After so long without movement a face is at rest, as one that did not move at first."""
_ROW_SECONDS = 0.5
_STEADYING = 5
"""Frames, a median of which steadies landmarks that tremble."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a face beside an earlier one of it, its reference; lengths in eye distances."""

    time: float
    reference: int
    moved: bool
    """Since the reference, by `MOVED` or `ROLLED`."""
    turn: float
    """`models.liveness.shape.Shape.least_turn`."""
    most: float
    """`Shape.most_turn`."""
    residual: float
    """Standard deviation of what no rigid shape explains."""


def has_moved(before: Array, after: Array, unit: float) -> bool:
    """Whether points that went from `before` to `after` (n, 2), in pixels, say so.

    `unit` is the eyes' distance in pixels. The shift, roll and growth that fit best (Umeyama,
    "Least-squares estimation of transformation parameters", 1991, in the plane by complex numbers).
    """
    start, end = (points.astype(np.float64) @ np.array([1.0, 1j]) for points in (before, after))
    gone = complex(end.mean() - start.mean())
    start, end = start - start.mean(), end - end.mean()
    spin = complex(np.vdot(start, end))
    return abs(gone) >= MOVED * unit or abs(math.atan2(spin.imag, spin.real)) >= ROLLED


def is_in_doubt(looks: Sequence[Look]) -> bool:
    """Whether the face moved as what is flat and has not been at rest since, without any relief."""
    moves = [look for look in looks if look.moved]
    if not moves or looks[-1].time - moves[-1].time >= AT_REST_SECONDS:
        return False
    if not any(look.most <= FLAT_TURN for look in moves):
        return False
    return not any(_tells(before, after) for before, after in pairwise(looks))


class Turning:
    """Whether a head turned or nodded, by the tip of its nose between eyes and mouth.

    No flat picture moves it so far, held up to 40 degrees any way (`models.liveness.nose`).
    """

    def __init__(self, remembered_seconds: float) -> None:
        self._remembered_seconds = remembered_seconds
        self._latest: deque[tuple[float, float]] = deque(maxlen=_STEADYING)
        self._poses: deque[tuple[float, float, float]] = deque(maxlen=128)

    def reset(self) -> None:
        """Forgets the face."""
        self._latest.clear()
        self._poses.clear()

    def see(self, time: float, landmarks: Landmarks) -> None:
        """The landmarks of a frame at `time`, in seconds; those of no usable face are left out."""
        turn, nod, _ = posed(landmarks)
        if math.isnan(turn):
            return
        self._latest.append((turn, nod))
        if len(self._latest) == _STEADYING:
            turns, nods = zip(*self._latest, strict=True)
            self._poses.append((time, median(turns), median(nods)))

    def has_turned(self, now: float) -> bool:
        """Whether two poses of the seconds before `now` are as far apart as an answer's."""
        since = now - self._remembered_seconds
        turns = [turn for time, turn, _ in self._poses if time >= since]
        nods = [nod for time, _, nod in self._poses if time >= since]
        return _reach(turns) >= TURN or _reach(nods) >= NOD


def _reach(values: Sequence[float]) -> float:
    return max(values) - min(values) if values else 0.0


def _tells(before: Look, after: Look) -> bool:
    """Two in a row: one alone comes about where a picture slides or is blurred."""
    if before.reference != after.reference or after.time - before.time > _ROW_SECONDS:
        return False
    return all(look.turn >= RELIEF_TURN or look.residual >= DEFORMS for look in (before, after))
