"""What the test of the recognition shows, as facts: events in, the next one out. Pure."""

from dataclasses import dataclass, replace

from daemon.api import Light, Progress, Verdict
from daemon.clients.i18n import _
from daemon.clients.requests.verify import Decided, Progressed
from daemon.clients.words import sentence


@dataclass(frozen=True, slots=True)
class Gauge:
    """All that the window of a test shows; made without arguments, nothing."""

    headline: str = ""
    line: str = ""
    light: str = ""
    """A word of Light; the last that was told."""
    quality: float | None = None
    verdict: str = ""
    """A word of Verdict once it is over; "problem" where it could not begin."""

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return bool(self.verdict)

    @property
    def meaning(self) -> str:
        """The light in words."""
        return (
            {
                Light.GREEN: _("This picture shows you"),
                Light.AMBER: _("Nobody can tell by this picture"),
                Light.RED: _("This picture shows somebody else"),
            }.get(Light(self.light), "")
            if self.light in set(Light)
            else _("No face seen yet")
        )


def begun() -> Gauge:
    """Before anything came."""
    return Gauge(_("One moment"))


def progressed(before: Gauge, event: Progressed) -> Gauge:
    """After one moment; what was seen last stays."""
    return replace(
        before,
        headline=_said(event.word),
        line="",
        light=event.light or before.light,
        quality=before.quality if event.quality is None else event.quality,
    )


def decided(before: Gauge, event: Decided) -> Gauge:
    """After the end."""
    measured = replace(before, verdict=event.verdict)
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
        "no-face": _("No face was in the picture, or it was covered."),
        "no-usable-face": _("A face was there, but never clear enough."),
        "too-few-frames": _("The face was not there for long enough."),
        "no-frames": _("The camera sent no picture."),
        "camera-busy": _("Another program has the camera: close it."),
        "no-camera": _("There is no camera: plug one in."),
        "camera-lost": _("The camera has gone."),
        "liveness-unclear": _("Nobody could tell whether the face is a living one."),
        "challenge-failed": _("What was asked of you was not done in time, or in another order."),
        "not-live": _("What was seen is no living face."),
        "paused": _("Recognition is paused."),
        "locked-out": _("Too many attempts failed: the password is needed once."),
        "attempts-paused": _("Too many attempts failed: wait a little."),
        "stopped": _("The test was stopped."),
    }.get(word, "")
