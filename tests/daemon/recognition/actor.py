"""Somebody before the camera, frame by frame, who turns, nods and comes nearer when asked to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from daemon.api import Guidance, Progress
from daemon.recognition.challenge import Asking
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.results import FrameResult
from models.liveness.challenge import Choose, Movement
from models.liveness.evidence import CueEvidence
from models.types import Analysis, Box, Detection, Face, Landmarks, Quality
from tests.daemon.fakes import ADA, embedding

FPS = 30.0
SIZE = (640, 480)
Cues = tuple[CueEvidence, ...]
LIVING: Cues = (CueEvidence("texture", 2.0, "skin"), CueEvidence("depth", 1.5, "depth"))
DOUBT: Cues = (CueEvidence("texture", 0.2, "skin"), CueEvidence("stream", 0.0, "fresh"))
ATTACK: Cues = (CueEvidence("texture", -6.0, "picture"), CueEvidence("depth", 2.0, "depth"))
AVERTED: Cues = (*DOUBT, CueEvidence("attention", 0.0, "looks-away", withholds=True))

_FACE = np.array([(-30, -33), (30, -33), (0, 0), (-23, 32), (23, 32)], dtype=np.float32)
_NOSE_MOVES = 9.0
"""Pixels: half of the depth of a nose on this face."""


def always(*asked: Movement) -> Choose:
    """Asks for these, again and again."""
    count = [0]

    def choose(_left: Sequence[Movement]) -> Movement:
        count[0] += 1
        return asked[(count[0] - 1) % len(asked)]

    return choose


def asking(*asked: Movement, may: bool = True) -> Asking:
    """A challenge of these movements."""
    return Asking(always(*(asked or ("left", "nod", "nearer"))), lambda: may)


@dataclass(frozen=True)
class Moment:
    """What is before the camera in one frame."""

    time: float
    shows: Guidance | None = None
    """The movement that is made, None for none."""
    who: int = ADA
    cues: Cues = DOUBT
    quality: float = 0.9
    faces: int = 1
    left: float = 320.0
    """Of the face's middle, in pixels."""


def frame_of(moment: Moment) -> AnalysedFrame:
    """The frame as it comes from the camera worker."""
    faces = tuple(
        _face(replace(moment, left=moment.left + 200.0 * number)) for number in range(moment.faces)
    )
    return AnalysedFrame(moment.time, SIZE, Analysis(faces), liveness=moment.cues)


def _face(moment: Moment) -> Face:
    points: Landmarks = _FACE.copy()
    moved = {
        Guidance.TURN_LEFT: (_NOSE_MOVES, 0.0),
        Guidance.TURN_RIGHT: (-_NOSE_MOVES, 0.0),
        Guidance.NOD: (0.0, _NOSE_MOVES),
    }
    if moment.shows in moved:
        points[2] += np.array(moved[moment.shows], np.float32)
    scale = 1.25 if moment.shows is Guidance.COME_CLOSER else 1.0
    middle = np.array([moment.left, 240.0], np.float32)
    half = 75.0 * scale
    box = Box(moment.left - half, 240.0 - half, moment.left + half, 240.0 + half)
    landmarks: Landmarks = (points * np.float32(scale) + middle).astype(np.float32)
    return Face(Detection(box, 0.99, landmarks), Quality(moment.quality), embedding(moment.who))


Change = Callable[[Moment], Moment]


def unchanged(moment: Moment) -> Moment:
    """As it is."""
    return moment


class Actor:
    """Does as told by the results of frames, `reaction` seconds later; `change` alters frames."""

    def __init__(self, change: Change = unchanged, *, reaction: float = 0.5) -> None:
        self.time = 0.0
        self.said: list[Progress | Guidance] = []
        """Words that were asked for, each once in a row."""
        self._change = change
        self._reaction = reaction
        self._word: Progress | Guidance | None = None
        self._since = 0.0

    def frame(self) -> AnalysedFrame:
        """The next one."""
        self.time += 1 / FPS
        return frame_of(self._change(Moment(self.time, self._shows())))

    def hear(self, result: FrameResult) -> None:
        """What came of the last frame."""
        word = result.word if result.asked else None
        if word != self._word:
            self._word, self._since = word, self.time
            if word is not None:
                self.said.append(word)

    def play(self, see: Callable[[AnalysedFrame], FrameResult], seconds: float) -> FrameResult:
        """Until it is done, or these seconds are over; the last result."""
        result = see(self.frame())
        self.hear(result)
        while not result.done and self.time < seconds:
            result = see(self.frame())
            self.hear(result)
        return result

    def _shows(self) -> Guidance | None:
        waited = self.time - self._since >= self._reaction
        word = self._word
        moves = isinstance(word, Guidance) and word is not Guidance.LOOK_STRAIGHT
        return word if moves and waited and isinstance(word, Guidance) else None
