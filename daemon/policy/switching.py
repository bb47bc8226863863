"""Whether the locked session of whoever sits there takes the place of another on the screen. Pure.

It comes as it is, locked, and is unlocked, if at all, by the rules for any other (`rules`).
"""

from collections.abc import Collection

from daemon.api import Error
from daemon.config import Switch, Unlock
from daemon.policy import denials, where
from daemon.policy.facts import Allowed, Decision, Denied, Machine, SessionFacts, Target
from daemon.policy.lockout import Standing


def may_bring_up(
    session: SessionFacts,
    target: Target,
    *,
    sessions: Collection[SessionFacts],
    machine: Machine,
    standing: Standing,
    unlock: Unlock,
    switch: Switch,
    resting: bool = False,
) -> Decision:
    """Whether `session`, of `target`, may be brought to the screen when its owner sits there.

    `sessions` are all of the machine. Whoever is on the screen must have locked: nobody's work is
    taken away, and none is left open in the back. `resting`: nobody could see that lock screen.
    """
    denial = denials.first_denial(
        _unless_asked_for(switch),
        denials.when_stopping(machine),
        _not_the_owners(session, target),
        _unless_alone_of_its_owner(session, sessions),
        _unless_locked_in_the_back(session),
        _unless_another_is_shown(session, shown(sessions)),
        denials.when_blind(machine),
        denials.unless_unlockable(target, unlock),
        denials.unless_known(target, unlock),
        denials.unless_free(standing),
        denials.when_enrolling(machine),
        denials.dark() if resting else None,
    )
    return Allowed() if denial is None else denial


def shown(sessions: Collection[SessionFacts]) -> SessionFacts | None:
    """The session on the camera's screen; None where there is none, or nobody can tell which."""
    found = [one for one in sessions if where.unless_on_screen(one) is None]
    return found[0] if len(found) == 1 else None


def _unless_asked_for(switch: Switch) -> Denied | None:
    if switch.on_face:
        return None
    return Denied(Error.NOT_ENABLED, "the configuration does not let sessions be switched")


def _not_the_owners(session: SessionFacts, target: Target) -> Denied | None:
    if target.uid is None or session.uid != target.uid or not where.is_users(session):
        return Denied(Error.NOT_PERMITTED, "the session is not this user's")
    return None


def _unless_alone_of_its_owner(
    session: SessionFacts, sessions: Collection[SessionFacts]
) -> Denied | None:
    """Nobody is asked which of several sessions is meant, and a remote one of the owner's may be
    where the owner is.
    """
    own = [one for one in sessions if one.uid == session.uid and where.is_users(one)]
    if [one.id for one in own] != [session.id]:
        return Denied(Error.NO_SESSION, "the user has not just this session")
    return None


def _unless_locked_in_the_back(session: SessionFacts) -> Denied | None:
    if session.active:
        return Denied(Error.INACTIVE_SESSION, "the session is on the screen already")
    if where.unless_at_seat(session) is not None:
        return Denied(Error.REMOTE_SESSION, "the session is of no screen here")
    if not session.locked or not where.is_graphical(session):
        return Denied(Error.NO_SESSION, "only a session that shows a lock screen is brought up")
    return None


def _unless_another_is_shown(
    session: SessionFacts, on_screen: SessionFacts | None
) -> Denied | None:
    if on_screen is None or not where.is_users(on_screen) or on_screen.uid == session.uid:
        return Denied(Error.NO_SESSION, "no session of another user is on the screen")
    if not on_screen.locked:
        return Denied(Error.BUSY, "the session on the screen is not locked")
    return None
