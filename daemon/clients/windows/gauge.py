"""What the test of the recognition shows, as facts: events in, the next one out. Pure."""

from dataclasses import dataclass, replace

from daemon.api import Progress, Verdict
from daemon.clients.i18n import _
from daemon.clients.requests.verify import Decided, Progressed
from daemon.clients.windows.words import sentence

_SCALE = 2.0
"""The bar ends at so many thresholds: strangers are mostly beyond one and a half."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """All that is shown."""

    headline: str = ""
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
            return _("No distance measured yet")
        if self.distance <= self.threshold:
            text = _("Distance {distance:.3f}, within the limit of {limit:.3f}")
        else:
            text = _("Distance {distance:.3f}, beyond the limit of {limit:.3f}")
        return text.format(distance=self.distance, limit=self.threshold)


def begun() -> Gauge:
    """Before anything came."""
    return Gauge(_("One moment"))


def progressed(before: Gauge, event: Progressed) -> Gauge:
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
        line = _("It took {seconds:.1f} seconds.").format(seconds=seconds)
        return replace(measured, headline=_("Recognised"), line=line)
    if event.verdict == Verdict.NOT_MATCHED:
        return replace(
            measured,
            headline=_("Not recognised"),
            line=_("If that was you, add an appearance: in this light, or as you look today."),
        )
    hint = f" {sentence(event.guidance)}." if event.guidance else ""
    line = _reason(event.reason) or event.reason.replace("-", " ").capitalize() + "."
    return replace(measured, headline=_("Could not tell"), line=line + hint)


def problem(line: str) -> Gauge:
    """Where it could not begin."""
    return Gauge(_("That did not work"), line[:1].upper() + line[1:], verdict="problem")


def _said(word: str) -> str:
    known = {
        Progress.WAITING: _("Opening the camera"),
        Progress.LOOKING: _("Look into the camera"),
        Progress.FACE_SEEN: _("Looking at you"),
    }
    return known[Progress(word)] if word in set(Progress) else sentence(word)


def _reason(word: str) -> str:
    """Why nobody could tell, empty for a reason of another version."""
    return {
        "no-face": _("Nobody was in the picture."),
        "no-usable-face": _("A face was there, but never clear enough."),
        "too-few-frames": _("The face was not there for long enough."),
        "no-frames": _("The camera sent no picture."),
        "camera-busy": _("Another program has the camera: close it."),
        "no-camera": _("There is no camera: plug one in."),
        "camera-lost": _("The camera has gone."),
        "not-live": _("What was seen is no living face."),
        "paused": _("Recognition is paused."),
        "locked-out": _("Too many attempts failed: the password is needed once."),
        "attempts-paused": _("Too many attempts failed: wait a little."),
        "stopped": _("The test was stopped."),
    }.get(word, "")
