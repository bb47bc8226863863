"""Moiré: the stripes that a screen's grid of pixels makes with the camera's own.

They are a few sharp peaks in the spectrum of what skin leaves smooth; printed patterns on clothes
have such peaks too, so only the face is looked at. Webcams' pictures are small and soft, and most
screens show no stripes in them: their absence says nothing.

Bands of a screen's refresh, rows that grow brighter and darker as one, were tried and left out: any
movement of the camera looked more like them than screens did.
"""

import math
from collections import deque

import numpy as np

from models.liveness.evidence import CueEvidence, Observation, no_evidence
from models.liveness.face_frame import FaceFrame
from models.liveness.tracking import Grey, Window

SAMPLE_SECONDS = 0.3
PEAK = 14.0
"""Height of a spectrum's peak as a multiple of the median at its frequency. Of the shared clips of
living faces the highest median was 6.2, of the one screen that shows stripes 53."""
STRIPES_LLR = -4.0

_SIDE = 128
_UNITS = 1.9
_LOWEST, _HIGHEST = 0.12, 0.45  # cycles per pixel: below are the face's own features
_RINGS = 14
_FEWEST = 4


class MoireCue:
    """Satisfies `models.liveness.evidence.Cue`. Not for use by two threads at once."""

    name = "moire"

    def __init__(self) -> None:
        self._peaks: deque[float] = deque(maxlen=24)
        self._last = -math.inf

    def reset(self) -> None:
        """Forgets the face."""
        self._peaks.clear()
        self._last = -math.inf

    def observe(self, observation: Observation) -> None:
        """Looks for stripes now and then."""
        time = observation.time
        face = FaceFrame.of(observation.face.landmarks)
        if not math.isfinite(time) or face is None or time - self._last < SAMPLE_SECONDS:
            return
        self._last = time
        window = Window.around(face, _UNITS, 10_000)
        if window.side >= _SIDE // 2:
            self._peaks.append(peak(window.cut(observation.image)))

    def evidence(self) -> CueEvidence:
        """`stripes`, or no evidence."""
        if len(self._peaks) >= _FEWEST and float(np.median(self._peaks)) > PEAK:
            return CueEvidence(self.name, STRIPES_LLR, "stripes")
        return no_evidence(self.name, "no-stripes")


def peak(patch: Grey) -> float:
    """By how much the spectrum's highest peak stands out of its ring of like frequencies."""
    side = min(patch.shape[0], patch.shape[1], _SIDE)
    top, left = (patch.shape[0] - side) // 2, (patch.shape[1] - side) // 2
    part = patch[top : top + side, left : left + side].astype(np.float64)
    window = np.hanning(side)
    spectrum = np.abs(np.fft.rfft2((part - part.mean()) * window[:, None] * window[None]))
    down, across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    frequency = np.hypot(down, across)
    rings = ((frequency - _LOWEST) / (_HIGHEST - _LOWEST) * _RINGS).astype(int)
    usable = (frequency >= _LOWEST) & (frequency < _HIGHEST)
    highest = 0.0
    for ring in range(_RINGS):
        values = spectrum[usable & (rings == ring)]
        if values.size >= 8:
            highest = max(highest, float(values.max() / max(float(np.median(values)), side * 0.05)))
    return highest
