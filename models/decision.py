"""From frames to a verdict: one lucky frame opens nothing. Pure; no clock, no I/O."""

from collections import Counter, deque
from dataclasses import dataclass
from enum import Enum

from models.errors import UsageError


class Verdict(Enum):
    """What a sequence of frames says so far."""

    UNDECIDED = "undecided"
    MATCH = "match"
    NO_MATCH = "no match"


@dataclass(frozen=True, slots=True)
class VoteRule:
    """`needed` of the last `window` usable frames must name the same person.

    After `patience` usable frames without that, the answer is no. For pictures, which are looked
    at one by one, use `STILLS`. Raises UsageError unless
    1 <= needed <= window <= patience.
    """

    needed: int = 3
    window: int = 5
    patience: int = 30

    def __post_init__(self) -> None:
        if not 1 <= self.needed <= self.window <= self.patience:
            raise UsageError("a vote needs 1 <= needed <= window <= patience")


STILLS = VoteRule(needed=1, window=1, patience=1_000)


class Votes:
    """Counts usable frames. A frame without a usable face is not shown to it."""

    def __init__(self, rule: VoteRule) -> None:
        self._rule = rule
        self._recent: deque[frozenset[str]] = deque(maxlen=rule.window)
        self._seen = 0

    @property
    def seen(self) -> int:
        """Usable frames observed."""
        return self._seen

    @property
    def confirmed(self) -> frozenset[str]:
        """Names with enough votes among the most recent frames."""
        counts = Counter(name for names in self._recent for name in names)
        return frozenset(name for name, count in counts.items() if count >= self._rule.needed)

    def observe(self, names: frozenset[str]) -> Verdict:
        """One usable frame and the names that faces in it matched (empty for strangers alone)."""
        self._seen += 1
        self._recent.append(names)
        if self.confirmed:
            return Verdict.MATCH
        return Verdict.NO_MATCH if self._seen >= self._rule.patience else Verdict.UNDECIDED
