"""From a match to the unlock: the facts are asked for again, then the unlocker is."""

from collections.abc import Callable

from daemon import policy
from daemon.api import Advice, Event
from daemon.errors import NoLockerError, RefusalError, UnlockError
from daemon.policy import Target
from daemon.recognition.results import AttemptResult
from daemon.state.attempt_ledger import AttemptLedger
from daemon.state.context import Context, Tell
from daemon.state.decision_log import DecisionLog
from daemon.state.history import RequestOrigin
from daemon.system.sessions import Session
from daemon.unlocking.close_calls import CloseCalls
from daemon.unlocking.confirmations import UnlockConfirmations
from daemon.unlocking.locks import SessionLocks
from daemon.unlocking.unlocker_client import Unlocks


class SessionUnlocker:
    """Unlocks a session for its owner, where that is still right."""

    def __init__(
        self,
        context: Context,
        locks: SessionLocks,
        *,
        ledger: AttemptLedger,
        log: DecisionLog,
        unlocks: Unlocks,
        tell: Tell,
    ) -> None:
        self._context = context
        self._locks = locks
        self._ledger = ledger
        self._log = log
        self._unlocks = unlocks
        self._tell = tell
        self._close_calls = CloseCalls()
        self._confirmations = UnlockConfirmations(
            unlocked=log.unlocked, still_locked=self._warn_still_locked
        )
        context.templates_changed.listen(self._close_calls.forget)

    def prepare(self) -> None:
        """An attempt has begun: an unlock may follow."""
        self._unlocks.prepare()

    async def unlock(
        self, session_id: str, target: Target, result: AttemptResult, *, watched: Callable[[], bool]
    ) -> None:
        """Unlocks, if that is right by facts that are read anew, and `watched`: its owner is still
        being watched for.
        """
        try:
            session = await self._checked(session_id, target, result, watched)
        except RefusalError as refusal:
            self._log.denied("unlock", target.username, unasked(session_id), refusal)
            return
        if session is not None:
            await self._by_methods(session, result)

    async def _checked(
        self,
        session_id: str,
        target: Target,
        result: AttemptResult,
        watched: Callable[[], bool],
    ) -> Session | None:
        """The session where it may be unlocked; None where it or its watch has gone, or the match
        is old. Raises RefusalError.
        """
        target = await self._context.target(target.username, target.uid)
        await self._context.sessions.refresh_lid()
        # Last, so that nothing else can happen between logind's answer and the unlock.
        session = await self._context.sessions.fresh(session_id)
        if session is None or not self._ledger.fresh(result) or not watched():
            return None
        decision = policy.may_unlock(
            session,
            target,
            machine=self._context.machine,
            standing=self._context.standing(target.uid),
            unlock=self._context.config.unlock,
            held=session.id in self._context.held_sessions,
        )
        if isinstance(decision, policy.Denied):
            raise RefusalError(decision.error, decision.reason, decision.hint)
        return session

    async def _by_methods(self, session: Session, result: AttemptResult) -> None:
        # Before: a locker that goes at once takes it along.
        away = self._locks.away_seconds(session.id)
        self._locks.begin_unlocking(session.id)
        asked = self._confirmations.asks(session, result)
        try:
            done = await self._unlocks.unlock(session)
        except UnlockError as error:
            locker_gone = isinstance(error, NoLockerError)
            self._confirmations.nothing_done(asked)
            self._context.warn(str(error), user=session.username, session=session.id)
            self._locks.end_unlocking(session.id)
        else:
            # A locker that takes a signal tells nobody that it has gone.
            locker_gone = True
            self._log.unlocking(session, done)
            self._tell_unlocked(session, result, away)
            self._confirmations.done(asked, done)
        if locker_gone and not asked.over:
            # What was signalled is over: the next signal is another lock.
            self._context.sessions.unlocked_silently(session.id)
        self._context.changed()

    def locker_gone(self, session_id: str) -> None:
        """The session says no more that it is locked: what unlocked it is written down."""
        self._confirmations.locker_gone(session_id)

    def forget(self, session_id: str) -> None:
        """The session has gone, or was locked anew."""
        self._confirmations.forget(session_id)

    def _warn_still_locked(self, session: Session, methods: str) -> None:
        self._context.warn(
            f"session {session.id} of {session.username} was told to unlock ({methods}),"
            " and still says that it is locked",
            user=session.username,
            session=session.id,
        )

    def _tell_unlocked(self, session: Session, result: AttemptResult, away: float | None) -> None:
        details: dict[str, object] = {
            "session": session.id,
            "milliseconds": result.stages_ms.get("total", 0.0),
        }
        if self._close_calls.advised(
            session.username, distance=result.distance, threshold=result.threshold
        ):
            details["advice"] = Advice.NEW_APPEARANCE.value
        if away is not None:
            details["away-seconds"] = away
        self._tell(session.username, Event.UNLOCKED, details)


def unasked(session_id: str) -> RequestOrigin:
    """Nobody asked: the session is locked, and whoever owns it may be before the camera."""
    return RequestOrigin(f"session {session_id}, locked", session=session_id)
