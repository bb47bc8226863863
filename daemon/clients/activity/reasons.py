"""Why an attempt ended as it did, or was refused, in words for a person. Pure but for the texts."""

from collections.abc import Callable, Mapping

from daemon.api import Error, Reason
from daemon.clients.i18n import _
from models.text import printable


def why(reason: str) -> str:
    """The words for a reason of the history; one that is not known is shown as it is."""
    words = _WORDS.get(reason)
    if words is not None:
        return words()
    return printable(reason.replace("-", " "), 64, instead="")


# Looked up when they are shown: the person's language is known then.
_WORDS: Mapping[str, Callable[[], str]] = {
    Reason.RECOGNISED: lambda: _("It was you."),
    Reason.NOT_RECOGNISED: lambda: _("The face was not like any of your appearances."),
    Reason.NO_FACE: lambda: _("No face was in the picture, or it was covered."),
    Reason.NO_USABLE_FACE: lambda: _("The face could not be seen well enough."),
    Reason.TOO_FEW_FRAMES: lambda: _("The face was not there for long enough."),
    Reason.NOT_LIVE: lambda: _("It was not the face of a living person."),
    Reason.LIVENESS_UNCLEAR: lambda: _("Nobody could tell whether the face is a living one."),
    Reason.CHALLENGE_FAILED: lambda: _(
        "What was asked of you was not done in time, or in another order."
    ),
    Reason.NO_FRAMES: lambda: _("The camera sent no pictures."),
    Reason.CAMERA_BUSY: lambda: _("Another program had the camera."),
    Reason.NO_CAMERA: lambda: _("There was no camera."),
    Reason.CAMERA_LOST: lambda: _("The camera was lost."),
    Reason.STOPPED: lambda: _("It was stopped."),
    Reason.ASLEEP: lambda: _("The computer was going to sleep."),
    Reason.LID_CLOSED: lambda: _("The lid was closed."),
    Reason.INACTIVE_SESSION: lambda: _("The desktop was not the one on the screen."),
    Reason.PAUSED: lambda: _("Face unlock was paused."),
    Reason.ATTEMPTS_PAUSED: lambda: _("Too many attempts had failed: a pause was on."),
    Reason.LOCKED_OUT: lambda: _("Too many attempts had failed: the password was needed."),
    Reason.NOT_ENROLLED: lambda: _("No appearance was stored."),
    Reason.NO_MODEL: lambda: _("There was no model to recognise with."),
    Reason.STOPPING: lambda: _("The service was ending."),
    Reason.INTERNAL: lambda: _("A fault of the service; its journal says more."),
    Error.NO_SESSION: lambda: _("There was no desktop that it could be about."),
    Error.REMOTE_SESSION: lambda: _("It was asked from afar, not at this computer."),
    Error.INACTIVE_SESSION: lambda: _("The desktop was not the one on the screen."),
    Error.LID_CLOSED: lambda: _("The lid was closed."),
    Error.ASLEEP: lambda: _("The computer was going to sleep."),
    Error.PAUSED: lambda: _("Face unlock was paused."),
    Error.ABSENCE_NEEDED: lambda: _("You had locked it yourself and not left since."),
    Error.ATTEMPTS_PAUSED: lambda: _("Too many attempts had failed: a pause was on."),
    Error.LOCKED_OUT: lambda: _("Too many attempts had failed: the password was needed."),
    Error.NOT_ENROLLED: lambda: _("No appearance was stored."),
    Error.NOT_ENABLED: lambda: _("The configuration does not allow it."),
    Error.OTHER_MODEL: lambda: _("Your appearances were made by another model: enrol again."),
    Error.TOO_MANY_REQUESTS: lambda: _("Too many attempts were asked for at once."),
    Error.BUSY: lambda: _("An enrolment was under way."),
    Error.NO_MODEL: lambda: _("There was no model to recognise with."),
    Error.STORE_PROBLEM: lambda: _("The stored appearances could not be read."),
    Error.STOPPING: lambda: _("The service was ending."),
    Error.INTERNAL: lambda: _("A fault of the service; its journal says more."),
}
