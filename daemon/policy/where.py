"""Where somebody is: at the machine, before its camera, or somewhere else. Pure."""

from collections.abc import Collection

from daemon.api import Error
from daemon.config import Unlock
from daemon.policy.denials import first_denial
from daemon.policy.facts import ROOT, Caller, Conversation, Denied, SessionFacts, Target

_GRAPHICAL = frozenset({"x11", "wayland", "mir"})
"""logind's Types of sessions that have a desktop."""
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
    if caller.display_manager and caller.uid == ROOT:
        return _unless_before_its_screen(target.uid, sessions, unlock)
    return _unless_on_desktop(caller, target.uid, sessions)


def unless_here(caller: Caller, sessions: Collection[SessionFacts]) -> Denied | None:
    """The caller is a user who sits at the machine; root is everywhere."""
    if caller.uid == ROOT:
        return None
    if caller.session is None:
        return _unless_on_desktop(caller, caller.uid, sessions)
    if not is_users(caller.session):
        return Denied(Error.NO_SESSION, "nobody sits at a session of this kind")
    return unless_on_screen(caller.session)


def when_typed_elsewhere(
    caller: Caller,
    target: Target,
    sessions: Collection[SessionFacts],
    conversation: Conversation,
) -> Denied | None:
    """By PAM's word the user sits at another machine, or may: a terminal that was opened here can
    be shown elsewhere (tmux, screen) by whoever has a remote session.
    """
    if conversation.remote_host:
        return Denied(Error.REMOTE_SESSION, "the user is at another machine", "use the password")
    if not conversation.tty:
        return None
    own = {target.uid, caller.slice_uid, caller.session.uid if caller.session else None}
    if any(one.remote for one in sessions if one.uid in own):
        return Denied(Error.REMOTE_SESSION, "the user has a remote session too", "use the password")
    return None


def is_users(session: SessionFacts) -> bool:
    """Whether it is a session that a person logged in to."""
    # "user", "user-early", "user-light", ...: see sd_session_get_class(3).
    return session.session_class == "user" or session.session_class.startswith("user-")


def is_graphical(session: SessionFacts) -> bool:
    """Whether it has a desktop."""
    return session.kind in _GRAPHICAL


def unless_on_screen(session: SessionFacts) -> Denied | None:
    """Whoever uses this session sits before the camera, as far as logind knows."""
    inactive = Denied(Error.INACTIVE_SESSION, "the session is not on the screen")
    return first_denial(unless_at_seat(session), None if session.active else inactive)


def unless_at_seat(session: SessionFacts) -> Denied | None:
    """The session is one of the camera's seat, on the screen or in the back."""
    # Virtual desktops (xrdp, VNC) call themselves local, but no screen and no camera is theirs.
    if session.remote or not session.seat:
        return Denied(Error.REMOTE_SESSION, "the session is a remote one", "use the password")
    if session.seat != _SEAT:
        return Denied(Error.REMOTE_SESSION, "the camera is at another seat", "use the password")
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


def _unless_before_its_screen(
    uid: int | None, sessions: Collection[SessionFacts], unlock: Unlock
) -> Denied | None:
    """A display manager asks for whoever is before its login screen, or before the lock screen of
    this user, whichever is on the screen. It may show others to people elsewhere: with one of those
    nobody can tell from which of them the question comes.
    """
    greeters = [one for one in sessions if one.session_class == "greeter"]
    own = [one for one in sessions if one.uid == uid and is_users(one)]
    found = [(one, unless_on_screen(one)) for one in (*greeters, *own)]
    for _, no in found:
        if no is not None and no.error is Error.REMOTE_SESSION:
            return no
    shown = [one for one, no in found if no is None]
    if not shown:
        return Denied(Error.NO_SESSION, "no login screen is on the screen", "use the password")
    return _unless_greeter(unlock) if shown[0] in greeters else None


def _unless_on_desktop(
    caller: Caller, uid: int | None, sessions: Collection[SessionFacts]
) -> Denied | None:
    """A caller from no session stands on the desktop of this user, who sits at it.

    Root is held to it too: what asks for somebody from elsewhere asks for whoever may be far away.
    """
    if uid is None or caller.slice_uid != uid:
        return Denied(Error.NO_SESSION, "who asks belongs to no session", "use the password")
    own = [one for one in sessions if one.uid == uid and is_users(one)]
    if not own:
        return Denied(Error.NO_SESSION, "the user has no session")
    found = [(one, unless_on_screen(one)) for one in own]
    # With a remote session too, nobody can tell from which of them the question comes.
    remote = [no for _, no in found if no is not None and no.error is Error.REMOTE_SESSION]
    if remote:
        return remote[0]
    if any(is_graphical(one) for one, no in found if no is None):
        return None
    denials = [no for _, no in found if no is not None]
    no_desktop = Denied(Error.NO_SESSION, "the user has no desktop on the screen")
    return denials[0] if denials else no_desktop
