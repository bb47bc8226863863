"""From what the cues say to a decision: live, not live or unclear."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from models.liveness.evidence import CAMERA_MOVES, FLAT, NO_RELIEF, CueEvidence

Level = Literal["convenient", "standard", "strict"]
Decision = Literal["live", "not live", "unclear"]

MOST_FOR_LIFE_TOGETHER = 4.0
"""Cues that see the same pixels err together, so their sum is bounded too."""
MOST_NEUTRAL = 0.5
"""Down to here an answer against life is noise and denies nothing alone."""
TELL_SCREENS = frozenset({"texture", "infrared"})
"""Cues that look otherwise at a screen playing a clip than at the person in it. Depth and all other
cues of movement see the person: whatever they say for life, they say of the clip too."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Natural logarithms of likelihood ratios."""

    live: float
    """From here on the sum means live."""
    deny: float
    """Down to here the sum means not live."""
    deny_alone: float
    """Down to here one cue alone means not live, whatever the others say."""
    least_known: int
    """Cues that must have evidence for a passive "live"."""
    tells_screens: bool
    """Whether one of `TELL_SCREENS` must speak for life before there is a passive "live"."""
    relief: bool
    """Whether a face that moved must have been seen to be no plane before a passive "live"."""


LEVELS: dict[Level, Thresholds] = {
    "convenient": Thresholds(0.0, -2.0, -4.0, least_known=1, tells_screens=False, relief=False),
    "standard": Thresholds(1.0, -1.5, -3.0, least_known=2, tells_screens=True, relief=True),
    "strict": Thresholds(1.0, -1.0, -2.5, least_known=2, tells_screens=True, relief=True),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision and how it came about."""

    decision: Decision
    total: float
    """Sum of the log-likelihood ratios, those for life bounded."""
    reasons: tuple[CueEvidence, ...]
    """The cues that withheld, doubted or spoke against life, the weightiest first."""


def decide(cues: Iterable[CueEvidence], level: Level, *, challenged: bool = False) -> Verdict:
    """The decision about one face. `challenged`: a challenge was answered rightly by this face.

    A challenge lifts doubt, never a denial: what the cues call an attack stays one. At `strict`
    nothing is live without a challenge.
    """
    answers = [cue for cue in cues if cue.known]
    limits = LEVELS[level]
    total = _total(answers)
    reasons = tuple(
        sorted(
            (cue for cue in answers if _speaks_against(cue)),
            key=lambda cue: (not cue.withholds, cue.llr),
        )
    )
    return Verdict(_decision(answers, total, limits, level, challenged), total, reasons)


def _decision(
    answers: list[CueEvidence], total: float, limits: Thresholds, level: Level, challenged: bool
) -> Decision:
    worst = min((cue.llr for cue in answers), default=0.0)
    if total <= limits.deny or worst <= limits.deny_alone:
        return "not live"
    if any(cue.withholds for cue in answers):
        return "unclear"
    if challenged:
        return "live"
    if level != "strict" and total >= limits.live and _is_enough(answers, limits):
        return "live"
    return "unclear"


def _is_enough(answers: list[CueEvidence], limits: Thresholds) -> bool:
    """Whether those have spoken without whom nothing is live by looking alone."""
    screens = any(cue.cue in TELL_SCREENS and cue.llr > 0 for cue in answers)
    if len(answers) < limits.least_known or (limits.tells_screens and not screens):
        return False
    return not limits.relief or not _is_flat_so_far(answers)


def _is_flat_so_far(answers: list[CueEvidence]) -> bool:
    """Whether the face moved before a camera that stands, and was not seen to be no plane.

    The texture of a photograph that is cut out and held up may be that of skin.
    """
    flat = any(_doubts(cue) for cue in answers)
    return flat and not any(cue.reason == CAMERA_MOVES for cue in answers)


def _doubts(cue: CueEvidence) -> bool:
    return cue.cue == "depth" and cue.reason in (NO_RELIEF, FLAT)


def _speaks_against(cue: CueEvidence) -> bool:
    return cue.withholds or _doubts(cue) or cue.llr < -MOST_NEUTRAL


def _total(answers: list[CueEvidence]) -> float:
    favour = sum(cue.llr for cue in answers if cue.llr > 0)
    against = sum(cue.llr for cue in answers if cue.llr < 0)
    return min(favour, MOST_FOR_LIFE_TOGETHER) + against
