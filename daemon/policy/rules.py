"""Who may do what, and when. Pure.

What is not allowed in so many words is denied. Denials come in the order in which a person would
want to know: first what concerns who asks, then where, then the machine, then the user asked about.
"""

from collections.abc import Collection

from daemon.api import Action, Error
from daemon.config import Unlock
from daemon.policy import denials, where
from daemon.policy.facts import (
    ROOT,
    Allowed,
    Ask,
    Caller,
    Conversation,
    Decision,
    Denied,
    Machine,
    SessionFacts,
    Target,
)
from daemon.policy.lockout import Standing

_NO_CONVERSATION = Conversation()


def may_verify(
    caller: Caller,
    target: Target,
    *,
    sessions: Collection[SessionFacts],
    machine: Machine,
    standing: Standing,
    unlock: Unlock,
    held: Collection[str] = (),
    conversation: Conversation = _NO_CONVERSATION,
) -> Decision:
    """Whether an attempt at `target` may begin.

    `sessions` are all of the machine, `held` the ids of those locked by hand whose owner was not
    seen to leave. `conversation` is what PAM says, where it is PAM that asks.
    """
    return _first(
        _not_permitted(caller, target),
        denials.when_stopping(machine),
        where.unless_asking_here(caller, target, sessions, unlock),
        where.when_typed_elsewhere(caller, target, sessions, conversation),
        denials.when_blind(machine),
        denials.unless_known(target, unlock),
        denials.unless_free(standing),
        _held_session(target, sessions, held),
        denials.when_enrolling(machine),
    )


def may_unlock(
    session: SessionFacts,
    target: Target,
    *,
    machine: Machine,
    standing: Standing,
    unlock: Unlock,
    held: bool,
) -> Decision:
    """Whether this session may be unlocked now that its owner was recognised.

    To be asked again, with fresh facts, at the moment of unlocking.
    """
    absence = denials.absence_needed() if held else None
    return _first(
        _not_watchable(session, target, machine=machine, standing=standing, unlock=unlock), absence
    )


def may_watch(
    session: SessionFacts,
    target: Target,
    *,
    machine: Machine,
    standing: Standing,
    unlock: Unlock,
    resting: bool = False,
) -> Decision:
    """Whether the camera may watch for the owner of this session, unasked.

    As `may_unlock`, but a session locked by hand is watched: how else would an absence be seen?
    `resting`: nobody could see its lock screen, as `Displays.rests_at` says.
    """
    return _first(
        _not_watchable(session, target, machine=machine, standing=standing, unlock=unlock),
        denials.when_enrolling(machine),
        denials.dark() if resting else None,
    )


def may_look(
    session: SessionFacts, target: Target, *, machine: Machine, unlock: Unlock
) -> Decision:
    """Whether the camera may look, now and then, for the owner of this session that is not locked.

    A look lets nobody in and counts as no attempt: failed ones do not keep it away.
    """
    return _first(
        denials.when_stopping(machine),
        _not_anothers(session, target),
        Denied(Error.NO_SESSION, "the session is locked") if session.locked else None,
        where.unless_on_screen(session),
        denials.when_blind(machine),
        denials.unless_known(target, unlock),
        denials.when_enrolling(machine),
    )


def may_enrol(
    caller: Caller,
    target: Target,
    *,
    sessions: Collection[SessionFacts],
    machine: Machine,
) -> Decision | Ask:
    """Whether a new appearance of `target` may be taken. Root needs neither session nor polkit."""
    if caller.uid == ROOT:
        place = None if target.uid is not None else denials.no_such_user()
    else:
        place = denials.first_denial(
            _foreign_unknown(caller, target), where.unless_here(caller, sessions)
        )
    denial = denials.first_denial(
        denials.when_stopping(machine),
        place,
        denials.when_blind(machine),
        denials.when_enrolling(machine),
    )
    if denial is not None:
        return denial
    return _by_polkit(caller, target, Action.ENROL_OWN, Action.ENROL_OTHER)


def may_edit(caller: Caller, target: Target, *, machine: Machine) -> Decision | Ask:
    """Whether appearances of `target` may be removed or renamed; root may of anybody."""
    ending = denials.when_stopping(machine)
    if ending is not None:
        return ending
    return _by_polkit(caller, target, Action.EDIT_OWN, Action.EDIT_OTHER)


def may_list(caller: Caller, target: Target, *, machine: Machine) -> Decision | Ask:
    """Whether appearances of `target` may be listed: one's own always."""
    ending = denials.when_stopping(machine)
    if ending is not None:
        return ending
    if _is_own(caller, target):
        return Allowed()
    return _by_polkit(caller, target, Action.LIST_OTHER, Action.LIST_OTHER)


def may_pause(caller: Caller, *, sessions: Collection[SessionFacts], machine: Machine) -> Decision:
    """Whether the caller may pause or resume: root, or whoever sits at the machine."""
    return _first(denials.when_stopping(machine), where.unless_here(caller, sessions))


