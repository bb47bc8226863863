"""Watches locked sessions and unlocks them for their owners, as the policy decides.

Nobody asks for this: a session is locked, its owner comes before the camera, and is let in.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from daemon import policy
from daemon.api import Event, Verdict
from daemon.camera.worker import CameraWorker
from daemon.config import UnlockMethod
from daemon.errors import RefusalError
from daemon.policy import Target
from daemon.policy.manual_lock import ManualLock, locked_by_hand
from daemon.recognition.results import AttemptResult
from daemon.state.context import Context
from daemon.state.history import Requester
from daemon.system.logind import Happening, Session, What
from daemon.unlocking.actions import unlock
from daemon.verification.job import Watched, WatchJob
from daemon.verification.pool import AttemptPool, Ticket
from enroll.template import Person


@dataclass(eq=False)
class _Watch:
    """One locked session whose owner is being looked for."""

    session: Session
    target: Target
    person: Person
    job: WatchJob
    ticket: Ticket | None = None


class UnlockMonitor:
    """Decides on its own which sessions to watch; told of what happens to them."""

    def __init__(
        self,
        context: Context,
        worker: CameraWorker,
        attempts: AttemptPool,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._worker = worker
        self._attempts = attempts
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._watches: dict[str, _Watch] = {}
        self._locked_at: dict[str, float] = {}
        # Asked to unlock and not unlocked yet, so that whoever unlocks next was us.
        self._ours: set[str] = set()
        self._dirty = False
        self._timer: asyncio.TimerHandle | None = None
        self._reviewing: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        context.listen(self.review)

    def happened(self, happening: Happening) -> None:
        """Something happened to a session, or to the machine."""
        session = happening.session
        if self._context.machine.asleep or self._context.machine.lid_closed is not False:
            # At once: an unlock may be under way, and whoever was seen may have left by then.
            self.stop_all()
        if session is not None:
            self._to_session(happening.what, session)
        elif happening.what is What.LOST:
            self._locked_at.clear()
            self._context.held.clear()
            self._ours.clear()
        self._block()
        self._context.changed()

    def wake(self, username: str) -> None:
        """The user pressed a key: a look is worth it now."""
        now = self._clock()
        for session in self._context.sessions.all:
            if session.username == username and session.id in self._context.held:
                self._context.held[session.id].key_pressed(now)
            if session.username == username:
                self._ours.discard(session.id)
        self._worker.wake()
        self._context.changed()

    def review(self) -> None:
        """Looks again at which sessions are to be watched."""
        self._block()
        self._dirty = True
        if self._reviewing is None:
            self._reviewing = self._loop.create_task(self._review())

    def _to_session(self, what: What, session: Session) -> None:
        if what is What.LOCKED or (what is What.APPEARED and session.locked):
            self._locked(session, found=what is What.APPEARED)
        elif what is What.UNLOCKED:
            self._unlocked(session)
        elif what is What.GONE:
            self._forget(session.id)
        elif not session.active:
            self._stop(session.id)
        elif what is What.CHANGED and not session.idle:
            self._worker.wake()

    def _locked(self, session: Session, *, found: bool) -> None:
        now = self._clock()
        self._forget(session.id)
        self._locked_at[session.id] = _since_boot()
        asleep = self._context.sessions.asleep
        if found or locked_by_hand(idle=session.idle, shut=False, asleep=asleep):
            lock = ManualLock(self._context.config.unlock, time=now)
            self._context.held[session.id] = lock
            if not found:
                self._spawn(self._if_shut(session.id, lock))

    async def _if_shut(self, session_id: str, lock: ManualLock) -> None:
        """Lets go of a lock that was the lid's doing. What was known of the lid may be old."""
        sessions = self._context.sessions
        await sessions.refresh_lid()
        shut = sessions.lid_closed is True and sessions.docked is False
        by_hand = locked_by_hand(idle=False, shut=shut, asleep=False)
        if not by_hand and self._context.held.get(session_id) is lock:
            del self._context.held[session_id]
            self._context.changed()

    def _unlocked(self, session: Session) -> None:
        ours = session.id in self._ours
        self._forget(session.id)
        # The password was right: whoever typed it is the owner.
        if not ours:
            self._context.cleared(session.username)

    def _forget(self, session_id: str) -> None:
        self._ours.discard(session_id)
        self._locked_at.pop(session_id, None)
        self._context.held.pop(session_id, None)
        self._stop(session_id)

    def _block(self) -> None:
        machine = self._context.machine
        self._worker.block("sleep", on=machine.asleep)
        self._worker.block("lid", on=machine.lid_closed is not False)
        self._worker.block("pause", on=machine.paused)

    async def _review(self) -> None:
        try:
            while self._dirty:
                self._dirty = False
                for session in self._context.sessions.all:
                    if session.locked or session.id in self._watches:
                        await self._review_one(session)
                for session_id in list(self._watches):
                    if self._context.session(session_id) is None:
                        self._stop(session_id)
        finally:
            self._reviewing = None

    def _review_later(self, username: str) -> None:
        """A pause after failed looks ends by itself, also one from before a restart."""
        seconds = self._context.standing(username).retry_after
        if seconds > 0.0:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_later(seconds + 0.05, self._context.changed)

    async def _review_one(self, session: Session) -> None:
        if not session.locked or session.id in self._ours:
            self._stop(session.id)
            return
        try:
            target = await self._context.target(session.username, session.uid)
            # What was true before the store was read may be so no more.
            current = self._context.session(session.id)
            if current is None or not self._may_watch(current, target):
                self._stop(session.id)
                self._review_later(session.username)
            elif session.id not in self._watches:
                person = await self._context.people.load(session.username)
                self._start(current, target, person)
        except RefusalError:
            self._stop(session.id)

    def _may_watch(self, session: Session, target: Target) -> bool:
        decision = policy.may_watch(
            session,
            target,
            machine=self._context.machine,
            standing=self._context.standing(target.username),
            unlock=self._context.config.unlock,
        )
        return isinstance(decision, policy.Allowed)

    def _start(self, session: Session, target: Target, person: Person) -> None:
        if session.id in self._watches:
            return
        job = WatchJob(
            person,
            post=self._post,
            on_sight=lambda watched: self._seen(watch, watched),
            on_gap=lambda: self._gap(watch),
        )
        watch = _Watch(session, target, person, job)
        self._watches[session.id] = watch
        self._watched()
        self._worker.add(job)

    def _stop(self, session_id: str) -> None:
        watch = self._watches.pop(session_id, None)
        if watch is None:
            return
        self._worker.drop(watch.job)
        if watch.ticket is not None:
            self._attempts.leave(watch.ticket)
            watch.ticket = None
        if session_id in self._context.held:
            self._context.held[session_id].interrupted()
        self._watched()

    def templates_changed(self, username: str) -> None:
        """Watches of this user have templates that are no more."""
        for session_id, watch in list(self._watches.items()):
            if watch.target.username == username:
                self._stop(session_id)

    def stop_all(self) -> None:
        """Watches nothing any more, until the next review."""
        for session_id in list(self._watches):
            self._stop(session_id)

    def _watched(self) -> None:
        self._context.watched = frozenset(self._watches)
        self._context.changed()

    def _gap(self, watch: _Watch) -> None:
        lock = self._context.held.get(watch.session.id)
        if lock is not None:
            lock.interrupted()

    def _seen(self, watch: _Watch, watched: Watched) -> None:
        session_id = watch.session.id
        if self._watches.get(session_id) is not watch:
            return
        lock = self._context.held.get(session_id)
        if lock is not None and lock.holds:
            if _has_left(lock, watched):
                self._context.tell(watch.target.username, Event.LEFT, {})
                self._context.changed()
        elif watched.face and watch.ticket is None and self._worker.attentive:
            self._attempt(watch)

    def _attempt(self, watch: _Watch) -> None:
        watch.ticket = self._attempts.start(
            watch.person,
            seconds=self._context.config.requests.attempt_seconds,
            requester=_seated(watch.session.id),
            on_glimpse=lambda _: None,
            on_end=lambda finding: self._ended(watch, finding),
        )
        self._context.changed()

    def _ended(self, watch: _Watch, finding: AttemptResult) -> None:
        watch.ticket = None
        self._worker.judged()
        if self._watches.get(watch.session.id) is not watch:
            return
        if finding.verdict is Verdict.MATCHED:
            self._spawn(self._unlock(watch, finding))
        self._context.changed()

    async def _unlock(self, watch: _Watch, finding: AttemptResult) -> None:
        """Unlocks, if that is still right by facts that are read anew."""
        try:
            session = await self._checked(watch, finding)
        except RefusalError as refusal:
            asked = _seated(watch.session.id)
            self._context.denied("unlock", watch.target.username, asked, refusal)
            return
        if session is not None:
            await self._by_methods(session, watch, finding)

    async def _checked(
        self, watch: _Watch, finding: AttemptResult, *, looked_for: bool = True
    ) -> Session | None:
        """The session where it may be unlocked, None where nobody looks for its owner any more.

        With `looked_for` False one of its methods is at work, and nobody does. Raises RefusalError.
        """
        username = watch.target.username
        target = await self._context.target(username, watch.target.uid)
        await self._context.sessions.refresh_lid()
        # Last, so that nothing else can happen between logind's answer and the unlock.
        session = await self._context.sessions.fresh(watch.session.id)
        if session is None or not self._context.fresh(finding):
            return None
        if looked_for and self._watches.get(watch.session.id) is not watch:
            return None
        decision = policy.may_unlock(
            session,
            target,
            machine=self._context.machine,
            standing=self._context.standing(username),
            unlock=self._context.config.unlock,
            held=session.id in self._context.held_sessions,
        )
        if isinstance(decision, policy.Denied):
            raise RefusalError(decision.error, decision.reason, decision.hint)
        return session

    async def _by_methods(self, session: Session, watch: _Watch, finding: AttemptResult) -> None:
        """What acts as the user takes its time: the facts are asked for again before logind's."""
        methods = self._context.config.unlock.methods_of(session.username)
        own = [one for one in methods if one.kind != "logind"]
        rest = [one for one in methods if one.kind == "logind"]
        done = await self._by_some(session, own) if own else ()
        if rest and (not own or await self._still(watch, finding)):
            done += await self._by_some(session, rest)
        if done:
            self._tell(session, finding, ", ".join(done))
            # A locker that takes a signal tells nobody that it has gone.
            self._context.sessions.unlocked_silently(session.id)
        self._context.changed()

    async def _still(self, watch: _Watch, finding: AttemptResult) -> bool:
        with contextlib.suppress(RefusalError):
            return await self._checked(watch, finding, looked_for=False) is not None
        return False

    async def _by_some(self, session: Session, methods: Sequence[UnlockMethod]) -> tuple[str, ...]:
        self._ours.add(session.id)
        outcome = await unlock(session, methods, self._context.sessions, self._context.units)
        for problem in outcome.problems:
            self._context.warn(problem, user=session.username, session=session.id)
        if not outcome.done:
            self._ours.discard(session.id)
        return outcome.done

    def _tell(self, session: Session, finding: AttemptResult, methods: str) -> None:
        details: dict[str, object] = {
            "session": session.id,
            "threshold": finding.threshold,
            "milliseconds": finding.stages_ms.get("total", 0.0),
        }
        if finding.distance is not None:
            details["distance"] = finding.distance
        locked_at = self._locked_at.get(session.id)
        if locked_at is not None:
            details["away-seconds"] = _since_boot() - locked_at
        self._context.unlocked(session, methods, details)

    def _post(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _seated(session_id: str) -> Requester:
    """Nobody asked: the session is locked, and whoever owns it may be before the camera."""
    return Requester(f"session {session_id}, locked", session=session_id)


def _since_boot() -> float:
    """Goes on while the machine sleeps: whoever was away over night was away all night."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _has_left(lock: ManualLock, watched: Watched) -> bool:
    """Shows the lock what was seen; whether that was the end of an absence."""
    lock.looked(watched.time, watched.sight)
    return not lock.holds
