"""What an attempt comes to, frame by frame and at its end. Data; loads nothing heavy."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.api import Guidance, Light, Progress, Reason, Verdict

if TYPE_CHECKING:
    from enroll.adaptation import Visit


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What one frame showed of the people looked for. `box` in shares of the picture.

    `distance` and `threshold` are for root and for measurements: see docs/security.md.
    """

    word: Progress | Guidance
    verdict: Verdict
    distance: float | None = None
    quality: float | None = None
    box: tuple[float, float, float, float] | None = None
    light: Light | None = None
    """What this frame alone says; None without a face."""
    threshold: float | None = None
    """The largest distance at which this frame alone would be a match."""
    denied: bool = False
    """Whether the attempt is over, because the face is no living one."""
    asked: bool = False
    """Whether the word is part of a challenge."""
    over: bool = False
    """Whether the attempt is over, because a challenge was not answered or cannot be asked."""

    @property
    def compared(self) -> bool:
        """Whether a face was compared with templates."""
        return self.distance is not None

    @property
    def done(self) -> bool:
        """Whether more frames would change nothing."""
        return self.denied or self.over or self.verdict is not Verdict.UNDECIDED


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
    compared: int = 0
    """Frames of which a face was compared with templates, whatever came of it."""
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
