"""A challenge: a few movements asked for at random, answered in time, in order, by the same face.

Pure: times, poses and whether it is still the same face are handed in, the choice too. A clip that
was recorded before cannot know what will be asked; somebody else who answers is not the face that
matched. What it cannot tell is a mask, or a forgery that is made while it is asked.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, get_args

from models.errors import UsageError
from models.liveness.tracking import FaceFrame
from models.types import Landmarks

Movement = Literal["left", "right", "nod", "nearer"]
MOVEMENTS: tuple[Movement, ...] = get_args(Movement)

PROMPTS: dict[Movement, str] = {
    "left": "Turn your head a little to your left",
    "right": "Turn your head a little to your right",
    "nod": "Nod slowly",
    "nearer": "Come a little nearer",
}
REST = "Look straight at the camera"

Choose = Callable[[Sequence[Movement]], Movement]
"""Takes one of several at random: `secrets.choice` in earnest, a list of answers in a test."""

TURN = 0.14
"""About the sine of 8 degrees, beyond where the head was at rest."""
NOD = 0.12
NEARER = 1.15
"""Growth of the face."""
AT_REST = 0.06
STILL_GROWTH = 1.07

REACTION_SECONDS = 0.25
"""Nobody answers sooner: choice reactions take 0.3 s and more (Hick, 1952)."""
ANSWER_SECONDS = 4.0
REST_SECONDS = 4.0
MOST_GAP_SECONDS = 0.35
"""Between two frames, lest something be changed in between."""
FEWEST_FRAMES = 3
"""That show an answer, one after the other: a single frame among others answers nothing."""
_LONGEST = 4


@dataclass(frozen=True, slots=True)
class Facts:
    """What one frame shows of the face that is challenged."""

    time: float
    """Seconds, rising strictly from frame to frame."""
    turn: float
    """About the sine of the turn, positive to the person's left."""
    nod: float
    """About the sine of the nod, positive down."""
    size: float
    """Distance of eyes and mouth, or another length that grows as the face comes nearer; pixels."""
    same: bool
    """Whether likeness and place are those of the face that matched."""
    faces: int = 1
    """Faces in the frame that are as large as this one, itself included."""
    denied: bool = False
    """Whether the passive cues call it an attack."""


class State(Enum):
    """How far the challenge is; all but ASKING are final."""

    ASKING = "asking"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class _Pose:
    turn: float
    nod: float
    size: float


