"""Infrared: what a screen, paper and skin send back of the light that an infrared lamp gives.

A screen gives no infrared, so it is dark where a lamp lights everything else; a lamp that flickers
makes pairs of a lit and an unlit frame, whose difference is the lamp's light alone. Of a living
face that difference falls off towards the sides, since a head is round; paper sends it back evenly.
Tested on rendered pictures only: no infrared recording of an attack was to be had.
"""

import math
from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.colour import has_colour
from models.liveness.evidence import CueEvidence, Observation, no_evidence
from models.liveness.face_frame import FaceFrame
from models.liveness.tracking import Grey, Window

DARK = 0.35
"""Lamp's light on the face, as a share of that on what is around it, below which it is a screen."""
EVEN = 0.06
"""Fall-off of the lamp's light from nose to cheeks below which the face is flat."""
SCREEN_LLR, PAPER_LLR, LIVE_LLR = -5.0, -2.0, 1.0

_LEAST_LIGHT = 6.0  # grey levels of the lamp's light around the face; less tells nothing
_SIDE = 64
_FEWEST = 5
_MOST = 60
COLOUR_SECONDS = 0.5
"""For so long a picture with colour answers for those after it: no infrared camera shows any."""


class InfraredCue:
    """Satisfies `models.liveness.evidence.Cue`; no evidence from colour pictures or steady light.

    Not for use by two threads at once.
    """

    name = "infrared"

    def __init__(self) -> None:
        self._said: deque[tuple[float, float]] = deque(maxlen=_MOST)
        self._before: Grey | None = None
        self._window: Window | None = None
        self._coloured = -math.inf

    def reset(self) -> None:
        """Forgets the face."""
        self._said.clear()
        self._before = self._window = None
        self._coloured = -math.inf

    def observe(self, observation: Observation) -> None:
        """Takes a frame; what counts is its difference from the one before."""
        if 0.0 <= observation.time - self._coloured < COLOUR_SECONDS:
            return
        if has_colour(observation.image):
            self._before, self._coloured = None, observation.time
            return
        face = FaceFrame.of(observation.face.landmarks)
        if face is None:
            self._before = None
            return
        if self._window is None or _left(self._window, face):
            self._window, self._before = Window.around(face, 6.0, _SIDE), None
        patch = self._window.cut(observation.image)
        if self._before is not None:
            told = lamp_light(self._before, patch)
            if told is not None:
                self._said.append(told)
        self._before = patch

    def evidence(self) -> CueEvidence:
        """`screen` where the face is dark, `even` where it is flat, `round`, or no evidence."""
        if len(self._said) < _FEWEST:
            return no_evidence(self.name, "no-lamp")
        share, fall = np.median(np.array(self._said), axis=0)
        if share < DARK:
            return CueEvidence(self.name, SCREEN_LLR, "screen")
        if fall < EVEN:
            return CueEvidence(self.name, PAPER_LLR, "even")
        return CueEvidence(self.name, LIVE_LLR, "round")


def lamp_light(one: Grey, other: Grey) -> tuple[float, float] | None:
    """Of two windows around a face: the lamp's light on it compared with around it, and its fall.

    The fall is by how much less, in shares, comes back from the cheeks' sides than from the nose.
    None where the two are lit alike.
    """
    light = other.astype(np.float64) - one.astype(np.float64)
    if light.mean() < 0:
        light = -light
    middle = _SIDE // 2
    if light.shape != (_SIDE, _SIDE):
        return None
    unit = _SIDE / 6.0
    face = _mean(light, (middle, middle), unit * 0.6)
    around = [
        _mean(light, (middle, round(middle + side * 2.4 * unit)), unit * 0.5) for side in (-1, 1)
    ]
    brightest = max(*around, face)
    if not math.isfinite(brightest) or brightest < _LEAST_LIGHT:
        return None
    nose = _mean(light, (middle, middle), unit * 0.3)
    sides = [
        _mean(light, (middle, round(middle + side * 0.95 * unit)), unit * 0.2) for side in (-1, 1)
    ]
    fall = 1.0 - float(np.mean(sides)) / max(nose, 1.0)
    return face / max(*around, 1.0), fall


def _beside(light: npt.NDArray[np.float64], away: float, reach: float) -> list[float]:
    """The light to the left and to the right of the middle."""
    middle = _SIDE // 2
    return [_mean(light, (middle, round(middle + side * away)), reach) for side in (-1, 1)]


def _mean(light: npt.NDArray[np.float64], centre: Sequence[int], reach: float) -> float:
    row, column = centre
    size = max(round(reach), 1)
    part = light[max(row - size, 0) : row + size + 1, max(column - size, 0) : column + size + 1]
    return float(part.mean()) if part.size else 0.0


def _left(window: Window, face: FaceFrame) -> bool:
    """Whether the face is no longer about the middle of the window."""
    x, y = window.left + window.side / 2, window.top + window.side / 2
    return math.hypot(face.x - x, face.y - y) > 0.25 * face.unit
