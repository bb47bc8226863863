"""What a command in the foreground asks of a face beside its likeness."""

from dataclasses import dataclass

from daemon.recognition.liveness import LivenessJudge, LivenessRule
from daemon.recognition.liveness_observer import LivenessObserver
from daemon.recognition.matcher import Matcher


@dataclass(frozen=True, slots=True, eq=False)
class LivenessCheck:
    """How sure it must be that a face is a living one, and the cues that look for it."""

    rule: LivenessRule
    observer: LivenessObserver

    def begin(self, matcher: Matcher) -> LivenessJudge:
        """Forgets what was seen; judges what comes, as sure of who it is as `matcher` is."""
        self.observer.reset()
        return LivenessJudge(self.rule, metric=matcher.metric, threshold=matcher.threshold)
