"""Follows what happens to sessions and to the machine, and unlocks sessions for their owners.

Nobody asks for this: a session is locked, its owner comes before the camera, and is let in. Where
that is wanted, it is locked when its owner leaves.
"""

import time
from collections.abc import Callable

from daemon.camera.remote import RemoteCamera
from daemon.state.attempt_ledger import AttemptLedger
from daemon.state.context import Context, Tell
from daemon.state.decision_log import DecisionLog
from daemon.system.sessions import Change, LogindEvent, Session
from daemon.unlocking.dark_looks import DarkLooks
from daemon.unlocking.leaving import SessionLeaving
from daemon.unlocking.locks import SessionLocks
from daemon.unlocking.switching import SessionSwitching
from daemon.unlocking.unlocker import SessionUnlocker
from daemon.unlocking.unlocker_client import Unlocks
from daemon.unlocking.watches import SessionWatches
from daemon.verification.pool import AttemptPool


class UnlockMonitor:
    """Told of events by logind and of facts by the context; blocks the camera where it must.

    `hears`: see SessionWatches.
    """

    def __init__(
        self,
        context: Context,
        worker: RemoteCamera,
        attempts: AttemptPool,
        *,
        ledger: AttemptLedger,
        log: DecisionLog,
        unlocks: Unlocks,
        tell: Tell,
        hears: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._worker = worker
        self._clock = clock
        self._blind = False
        self._locks = SessionLocks(context, clock=clock)
        self._unlocker = SessionUnlocker(
            context, self._locks, ledger=ledger, log=log, unlocks=unlocks, tell=tell
        )
        self._watches = SessionWatches(
            context,
            worker,
            attempts,
            locks=self._locks,
            unlocker=self._unlocker,
            tell=tell,
            hears=hears,
            clock=clock,
        )
        self._dark_looks = DarkLooks(context, worker, clock=clock)
        self._leaving = SessionLeaving(context, worker, tell=tell, clock=clock)
        self._switching = SessionSwitching(
            context, worker, attempts, ledger=ledger, tell=tell, clock=clock
        )
        context.listen(self.review)
        context.templates_changed.listen(self._watches.stop_user)
        context.templates_changed.listen(self._switching.stop_user)

    def happened(self, event: LogindEvent) -> None:
        """Something happened to a session, or to the machine."""
        if self._context.machine.asleep or self._context.machine.lid_closed is not False:
            # At once: an unlock may be under way, and whoever was seen may have left by then.
            self.stop_all()
        if event.session is not None:
            self._to_session(event.change, event.session)
        elif event.change is Change.LOST:
            self._locks.forget_all()
        self._block_camera()
        self._context.changed()

    def wake(self, username: str) -> None:
        """The user pressed a key: an attempt is worth it now."""
        self._locks.key_pressed(username)
        for session in self._context.sessions.all:
            if session.username == username:
                self._alive(session)
        self._worker.wake()
        self._context.changed()

    def review(self) -> None:
        """Checks again which sessions are to be watched, and whether the camera may be open."""
        self._block_camera()
        self._watches.review()
        self._dark_looks.review()
        self._leaving.review()
        self._switching.review()

    def stop_all(self) -> None:
        """Watches and looks at nothing any more, until the next review."""
        self._watches.stop_all()
        self._dark_looks.stop_all()
        self._leaving.stop_all()
        self._switching.stop_all()

    def _to_session(self, change: Change, session: Session) -> None:
        if change is Change.LOCKED or (change is Change.APPEARED and session.locked):
            self._watches.stop(session.id)
            self._unlocker.forget(session.id)
            self._alive(session)
            self._locks.locked(session, found=change is Change.APPEARED)
        elif change is Change.UNLOCKED:
            self._watches.stop(session.id)
            self._locks.unlocked(session)
            self._unlocker.locker_gone(session.id)
        elif change is Change.GONE:
            self._watches.stop(session.id)
            self._unlocker.forget(session.id)
            self._locks.forget(session.id)
        elif not session.active:
            self._watches.stop(session.id)
        elif change is Change.UPDATED:
            self._alive(session)
            if not session.idle:
                self._worker.wake()

    def _alive(self, session: Session) -> None:
        self._context.displays.alive(session.uid, self._clock())

    def _block_camera(self) -> None:
        machine = self._context.machine
        blind = machine.asleep or machine.lid_closed is not False or machine.paused
        if self._blind and not blind:
            # Opening the lid, or ending a pause, takes somebody.
            for session in self._context.sessions.all:
                self._alive(session)
        self._blind = blind
        self._worker.block("sleep", on=machine.asleep)
        self._worker.block("lid", on=machine.lid_closed is not False)
        self._worker.block("pause", on=machine.paused)
