"""What an attempt comes to, frame by frame and at its end. Data; loads nothing heavy."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.api import Guidance, Progress, Reason, Verdict

if TYPE_CHECKING:
    from enroll.adaptation import Visit


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What one frame showed of the people looked for. `box` in shares of the picture."""

    word: Progress | Guidance
    verdict: Verdict
    distance: float | None = None
    quality: float | None = None
    box: tuple[float, float, float, float] | None = None
    known: bool = False
    """Whether this frame alone would be a match."""
    threshold: float | None = None
    """The largest distance at which it would be."""


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How an attempt ended. `distance` is the smallest seen; milliseconds by stage."""

    verdict: Verdict
    reason: Reason
    guidance: str
    frames: int
    distance: float | None
    threshold: float
    stages_ms: dict[str, float]
    others: int = 0
    """Usable faces that were not the person's, frame by frame."""
    visit: "Visit | None" = None
    """Of a match: what was seen, for what may be learnt of it."""
    at: float = 0.0
    """When it was found, in seconds since boot, sleep included (CLOCK_BOOTTIME)."""
    name: str | None = None
    """Whose face it is, of a match; a rejection names nobody."""
    frames_used: int = 0
    """Frames with a usable face."""
    frames_needed: int = 0
    """Such frames that a verdict needs, where there were too few."""


def unseen(reason: Reason) -> AttemptResult:
    """The result of an attempt that saw nothing."""
    return AttemptResult(Verdict.UNDECIDED, reason, "", 0, None, 0.0, {})
