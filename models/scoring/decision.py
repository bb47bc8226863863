"""From frames to a verdict: a sequential probability ratio test. Pure; no clock, no I/O.

Each frame says for each person by how much likelier that person is there than a stranger (a
log-likelihood ratio). The test adds these up until they suffice for a match, which is the plan of
Wald, "Sequential tests of statistical hypotheses", Annals of Mathematical Statistics 16, 1945.
Three things differ from the textbook, because frames of one visit are no independent trials:

- A frame counts by how new it is: 1 - exp(-dt / tau), dt since the last one. The shaking of a
  picture's noise, of landmarks and light is correlated over a fraction of a second.
- A stranger who resembles somebody does so in every frame, however many there are. So each frame
  pays a toll: the evidence at the distance that a single picture would have to reach at this
  false-accept rate. What is added up is what a frame says beyond that; the boundary is Wald's for
  the sum of the first frame, ln((1 - miss) / rate), less that toll.
- Evidence never falls below nothing: frames of a person who looks away do not have to be made up
  for. This is a test that begins again where it would end with no (Page, "Continuous inspection
  schemes", Biometrika 41, 1954). A second sum, of evidence against, decides for no.

What this does to error rates is measured by `facelatch evaluate sequences`: see
docs/measurements.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from models.errors import UsageError
from models.types import Box

TAU_SECONDS = 0.15
"""Over which frames of a visit are correlated: for clips of 60 photos of the LFW half at 30 frames
a second, the sum of the distances' autocorrelations is 4.8 frames, for either embedder."""

MISS_RATE = 0.01
"""Share of true visits that the test may miss, beside those whose pictures tell nothing."""

_LEAST_BOUNDARY = 2.0
_FULL_QUALITY = 0.5
# A face that moves faster, in its own widths, is taken for another one. A head turning quickly
# moves by about two widths a second.
_JUMP_WIDTHS, _JUMP_WIDTHS_A_SECOND = 0.5, 4.0
_JUMP_GROWTH = 1.8


