"""Depth: whether the points of a face move as those of a head that turns, or as those of a plane.

The statistic of a sample is `Shape.least_turn`: by how much the head has turned for certain since a
reference, if its face is as deep as faces are. On a plane it is around 0 however the plane turns;
of bent paper it is small. Its distribution on rendered clips, and so the rates at which the living
are missed and attacks pass, is printed by `facelatch evaluate spoof --rendered`. A clip played on a
screen shows a real head: that it is one on a screen is for other cues to say.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from models.liveness.evidence import FLAT, NO_RELIEF, CueEvidence, Observation, no_evidence
from models.liveness.face_frame import FaceFrame
from models.liveness.reference import Reference, References
from models.liveness.relief import DEFORMS, FLAT_TURN, Look, Turning, has_moved, is_in_doubt
from models.liveness.shape import Shape, shape
from models.liveness.tracking import Grey, Tracks, Window
from models.types import Image

SAMPLE_SECONDS = 0.09
"""Between two samples: of 30 frames a second every third."""
REMEMBERED_SECONDS = 6.0

TURNED = 0.045
"""Least certain turn, about the sine of 2.6 degrees, from which on there is depth."""
SOME_TURN = 0.03
FLAT_STRETCH = 0.03
"""By how much a plane's axes must have been scaled differently before it is called flat: a head
that turns so far to do so shows its depth."""
MOST_RESIDUAL = DEFORMS
"""Of the eyes' distance: points that scatter more tell no shape (grimaces, another picture)."""

DEPTH_LLR, FLAT_LLR = 1.6, -4.0
"""At most, natural logarithms. A clip that is played on a screen has depth too, so depth alone does
not outweigh that everything moves (`models.liveness.surroundings.ALL_MOVES_LLR`)."""

_UNITS, _PIXELS = 4.0, 256
_LEAST_ALIVE = 0.5
_MOST_SHIFT = 1.1  # eye distances that a face may have gone from its reference
_MOST_GROWTH = 1.35
_MOST_APART = 0.25  # eye distances between where points and landmarks went
_IN_A_ROW = 3
_ROW_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: `least` and `most` turn, as `Shape` says, and the plane's stretch."""

    time: float
    least: float
    most: float
    stretch: float
    reference: int


class DepthCue:
    """Satisfies `models.liveness.evidence.Cue`. Not for use by two threads at once."""

    name = "depth"

    def __init__(self) -> None:
        self._references = References(
            _choose, sample_seconds=SAMPLE_SECONDS, most_shift=_MOST_SHIFT, most_growth=_MOST_GROWTH
        )
        self._samples: deque[Sample] = deque(maxlen=128)
        self._looks: deque[Look] = deque(maxlen=128)
        self._turning = Turning(REMEMBERED_SECONDS)
        self._answer: tuple[float, CueEvidence] | None = None
        """What was said at the last sample, and its time: between two nothing changes."""

    def reset(self) -> None:
        """Forgets the face."""
        self._references.reset()
        self._samples.clear()
        self._looks.clear()
        self._turning.reset()
        self._answer = None

    def observe(self, observation: Observation) -> None:
        """Samples a frame, unless the last sample is less than `SAMPLE_SECONDS` old."""
        followed = self._references.follow(observation)
        measured = observation.face.landmarks_measured
        if measured and self._references.last == observation.time:
            self._turning.see(observation.time, observation.face.landmarks)
        if followed is None:
            return
        found = _shape(*followed)
        if found is None:
            self._references.drop()
            return
        self._looks.append(_look(found, followed[0], observation.time))
        if found.residual <= MOST_RESIDUAL:
            self._samples.append(_sample(found, followed[0].number, observation.time))

    def evidence(self) -> CueEvidence:
        """`depth` for a head, `flat` for a plane that turned, else no evidence: `no-motion`.

        `no-relief`, which speaks neither way, for a face that moved and showed no depth yet.
        """
        if self._answer is None or self._answer[0] != self._references.last:
            self._answer = self._references.last, self._weighed()
        return self._answer[1]

    def _weighed(self) -> CueEvidence:
        since = self._references.last - REMEMBERED_SECONDS
        recent = [sample for sample in self._samples if sample.time >= since]
        turned = best_turn(recent)
        if turned >= SOME_TURN:
            return CueEvidence(self.name, DEPTH_LLR * _share(turned, SOME_TURN, TURNED), "depth")
        flat = flatness(recent)
        if flat > 0.0:
            return CueEvidence(self.name, FLAT_LLR * flat, FLAT)
        looks = [look for look in self._looks if look.time >= since]
        if is_in_doubt(looks) and not self._turning.has_turned(self._references.last):
            return CueEvidence(self.name, 0.0, NO_RELIEF)
        return no_evidence(self.name, "no-motion")


