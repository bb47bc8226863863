"""A challenge: a few movements asked for at random, answered in time, in order, by the same face.

Pure: times, poses and whose face it is are handed in, the choice too. A clip that was recorded
before cannot know what will be asked; somebody else who answers is not the face that matched. What
it cannot tell is a mask, or a forgery that is made while it is asked.
"""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median
from typing import Literal, get_args

from models.errors import UsageError
from models.liveness.nose import NOD, TURN

Movement = Literal["left", "right", "nod", "nearer"]
MOVEMENTS: tuple[Movement, ...] = get_args(Movement)

Choose = Callable[[Sequence[Movement]], Movement]
"""Takes one of several at random: `secrets.choice` in earnest, a list of answers in a test."""

STEPS = 3
"""Movements of a challenge: 36 sequences, since none is asked for twice in a row."""

NEARER = 1.15
"""Growth of the face."""
AT_REST = 0.12
"""Turn and nod of a face that is held still differ by less; steadied landmarks tremble by 0.03."""
STILL_GROWTH = 1.07
STILL_SECONDS = 0.25
NEAR_HOME = 0.17
"""From the first rest, in turn and nod: one who is still on the way back is not at rest."""

REACTION_SECONDS = 0.25
"""Nobody answers sooner: choice reactions take 0.3 s and more (Hick, 1952)."""
ANSWER_SECONDS = 4.0
REST_SECONDS = 4.0
WRONG_SECONDS = 0.3
"""Something else for so long is a wrong answer, as is one that ends before; people nod a little as
they turn."""
MOST_GAP_SECONDS = 0.35
"""Between two frames, lest something be changed in between."""
FEWEST_FRAMES = 3
"""That show an answer, one after the other: a single frame among others answers nothing."""
_STEADYING_FRAMES = 5
_LONGEST = 4


@dataclass(frozen=True, slots=True)
class Facts:
    """What one frame shows of the face that is challenged."""

    time: float
    """Seconds, rising strictly from frame to frame."""
    turn: float
    """Of the nose's tip, in the nose's depths: about the sine of the turn, positive to the person's
    left."""
    nod: float
    """The same of the nod, positive down."""
    size: float
    """Distance of eyes and mouth, or another length that grows as the face comes nearer; pixels."""
    same: bool
    """Whether likeness and place are those of the face that matched."""
    recognised: bool = False
    """Whether this frame by itself shows who matched; turned faces may not."""
    usable: bool = True
    """Whether it is good enough to tell whose it is: no other frame answers."""
    faces: int = 1
    """Faces in the frame that are about as large as this one, itself included."""
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


@dataclass(frozen=True, slots=True)
class _Resting:
    time: float
    pose: _Pose
    recognised: bool


