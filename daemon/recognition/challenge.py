"""The challenge of an attempt: when it is asked for, and how frames answer it. Pure.

One an attempt: whoever fails it, by another face, a wrong answer or none, has to begin anew, and
that counts.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from daemon.api import Guidance
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.liveness import LivenessDecision, LivenessState
from daemon.recognition.matcher import COMPARABLE, Observation, names_in
from daemon.recognition.same_face import largest
from models.liveness.challenge import Challenge, Choose, Facts, Movement, State
from models.liveness.nose import posed
from models.types import MIN_QUALITY, Face

PASSIVE_SECONDS = 2.0
"""For so long the cues that only look are given time before doubt ends in a challenge."""
FEWEST_FRAMES = 10
"""Of the face that matched, before it is in doubt."""
UNASKED_SECONDS = 2.8
"""So long after its first frame an attempt ends whose doubt nobody can be asked about: with one
frame more there is a no within three seconds, for lock screens go dark after five.
"""

_WORDS: dict[Movement, Guidance] = {
    "left": Guidance.TURN_LEFT,
    "right": Guidance.TURN_RIGHT,
    "nod": Guidance.NOD,
    "nearer": Guidance.COME_CLOSER,
}


@dataclass(frozen=True, slots=True)
class Asking:
    """What a challenge needs of whoever drives the attempt.

    `choose` takes a movement at random; `may_ask` says whether somebody shows the person before the
    camera what is asked for, and where nobody does an attempt in doubt ends `unasked_seconds` after
    its first frame.
    """

    choose: Choose
    may_ask: Callable[[], bool]
    unasked_seconds: float = UNASKED_SECONDS


class LivenessChallenge:
    """The one challenge of an attempt. `judge` is told when it was answered rightly."""

    def __init__(self, judge: LivenessDecision, asking: Asking) -> None:
        self._judge = judge
        self._asking = asking
        self._challenge: Challenge | None = None
        self._names: frozenset[str] = frozenset()
        self._since = self._began = math.inf
        self._frames = 0
        self._given_up = False

    @property
    def asking(self) -> bool:
        """Whether it goes on."""
        return self._challenge is not None and self._challenge.state is State.ASKING

    @property
    def word(self) -> Guidance | None:
        """What the person is to do now; None where nothing is asked.

        Whoever has answered looks straight once more, to be recognised anew.
        """
        if self._challenge is None or self.failed:
            return None
        movement = self._challenge.movement
        return Guidance.LOOK_STRAIGHT if movement is None else _WORDS[movement]

    @property
    def failed(self) -> bool:
        """Whether it was not answered, which ends the attempt."""
        return self._challenge is not None and self._challenge.state is State.FAILED

    @property
    def over(self) -> bool:
        """Whether the attempt ends: it failed, or doubt lasts that nobody can be asked about."""
        return self.failed or self._given_up

    def see(
        self,
        frame: AnalysedFrame,
        observation: Observation,
        *,
        same: bool,
        matched: frozenset[str],
    ) -> bool:
        """One frame, which the judge has seen; whether it is the one that completes the answers.

        `same`: its face is that of the frame before. `matched`: for whom the evidence suffices.
        """
        self._began = min(self._began, frame.time)
        if self._challenge is None and self._is_due(frame, same=same, matched=matched):
            self._challenge, self._names = Challenge(self._asking.choose), matched
            self._judge.asked()
        challenge = self._challenge
        if challenge is None or challenge.state is not State.ASKING:
            return False
        face = largest(frame.analysis.faces)
        if face is None:
            challenge.pass_time(frame.time)
            return False
        passed = challenge.observe(self._facts(frame, face, observation, same=same)) is State.PASSED
        if passed:
            self._judge.answered()
        return passed

    def _is_due(self, frame: AnalysedFrame, *, same: bool, matched: frozenset[str]) -> bool:
        face = largest(frame.analysis.faces)
        if not same or face is None:
            self._since, self._frames = math.inf, 0
        if not matched or self._judge.state is not LivenessState.UNCLEAR:
            return False
        self._frames += 1
        self._since = min(self._since, frame.time)
        doubted = self._frames >= FEWEST_FRAMES and frame.time - self._since >= PASSIVE_SECONDS
        # Where landmarks are guessed from the box, no movement could be seen.
        measured = face is not None and face.detection.landmarks_measured
        if self._judge.challenges and measured and self._asking.may_ask():
            return doubted or self._judge.always_challenges
        self._given_up = doubted and frame.time - self._began >= self._asking.unasked_seconds
        return False

    def _facts(
        self, frame: AnalysedFrame, face: Face, observation: Observation, *, same: bool
    ) -> Facts:
        found = face.detection
        turn, nod, size = posed(found.landmarks) if found.landmarks_measured else (math.nan,) * 3
        judged = observation.judged
        own = judged is not None and judged.detection is found
        area = COMPARABLE * found.box.area
        return Facts(
            frame.time,
            turn,
            nod,
            size,
            same=same,
            usable=face.quality.score >= MIN_QUALITY,
            recognised=own and bool(names_in(observation) & self._names),
            faces=sum(one.detection.box.area >= area for one in frame.analysis.faces),
            denied=self._judge.state is LivenessState.DENIED,
        )
