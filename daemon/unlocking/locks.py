"""The locks of sessions: since when, whether by hand, and whether it was us who asked to unlock."""

import math
import time
from collections.abc import Callable

from daemon.policy.manual_lock import ManualLock, locked_by_hand
from daemon.state.context import Context
from daemon.system.sessions import Session
from daemon.system.tasks import Tasks

OURS_SECONDS = 10.0
"""A session that is locked so soon after we told it to was locked by that, and by nobody's hand."""


class SessionLocks:
    """Told when sessions are locked and unlocked; keeps the fact `held` of the context."""

    def __init__(self, context: Context, *, clock: Callable[[], float]) -> None:
        self._context = context
        self._clock = clock
        self._locked_at: dict[str, float] = {}
        # Asked to unlock and not unlocked yet: nobody need watch for the owner.
        self._unlocking: set[str] = set()
        self._tasks = Tasks()

    def locked(self, session: Session, *, found: bool) -> None:
        """It was locked, or `found` locked."""
        ours = self._told_to_lock(session.id) and not found
        self.forget(session.id)
        self._locked_at[session.id] = _since_boot()
        asleep = self._context.sessions.asleep
        if found or locked_by_hand(idle=session.idle or ours, shut=False, asleep=asleep):
            lock = ManualLock(self._context.config.unlock, time=self._clock())
            self._context.held[session.id] = lock
            if not found:
                self._tasks.spawn(self._release_if_lid_shut(session.id, lock))

    def unlocked(self, session: Session) -> None:
        """It was unlocked, by whatever: any program of its user's can say so.

        What a password did, only PAM knows.
        """
        self.forget(session.id)

    def forget(self, session_id: str) -> None:
        """The session has gone, or begins anew."""
        self._unlocking.discard(session_id)
        self._locked_at.pop(session_id, None)
        self._context.held.pop(session_id, None)
        self._context.leaving.told_to_lock.pop(session_id, None)

    def _told_to_lock(self, session_id: str) -> bool:
        told = self._context.leaving.told_to_lock.get(session_id, -math.inf)
        return self._clock() - told <= OURS_SECONDS

    def forget_all(self) -> None:
        """logind has gone: no session is known."""
        self._unlocking.clear()
        self._locked_at.clear()
        self._context.held.clear()

    def key_pressed(self, username: str) -> None:
        """The user pressed a key in one of their sessions, or woke its screen."""
        now = self._clock()
        for session in self._context.sessions.all:
            if session.username == username:
                if session.id in self._context.held:
                    self._context.held[session.id].key_pressed(now)
                self._unlocking.discard(session.id)

    def held(self, session_id: str) -> ManualLock | None:
        """The lock by hand of a session, None where it was locked otherwise."""
        return self._context.held.get(session_id)

    def away_seconds(self, session_id: str) -> float | None:
        """Since it was locked, sleep included; None where that is not known."""
        locked_at = self._locked_at.get(session_id)
        return None if locked_at is None else _since_boot() - locked_at

    def begin_unlocking(self, session_id: str) -> None:
        """From now on the session's unlocking is ours."""
        self._unlocking.add(session_id)

    def end_unlocking(self, session_id: str) -> None:
        """Nothing came of it."""
        self._unlocking.discard(session_id)

    def is_unlocking(self, session_id: str) -> bool:
        """Whether we asked for it to be unlocked and it is not yet."""
        return session_id in self._unlocking

    async def _release_if_lid_shut(self, session_id: str, lock: ManualLock) -> None:
        """Lets go of a lock that was the lid's doing. What was known of the lid may be old."""
        sessions = self._context.sessions
        await sessions.refresh_lid()
        shut = sessions.lid_closed is True and sessions.docked is False
        by_hand = locked_by_hand(idle=False, shut=shut, asleep=False)
        if not by_hand and self._context.held.get(session_id) is lock:
            del self._context.held[session_id]
            self._context.changed()


def _since_boot() -> float:
    """Goes on while the machine sleeps: whoever was away over night was away all night."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