def may_wake(caller: Caller, *, sessions: Collection[SessionFacts], machine: Machine) -> Decision:
    """Whether the caller may say that a key was pressed: whoever sits at the machine."""
    return _first(
        denials.when_stopping(machine),
        where.unless_here(caller, sessions),
        denials.when_asleep(machine),
        denials.when_lid_closed(machine),
    )


def may_switch(
    caller: Caller, *, on: bool, sessions: Collection[SessionFacts], machine: Machine
) -> Decision | Ask:
    """Whether the caller may switch the unlocking of their own sessions.

    Off only takes a way in away, and may be wanted from afar; on opens one, and takes sitting at
    the machine and the password.
    """
    denial = denials.when_stopping(machine)
    if denial is not None:
        return denial
    if not on or caller.uid == ROOT:
        return Allowed()
    denial = where.unless_here(caller, sessions)
    return Ask(Action.SWITCH_OWN) if denial is None else denial


def may_clear(caller: Caller, *, machine: Machine) -> Decision:
    """Whether the caller may say that a password was used: root, as whom PAM runs its modules."""
    own = None
    if caller.uid != ROOT:
        own = Denied(Error.NOT_PERMITTED, "only root may say that a password was used")
    return _first(denials.when_stopping(machine), own)


def may_manage_cameras(
    caller: Caller, *, sessions: Collection[SessionFacts], machine: Machine
) -> Decision | Ask:
    """Whether the caller may say which cameras are trusted, which concerns every user: root, or
    an administrator who sits at the machine.
    """
    denial = denials.when_stopping(machine)
    if denial is not None:
        return denial
    if caller.uid == ROOT:
        return Allowed()
    denial = where.unless_here(caller, sessions)
    return Ask(Action.MANAGE_CAMERAS) if denial is None else denial


def may_check_camera(
    caller: Caller, *, sessions: Collection[SessionFacts], machine: Machine
) -> Decision:
    """Whether the caller may have the camera opened for a moment, to be told what is wrong with its
    picture: root, or whoever sits at the machine.
    """
    return _first(
        denials.when_stopping(machine),
        where.unless_here(caller, sessions),
        denials.when_blind(machine),
        denials.when_enrolling(machine),
    )


def may_reload(caller: Caller, *, machine: Machine) -> Decision | Ask:
    """Whether the caller may have the configuration read again."""
    ending = denials.when_stopping(machine)
    if ending is not None:
        return ending
    return Allowed() if caller.uid == ROOT else Ask(Action.RELOAD)


def _first(*found: Denied | None) -> Decision:
    denial = denials.first_denial(*found)
    return Allowed() if denial is None else denial


def _is_own(caller: Caller, target: Target) -> bool:
    return target.uid is not None and caller.uid == target.uid


def _by_polkit(caller: Caller, target: Target, own: Action, other: Action) -> Allowed | Ask:
    if caller.uid == ROOT:
        return Allowed()
    return Ask(own if _is_own(caller, target) else other)


def _not_permitted(caller: Caller, target: Target) -> Denied | None:
    # The same words whether that user exists or not, is enrolled or not.
    if caller.uid != ROOT and not _is_own(caller, target):
        return Denied(Error.NOT_PERMITTED, "only the user itself or root may ask")
    return None


def _foreign_unknown(caller: Caller, target: Target) -> Denied | None:
    """Nobody is asked for an administrator's password for the sake of a user that is none."""
    if target.uid is None and caller.uid != ROOT:
        return Denied(Error.NOT_PERMITTED, "only the user itself or root may ask")
    return None


def _held_session(
    target: Target, sessions: Collection[SessionFacts], held: Collection[str]
) -> Denied | None:
    """A lock screen that asks through PAM gets no other answer than we would give ourselves."""
    locked = (one for one in sessions if one.uid == target.uid and one.locked)
    return denials.absence_needed() if any(one.id in held for one in locked) else None


def _not_watchable(
    session: SessionFacts,
    target: Target,
    *,
    machine: Machine,
    standing: Standing,
    unlock: Unlock,
) -> Denied | None:
    return denials.first_denial(
        denials.when_stopping(machine),
        _not_the_owners(session, target),
        where.unless_on_screen(session),
        denials.when_blind(machine),
        denials.unless_unlockable(target, unlock),
        denials.unless_known(target, unlock),
        denials.unless_free(standing),
    )


def _not_the_owners(session: SessionFacts, target: Target) -> Denied | None:
    unlocked = None if session.locked else Denied(Error.NO_SESSION, "the session is not locked")
    return denials.first_denial(_not_anothers(session, target), unlocked)


def _not_anothers(session: SessionFacts, target: Target) -> Denied | None:
    if target.uid is None or session.uid != target.uid or not where.is_users(session):
        return Denied(Error.NOT_PERMITTED, "the session is not this user's")
    return None