class Challenge:
    """`steps` (2 to 4) movements, with rest between them; never the same twice in a row.

    Of 4 movements, 3 steps make 36 sequences: a recording that moves in time passes one in 36.

    Before each the face has to be at rest, so that what answers comes after it was asked. It fails
    for good: at another face, a second face, a frame that is late, repeated or from the past, an
    answer to what was not asked or before anybody can react, or when time is up. Raises UsageError.
    """

    def __init__(self, choose: Choose, *, steps: int = 3) -> None:
        if not 2 <= steps <= _LONGEST:
            raise UsageError(f"a challenge of {steps} movements", f"2 to {_LONGEST}")
        asked: list[Movement] = []
        while len(asked) < steps:
            left = [kind for kind in MOVEMENTS if not asked or kind != asked[-1]]
            chosen = choose(left)
            if chosen not in left:
                raise UsageError(f"{chosen!r} is none of the movements to choose from")
            asked.append(chosen)
        self._asked = tuple(asked)
        self._step = 0
        self._resting = True
        self._since: float | None = None
        self._last = -math.inf
        self._rest: list[_Pose] = []
        self._base: _Pose | None = None
        self._answers = self._wrongs = 0
        self.state = State.ASKING
        self.reason = ""
        """Why it failed: a key such as `another-face`; "" while it has not."""

    @property
    def prompt(self) -> str:
        """What the person is to do now; "" when it is over."""
        if self.state is not State.ASKING:
            return ""
        return REST if self._resting else PROMPTS[self._asked[self._step]]

    @property
    def movement(self) -> Movement | None:
        """What is asked for now; None during rest and when it is over."""
        if self.state is not State.ASKING or self._resting:
            return None
        return self._asked[self._step]

    def observe(self, facts: Facts) -> State:
        """One frame; the state after it. A state other than ASKING stays."""
        if self.state is State.ASKING:
            wrong = self._wrong(facts)
            if wrong:
                self._fail(wrong)
            else:
                self._see(facts)
                self._last = facts.time
        return self.state

    def pass_time(self, time: float) -> State:
        """Says how late it is where no frame comes; the state after it."""
        lost = math.isfinite(self._last) and time - self._last > MOST_GAP_SECONDS
        if lost and self.state is State.ASKING:
            self._fail("lost")
        return self.state

    def _wrong(self, facts: Facts) -> str:
        """Why a frame ends it at once, "" where it does not."""
        numbers = (facts.time, facts.turn, facts.nod, facts.size)
        if not all(map(math.isfinite, numbers)) or facts.size <= 0.0:
            return "unusable"
        if facts.time <= self._last:
            return "repeated-time"
        if math.isfinite(self._last) and facts.time - self._last > MOST_GAP_SECONDS:
            return "lost"
        if facts.denied:
            return "attack"
        if facts.faces != 1:
            return "two-faces"
        return "" if facts.same else "another-face"

    def _see(self, facts: Facts) -> None:
        if self._since is None:
            self._since = facts.time
        waited = facts.time - self._since
        if waited > (REST_SECONDS if self._resting else ANSWER_SECONDS):
            self._fail("too-late")
        elif self._resting:
            self._see_rest(facts)
        else:
            self._see_answer(facts, waited)

    def _see_rest(self, facts: Facts) -> None:
        pose = _Pose(facts.turn, facts.nod, facts.size)
        first = self._rest[0] if self._rest else pose
        if not _alike(first, pose):
            self._rest = [pose]
            return
        self._rest.append(pose)
        if len(self._rest) >= FEWEST_FRAMES:
            self._base = self._rest[-1]
            self._resting, self._since, self._rest = False, facts.time, []
            self._answers = self._wrongs = 0

    def _see_answer(self, facts: Facts, waited: float) -> None:
        base = self._base
        if base is None:
            self._fail("unusable")
            return
        shown = movements(base.turn, base.nod, base.size, facts)
        wanted = self._asked[self._step]
        if shown and waited < REACTION_SECONDS:
            self._fail("too-early")
        elif wanted in shown:
            self._answers += 1
            self._wrongs = 0
            if self._answers >= FEWEST_FRAMES:
                self._advance(facts.time)
        else:
            self._answers = 0
            # People nod a little as they turn: a frame or two of it is no answer.
            self._wrongs = self._wrongs + 1 if shown else 0
            if self._wrongs >= FEWEST_FRAMES:
                self._fail("wrong-answer")

    def _advance(self, time: float) -> None:
        self._step += 1
        self._resting, self._since, self._base = True, time, None
        if self._step == len(self._asked):
            self.state = State.PASSED

    def _fail(self, reason: str) -> None:
        self.state, self.reason = State.FAILED, reason


def movements(turn: float, nod: float, size: float, facts: Facts) -> set[Movement]:
    """What `facts` show compared with the pose at rest."""
    shown: set[Movement] = set()
    if facts.turn - turn >= TURN:
        shown.add("left")
    if facts.turn - turn <= -TURN:
        shown.add("right")
    if abs(facts.nod - nod) >= NOD:
        shown.add("nod")
    if facts.size >= NEARER * size:
        shown.add("nearer")
    return shown


NOSE_DEPTH = 0.3
"""Of the nose's tip before the plane of eyes and mouth, in eye distances."""


def posed(landmarks: Landmarks) -> tuple[float, float, float]:
    """Turn, nod and size as in `Facts`, from five landmarks of an unmirrored frame.

    Turn and nod are off by what a face's nose differs from the usual one: compare them with those
    of the same face at rest. All nan where the landmarks are no usable face.
    """
    face = FaceFrame.of(landmarks)
    if face is None:
        return math.nan, math.nan, math.nan
    across, down = face.inside(landmarks[2:3])[0] / NOSE_DEPTH
    return float(across), float(down), face.unit


def _alike(one: _Pose, other: _Pose) -> bool:
    growth = max(one.size, other.size) / min(one.size, other.size)
    turned = max(abs(one.turn - other.turn), abs(one.nod - other.nod))
    return turned <= AT_REST and growth <= STILL_GROWTH