class Challenge:
    """`steps` (2 to 4) movements, with rest between them; never the same twice in a row.

    Before each the face has to be at rest where it was at first, and to be recognised there: what
    answers comes after it was asked, and is who matched. It fails for good: at another face, a
    second face, a frame that is late, repeated or from the past, an answer to what was not asked or
    before anybody can react, or when time is up. Raises UsageError.
    """

    def __init__(self, choose: Choose, *, steps: int = STEPS) -> None:
        if not 2 <= steps <= _LONGEST:
            raise UsageError(f"a challenge of {steps} movements", f"2 to {_LONGEST}")
        self._asked = _sequence(choose, steps)
        self._step = 0
        self._resting = True
        self._since: float | None = None
        self._last = -math.inf
        self._latest: deque[_Pose] = deque(maxlen=_STEADYING_FRAMES)
        self._rest: list[_Resting] = []
        self._home: _Pose | None = None
        """Where the face was at rest at first."""
        self._base: _Pose | None = None
        """Where it was at rest before this movement."""
        self._answers = self._wrongs = 0
        self._wrong_since = math.inf
        self.state = State.ASKING
        self.reason = ""
        """Why it failed: a key such as `another-face`; "" while it has not."""

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
        self._latest.append(_Pose(facts.turn, facts.nod, facts.size))
        pose = _steadied(self._latest)
        if waited > (REST_SECONDS if self._resting else ANSWER_SECONDS):
            self._fail("too-late")
        elif self._resting:
            self._see_rest(_Resting(facts.time, pose, facts.recognised))
        else:
            self._see_answer(facts.time, pose, waited, usable=facts.usable)

    def _see_rest(self, now: _Resting) -> None:
        home = self._home or now.pose
        if _turned(home, now.pose) > NEAR_HOME:
            self._rest = []
            return
        if self._rest and not _alike(self._rest[0].pose, now.pose):
            self._rest = []
        self._rest.append(now)
        still = now.time - self._rest[0].time >= STILL_SECONDS
        known = any(one.recognised for one in self._rest)
        if still and known and len(self._rest) >= FEWEST_FRAMES:
            self._base, self._home = now.pose, home
            self._resting, self._since, self._rest = False, now.time, []
            self._answers = self._wrongs = 0
            self._wrong_since = math.inf

    def _see_answer(self, time: float, pose: _Pose, waited: float, *, usable: bool) -> None:
        shown = None if self._base is None else _shown(self._base, pose)
        if shown is not None and waited < REACTION_SECONDS:
            self._fail("too-early")
        elif shown == self._asked[self._step]:
            self._answers = self._answers + 1 if usable else 0
            self._wrongs, self._wrong_since = 0, math.inf
            if self._answers >= FEWEST_FRAMES:
                self._advance(time)
        else:
            self._answers = 0
            self._see_wrong(time, shown)

    def _see_wrong(self, time: float, shown: Movement | None) -> None:
        """Something else may be on the way to the answer, for a moment. What ends at rest again was
        a movement of its own: else who does each of them, briefly, answers everything.
        """
        if shown is None:
            ended = self._wrongs >= FEWEST_FRAMES
            self._wrongs, self._wrong_since = 0, math.inf
        else:
            self._wrongs += 1
            self._wrong_since = min(self._wrong_since, time)
            ended = time - self._wrong_since >= WRONG_SECONDS
        if ended:
            self._fail("wrong-answer")

    def _advance(self, time: float) -> None:
        self._step += 1
        self._resting, self._since, self._base = True, time, None
        if self._step == len(self._asked):
            self.state = State.PASSED

    def _fail(self, reason: str) -> None:
        self.state, self.reason = State.FAILED, reason


def _sequence(choose: Choose, steps: int) -> tuple[Movement, ...]:
    asked: list[Movement] = []
    while len(asked) < steps:
        left = [kind for kind in MOVEMENTS if not asked or kind != asked[-1]]
        chosen = choose(left)
        if chosen not in left:
            raise UsageError(f"{chosen!r} is none of the movements to choose from")
        asked.append(chosen)
    return tuple(asked)


def _shown(base: _Pose, now: _Pose) -> Movement | None:
    """The movement that `now` shows most, compared with `base`; None where it shows none.

    Only one: else who turns, nods and comes nearer at once would answer everything.
    """
    turn = (now.turn - base.turn) / TURN
    shares: dict[Movement, float] = {
        "left": turn,
        "right": -turn,
        "nod": abs(now.nod - base.nod) / NOD,
        "nearer": (now.size / base.size - 1.0) / (NEARER - 1.0),
    }
    most = max(MOVEMENTS, key=lambda kind: shares[kind])
    return most if shares[most] >= 1.0 else None


def _steadied(latest: Sequence[_Pose]) -> _Pose:
    return _Pose(
        median(one.turn for one in latest),
        median(one.nod for one in latest),
        median(one.size for one in latest),
    )


def _turned(one: _Pose, other: _Pose) -> float:
    return max(abs(one.turn - other.turn), abs(one.nod - other.nod))


def _alike(one: _Pose, other: _Pose) -> bool:
    growth = max(one.size, other.size) / min(one.size, other.size)
    return _turned(one, other) <= AT_REST and growth <= STILL_GROWTH
