"""What a command in the foreground asks of a face beside its likeness."""

from dataclasses import dataclass

from daemon.recognition.liveness import LivenessDecision, LivenessRule
from daemon.recognition.liveness_observer import LivenessObserver
from daemon.recognition.matcher import Matcher
from daemon.recognition.same_face import Likeness


@dataclass(frozen=True, slots=True, eq=False)
class LivenessCheck:
    """How sure it must be that a face is a living one, and the cues that look for it."""

    rule: LivenessRule
    observer: LivenessObserver

    def begin(self, matcher: Matcher) -> LivenessDecision:
        """Forgets what was seen; judges what comes, as sure of who it is as `matcher` is."""
        self.observer.reset()
        return LivenessDecision(self.rule, Likeness.by(matcher.metric, matcher.criterion))