def best_turn(samples: list[Sample]) -> float:
    """The largest turn that each of three samples in a row at one reference shows; 0 without such.

    One or two alone come about where a picture slides or is blurred.
    """
    best = 0.0
    for end in range(_IN_A_ROW, len(samples) + 1):
        row = samples[end - _IN_A_ROW : end]
        apart = row[-1].time - row[0].time
        if row[0].reference == row[-1].reference and apart <= _ROW_SECONDS:
            best = max(best, min(sample.least for sample in row))
    return best


def flatness(samples: list[Sample]) -> float:
    """In [0, 1]: whether a plane turned enough for a head to have shown its depth."""
    flat = [
        sample for sample in samples if sample.most <= FLAT_TURN and sample.stretch >= FLAT_STRETCH
    ]
    if len(flat) < _IN_A_ROW:
        return 0.0
    return min(len(flat) / (4.0 * _IN_A_ROW), 1.0)


def _sample(found: Shape, reference: int, time: float) -> Sample:
    return Sample(time, found.least_turn, found.most_turn, found.stretch, reference)


def _look(found: Shape, reference: Reference, time: float) -> Look:
    tracks = reference.tracks
    start, now = tracks.start[tracks.alive], tracks.now[tracks.alive]
    moved = has_moved(start, now, reference.face.unit)
    return Look(time, reference.number, moved, found.least_turn, found.most_turn, found.residual)


def _choose(image: Image, face: FaceFrame) -> Tracks:
    window = Window.around(face, _UNITS, _PIXELS)
    return Tracks(window, window.cut(image), _mask(face, window))


def _shape(reference: Reference, face: FaceFrame) -> Shape | None:
    """What the points that are left say; None where too few are, or they went another way."""
    tracks = reference.tracks
    alive = tracks.alive
    if alive.sum() < _LEAST_ALIVE * max(len(alive), 1) or not _goes_along(reference, face):
        return None
    return shape(reference.places[alive], reference.face.inside(tracks.now[alive]))


def _goes_along(reference: Reference, face: FaceFrame) -> bool:
    """Whether the points went where the face went: not so where one picture slides over another."""
    tracks, before = reference.tracks, reference.face
    gone = np.median((tracks.now - tracks.start)[tracks.alive], axis=0)
    apart = math.hypot(face.x - before.x - float(gone[0]), face.y - before.y - float(gone[1]))
    return apart <= _MOST_APART * before.unit


def _mask(face: FaceFrame, window: Window) -> Grey:
    """The face without hair and neck."""
    import cv2

    mask = np.zeros((window.pixels, window.pixels), dtype=np.uint8)
    centre = window.to_window(np.array([[face.x, face.y]], dtype=np.float32))[0]
    unit = face.unit * window.scale
    axes = (max(int(0.95 * unit), 1), max(int(1.2 * unit), 1))
    middle = (round(float(centre[0])), round(float(centre[1])))
    cv2.ellipse(mask, middle, axes, math.degrees(face.angle), 0, 360, 255, -1)
    return mask


def _share(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)
