"""Reasons to deny: each says why not, or None where it has no objection. Pure."""

from daemon.api import Error
from daemon.config import Unlock
from daemon.policy.facts import Denied, Machine, Target
from daemon.policy.lockout import LockoutState, Standing


def first_denial(*denials: Denied | None) -> Denied | None:
    """The first that is one."""
    return next((denial for denial in denials if denial is not None), None)


def when_stopping(machine: Machine) -> Denied | None:
    """The service ends."""
    return Denied(Error.STOPPING, "the service is ending") if machine.stopping else None


def when_asleep(machine: Machine) -> Denied | None:
    """The machine sleeps or is about to."""
    return Denied(Error.ASLEEP, "the machine is going to sleep") if machine.asleep else None


def when_lid_closed(machine: Machine) -> Denied | None:
    """The lid is closed, as far as anybody knows."""
    if machine.lid_closed is None:
        return Denied(Error.LID_CLOSED, "nobody can tell whether the lid is closed")
    return Denied(Error.LID_CLOSED, "the lid is closed") if machine.lid_closed else None


def when_paused(machine: Machine) -> Denied | None:
    """Somebody paused recognition."""
    if machine.paused:
        return Denied(Error.PAUSED, "recognition is paused", "run: facelatch resume")
    return None


def when_blind(machine: Machine) -> Denied | None:
    """Nothing can or may be seen."""
    return first_denial(when_asleep(machine), when_lid_closed(machine), when_paused(machine))


def when_enrolling(machine: Machine) -> Denied | None:
    """An enrolment has the camera."""
    if machine.enrolling:
        return Denied(Error.BUSY, "somebody is being enrolled", "try again in a minute")
    return None


def unless_known(target: Target, unlock: Unlock) -> Denied | None:
    """The user may be recognised, and has appearances of the running model."""
    if target.uid is None:
        return no_such_user()
    if not unlock.lets(target.username):
        return Denied(Error.NOT_ENABLED, "the configuration does not let this user be recognised")
    if target.appearances > 0:
        return None
    if target.other_appearances > 0:
        return Denied(
            Error.OTHER_MODEL, "all appearances were made by another model", "run: facelatch enroll"
        )
    return Denied(Error.NOT_ENROLLED, "no face is enrolled", "run: facelatch enroll")


def unless_free(standing: Standing) -> Denied | None:
    """Attempts are allowed, after those that failed."""
    if standing.state is LockoutState.PASSWORD:
        return Denied(Error.LOCKED_OUT, "too many attempts failed", "use the password once")
    if standing.state is LockoutState.PAUSED:
        return Denied(
            Error.ATTEMPTS_PAUSED,
            "too many attempts failed",
            f"use the password, or wait {standing.retry_after:.0f} seconds",
        )
    return None


def dark() -> Denied:
    """Nobody could see the lock screen."""
    return Denied(Error.INACTIVE_SESSION, "the displays are off")


def absence_needed() -> Denied:
    """The owner was not seen to leave."""
    return Denied(
        Error.ABSENCE_NEEDED,
        "the session was locked by hand and its owner has not left since",
        "use the password",
    )


def unless_unlockable(target: Target, unlock: Unlock) -> Denied | None:
    """There is a way to unlock sessions of this user, who wants it."""
    if not target.unlocking:
        return Denied(
            Error.NOT_ENABLED,
            "its owner has switched unlocking off",
            "run: facelatch unlocking on",
        )
    if unlock.enabled and unlock.methods_of(target.username):
        return None
    return Denied(Error.NOT_ENABLED, "the configuration does not let this session be unlocked")


def no_such_user() -> Denied:
    """No login name, or one of nobody."""
    return Denied(Error.NOT_ENROLLED, "there is no such user")
