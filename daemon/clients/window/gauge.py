"""What the test of the recognition shows, as facts: events in, the next one out. Pure."""

from dataclasses import dataclass, replace

from daemon.clients.verification import Decided, Looked
from daemon.contract import Guidance, Progress, Verdict
from enroll.prompts import sentence

_WORDS = {
    Progress.WAITING: "Opening the camera",
    Progress.LOOKING: "Look into the camera",
    Progress.FACE_SEEN: "Looking at you",
}
_REASONS = {
    "no-face": "Nobody was in the picture.",
    "no-usable-face": "A face was there, but never clear enough.",
    "no-frames": "The camera sent no picture.",
    "camera-busy": "Another program has the camera: close it.",
    "no-camera": "There is no camera: plug one in.",
    "camera-lost": "The camera has gone.",
    "not-live": "What was seen is no living face.",
    "paused": "Recognition is paused.",
    "locked-out": "Too many looks failed: the password is needed once.",
    "attempts-paused": "Too many looks failed: wait a little.",
    "stopped": "The test was stopped.",
}
_SCALE = 2.0
"""The bar ends at so many thresholds: strangers are mostly beyond one and a half."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """All that is shown."""

    headline: str = "One moment"
    line: str = ""
    distance: float | None = None
    threshold: float | None = None
    quality: float | None = None
    verdict: str = ""
    """A word of Verdict once it is over; "problem" where it could not begin."""

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return bool(self.verdict)

    @property
    def share(self) -> float | None:
        """Where the distance stands on the bar, 0 to 1; None without one."""
        if self.distance is None or not self.threshold:
            return None
        return min(max(self.distance / (_SCALE * self.threshold), 0.0), 1.0)

    @property
    def limit(self) -> float:
        """Where the threshold stands on the bar."""
        return 1.0 / _SCALE

    @property
    def figures(self) -> str:
        """The distance in words."""
        if self.distance is None or self.threshold is None:
            return "No distance measured yet"
        side = "within" if self.distance <= self.threshold else "beyond"
        return f"Distance {self.distance:.3f}, {side} the limit of {self.threshold:.3f}"


def looked(before: Gauge, event: Looked) -> Gauge:
    """After one moment; what was measured last stays."""
    known = {
        name: value
        for name in ("distance", "threshold", "quality")
        if (value := getattr(event, name)) is not None
    }
    return replace(before, headline=_said(event.word), line="", **known)


def decided(before: Gauge, event: Decided) -> Gauge:
    """After the end."""
    measured = replace(
        before,
        distance=before.distance if event.distance is None else event.distance,
        threshold=before.threshold if event.threshold is None else event.threshold,
        verdict=event.verdict,
    )
    if event.matched:
        seconds = event.milliseconds / 1e3
        return replace(measured, headline="Recognised", line=f"It took {seconds:.1f} seconds.")
    if event.verdict == Verdict.NOT_MATCHED:
        return replace(
            measured,
            headline="Not recognised",
            line="If that was you, add a look: in this light, or as you look today.",
        )
    hint = f" {sentence(event.guidance)}." if event.guidance else ""
    line = _REASONS.get(event.reason, event.reason.replace("-", " ").capitalize() + ".")
    return replace(measured, headline="Could not tell", line=line + hint)


def problem(line: str) -> Gauge:
    """Where it could not begin."""
    return Gauge("That did not work", line[:1].upper() + line[1:], verdict="problem")


def _said(word: str) -> str:
    if word in set(Guidance):
        return sentence(word)
    return _WORDS.get(Progress(word), "") if word in set(Progress) else sentence(word)