class Verdict(Enum):
    """What a sequence of frames says so far."""

    UNDECIDED = "undecided"
    MATCH = "match"
    NO_MATCH = "no match"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one frame says of one person. `llr`: natural logarithm; `quality` in [0, 1].

    `near`: whether the distance is within the threshold of a single picture; no other frame adds
    to the evidence for. `place` is the box of the face that says it, None where nobody asks
    whether it is still the same.
    """

    llr: float
    near: bool
    quality: float = 1.0
    place: Box | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """When the evidence suffices. Raises UsageError for values out of bounds.

    A match needs `fewest` usable frames and evidence of `match_at`, no frame giving more than its
    share of it; a no needs `patience` usable frames and evidence against of `refuse_at`, or
    `most_frames` or `most_seconds` without a match. Frames below `least_quality` are not looked at
    (see `models.quality.MIN_QUALITY`). With `fewest` 1 each frame decides for itself.
    """

    toll: float
    match_at: float
    refuse_at: float = 4.6
    fewest: int = 3
    patience: int = 20
    most_frames: int = 300
    most_seconds: float = 30.0
    forget_seconds: float = 1.0
    tau: float = TAU_SECONDS
    least_quality: float = 0.2

    def __post_init__(self) -> None:
        if not (math.isfinite(self.toll) and math.isfinite(self.match_at + self.refuse_at)):
            raise UsageError("a decision needs finite boundaries")
        if not 1 <= self.fewest <= self.patience <= self.most_frames:
            raise UsageError("a decision needs 1 <= fewest <= patience <= most_frames")
        bounds = (self.most_seconds, self.forget_seconds, self.tau, self.least_quality)
        if not (all(0.0 < bound < math.inf for bound in bounds) and self.least_quality <= 1.0):
            raise UsageError("a decision needs positive times and a least quality up to 1")
        if self.refuse_at <= 0.0 or (self.match_at <= 0.0) != (self.fewest == 1):
            raise UsageError("a decision over several frames needs boundaries above 0")

    @property
    def largest(self) -> float:
        """The most that one frame can add."""
        return self.match_at / self.fewest


def sequence_rule(*, far: float, toll: float, miss: float = MISS_RATE) -> Rule:
    """The rule for what moves. `far` in (0, 0.1]; `toll` is the evidence at its threshold."""
    if not (0.0 < far <= 0.1 and 0.0 < miss <= 0.1):
        raise UsageError("error rates of a decision lie in (0, 0.1]")
    boundary = math.log((1.0 - miss) / far)
    return Rule(
        toll=toll,
        match_at=max(boundary - toll, _LEAST_BOUNDARY),
        refuse_at=math.log((1.0 - far) / miss),
    )


def still_rule(*, toll: float) -> Rule:
    """The rule for pictures: each decides alone, on the threshold."""
    return Rule(toll=toll, match_at=0.0, fewest=1, patience=1_000, most_frames=1_000_000)


@dataclass(slots=True)
class _Belief:
    """What is known of one person, from one face."""

    evidence: float = 0.0
    against: float = 0.0
    frames: int = 0
    last: float = -math.inf
    place: Box | None = None
    matched: bool = False


class SequentialTest:
    """The test for any number of people at once. Not for use by two threads at once.

    With several people enrolled, make `rule` for the false-accept rate divided by their number.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._beliefs: dict[str, _Belief] = {}
        self._began = self._last = -math.inf
        self._frames = 0

    @property
    def frames(self) -> int:
        """Usable frames since it last forgot."""
        return self._frames

    @property
    def matched(self) -> frozenset[str]:
        """Everybody for whom the evidence sufficed and was not outweighed since."""
        return frozenset(name for name, belief in self._beliefs.items() if belief.matched)

    def evidence(self, name: str) -> float:
        """For `name`, in [0, match_at]; 0 for who was never looked for."""
        belief = self._beliefs.get(name)
        return 0.0 if belief is None else belief.evidence

    def observe(self, time: float, evidence: Mapping[str, Evidence]) -> Verdict:
        """One frame at `time` (seconds on a clock that does not fall), and the verdict so far.

        A frame whose time is not finite or falls back, or without a look that is finite and good
        enough, changes nothing. After `forget_seconds` without one that counts, all begins anew.
        """
        usable = {name: said for name, said in evidence.items() if self._is_usable(said)}
        if usable and math.isfinite(time) and time >= self._last:
            if time - self._last > self._rule.forget_seconds:
                self._beliefs.clear()
                self._began, self._frames = time, 0
            self._last = time
            self._frames += 1
            for name, said in usable.items():
                self._add(name, said, time)
        return self._verdict()

    def _is_usable(self, said: Evidence) -> bool:
        return math.isfinite(said.llr) and self._rule.least_quality <= said.quality <= 1.0

    def _add(self, name: str, said: Evidence, time: float) -> None:
        rule, belief = self._rule, self._beliefs.get(name)
        if belief is None or jumped(belief.place, said.place, time - belief.last):
            belief = self._beliefs[name] = _Belief()
        weight = self._weight(said, time - belief.last)
        most = rule.largest if said.near else 0.0
        gain = min(max(weight * (said.llr - rule.toll), -rule.largest), most)
        loss = min(max(-weight * said.llr, -rule.refuse_at), rule.refuse_at)
        belief.evidence = min(max(belief.evidence + gain, 0.0), rule.match_at)
        belief.against = min(max(belief.against + loss, 0.0), rule.refuse_at)
        belief.frames += 1
        belief.last, belief.place = time, said.place
        belief.matched = self._is_match(belief, said)

    def _weight(self, said: Evidence, seconds: float) -> float:
        newness = -math.expm1(-seconds / self._rule.tau)
        return newness * min(said.quality / _FULL_QUALITY, 1.0)

    def _is_match(self, belief: _Belief, said: Evidence) -> bool:
        if self._rule.fewest == 1:
            return said.near
        if belief.matched:
            return belief.evidence > 0.0
        enough = belief.frames >= self._rule.fewest
        # Sums of shares that make a whole may lack the last bit.
        return enough and said.near and belief.evidence >= self._rule.match_at * (1.0 - 1e-9)

    def _verdict(self) -> Verdict:
        rule = self._rule
        if self.matched:
            return Verdict.MATCH
        longest = self._last - self._began >= rule.most_seconds
        if self._frames >= rule.most_frames or (longest and rule.fewest > 1):
            return Verdict.NO_MATCH
        refused = all(belief.against >= rule.refuse_at for belief in self._beliefs.values())
        if refused and self._frames >= rule.patience and rule.fewest > 1:
            return Verdict.NO_MATCH
        return Verdict.UNDECIDED


def jumped(before: Box | None, now: Box | None, seconds: float) -> bool:
    """Whether a face at `now` is unlikely to be the one that was at `before`."""
    if before is None or now is None:
        return False
    size = math.sqrt(max(before.area, 0.0))
    across = (now.left + now.right - before.left - before.right) / 2
    down = (now.top + now.bottom - before.top - before.bottom) / 2
    moved = math.hypot(across, down)
    growth = math.sqrt(max(now.area, 0.0)) / size if size > 0.0 else math.inf
    still = moved <= (_JUMP_WIDTHS + _JUMP_WIDTHS_A_SECOND * seconds) * size
    # Written so that nan is a jump.
    return not (still and 1.0 / _JUMP_GROWTH <= growth <= _JUMP_GROWTH)
