"""Where somebody is: at the machine, before its camera, or somewhere else. Pure."""

from collections.abc import Collection

from daemon.api import Error
from daemon.config import Unlock
from daemon.policy.denials import first_denial
from daemon.policy.facts import ROOT, Caller, Denied, SessionFacts, Target

_SEAT = "seat0"
"""The camera's: devices are of this seat unless somebody attaches them to another."""


def unless_asking_here(
    caller: Caller,
    target: Target,
    sessions: Collection[SessionFacts],
    unlock: Unlock,
) -> Denied | None:
    """Whoever asks about `target` sits at the machine."""
    if caller.session is not None:
        return _unless_session_here(caller.session, unlock)
    own = [one for one in sessions if one.uid == target.uid and is_users(one)]
    denial = _unless_one_here(own)
    if denial is None or own or caller.uid != ROOT:
        return denial
    # Logging in: a display manager asks from no session, before there is one of the user.
    greeters = [
        one for one in sessions if one.session_class == "greeter" and unless_on_screen(one) is None
    ]
    return _unless_greeter(unlock) if greeters else denial


def unless_here(caller: Caller, sessions: Collection[SessionFacts]) -> Denied | None:
    """The caller is a user who sits at the machine; root is everywhere."""
    if caller.uid == ROOT:
        return None
    if caller.session is None:
        return _unless_one_here(
            [one for one in sessions if one.uid == caller.uid and is_users(one)]
        )
    if not is_users(caller.session):
        return Denied(Error.NO_SESSION, "nobody sits at a session of this kind")
    return unless_on_screen(caller.session)


def is_users(session: SessionFacts) -> bool:
    """Whether it is a session that a person logged in to."""
    # "user", "user-early", "user-light", ...: see sd_session_get_class(3).
    return session.session_class == "user" or session.session_class.startswith("user-")


def unless_on_screen(session: SessionFacts) -> Denied | None:
    """Whoever uses this session sits before the camera, as far as logind knows."""
    # Virtual desktops (xrdp, VNC) call themselves local, but no screen and no camera is theirs.
    if session.remote or not session.seat:
        return Denied(Error.REMOTE_SESSION, "the session is a remote one", "use the password")
    if session.seat != _SEAT:
        return Denied(Error.REMOTE_SESSION, "the camera is at another seat", "use the password")
    if not session.active:
        return Denied(Error.INACTIVE_SESSION, "the session is not on the screen")
    return None


def _unless_session_here(session: SessionFacts, unlock: Unlock) -> Denied | None:
    if is_users(session) or session.session_class == "lock-screen":
        return unless_on_screen(session)
    if session.session_class == "greeter":
        return first_denial(unless_on_screen(session), _unless_greeter(unlock))
    return Denied(Error.NO_SESSION, "nobody sits at a session of this kind")


def _unless_greeter(unlock: Unlock) -> Denied | None:
    if unlock.greeter:
        return None
    return Denied(
        Error.NOT_ENABLED, "the configuration does not let anybody be recognised at the login"
    )


def _unless_one_here(own: list[SessionFacts]) -> Denied | None:
    """Why none of these sessions of one user will do for a caller that belongs to none of them."""
    if not own:
        return Denied(Error.NO_SESSION, "the user has no session")
    found = [unless_on_screen(one) for one in own]
    # With a remote session too, nobody can tell from which of them the question comes.
    remote = [one for one in found if one is not None and one.error is Error.REMOTE_SESSION]
    if remote:
        return remote[0]
    return None if None in found else found[0]
