"""Watches: one for each locked session whose owner may be watched for, unasked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from daemon import policy
from daemon.api import Event, Reason, Verdict
from daemon.camera.remote import RemoteCamera
from daemon.errors import RefusalError
from daemon.policy import Target
from daemon.policy.manual_lock import ManualLock
from daemon.recognition.results import AttemptResult
from daemon.state.context import Context, Tell
from daemon.system.sessions import Session
from daemon.system.tasks import Tasks
from daemon.unlocking.job import WatchJob, WatchResult
from daemon.unlocking.locks import SessionLocks
from daemon.unlocking.next_review import NextReview
from daemon.unlocking.unlocker import SessionUnlocker, unasked
from daemon.verification.pool import AttemptPool, Ticket
from enroll.template import Person

MOST_TRIES = 3
"""At one face, after a sign of life: then it waits for the next, or for an empty picture."""
_WORTH_ANOTHER = (Reason.NO_FACE, Reason.NO_USABLE_FACE, Reason.TOO_FEW_FRAMES)
"""The picture was the trouble, nothing that was seen in it: no attempt that counts, and none whose
face was doubted, is made again by itself."""


@dataclass(eq=False)
class _Watch:
    """One locked session whose owner is being watched for."""

    session: Session
    target: Target
    person: Person
    job: WatchJob
    ticket: Ticket | None = None
    prompt: str = ""
    """What was last asked of the owner; "" for nothing."""
    tries: int = 0
    """Attempts at the face in view."""

    def asks(self, prompt: str) -> bool:
        """Keeps what is asked of the owner now, "" for nothing; whether that is another thing."""
        before, self.prompt = self.prompt, prompt
        return before != prompt

    @property
    def asked(self) -> dict[str, object]:
        """What to tell of it."""
        return {"session": self.session.id, **({"prompt": self.prompt} if self.prompt else {})}


class SessionWatches:
    """Begins and ends watches as the policy decides; keeps the fact `watched` of the context.

    A face before the camera begins an attempt, and a match goes to the unlocker. `hears` says
    whether a client of this user is told of events: without one nobody could show what a challenge
    asks for, and none is asked.
    """

    def __init__(
        self,
        context: Context,
        worker: RemoteCamera,
        attempts: AttemptPool,
        *,
        locks: SessionLocks,
        unlocker: SessionUnlocker,
        tell: Tell,
        hears: Callable[[str], bool],
        clock: Callable[[], float],
    ) -> None:
        self._context = context
        self._worker = worker
        self._attempts = attempts
        self._locks = locks
        self._unlocker = unlocker
        self._tell = tell
        self._hears = hears
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._watches: dict[str, _Watch] = {}
        self._stale = False
        self._reviewing: asyncio.Task[None] | None = None
        self._next_review = NextReview(self._loop, context.changed)
        self._tasks = Tasks()

    def review(self) -> None:
        """Checks again which sessions are to be watched; facts changed."""
        self._stale = True
        if self._reviewing is None:
            self._reviewing = self._tasks.spawn(self._review())

    def stop(self, session_id: str) -> None:
        """Ends the watch of this session, until the next review."""
        watch = self._watches.pop(session_id, None)
        if watch is None:
            return
        self._worker.drop(watch.job)
        if watch.ticket is not None:
            self._attempts.leave(watch.ticket)
            watch.ticket = None
            self._ask(watch, "")
        self._interrupted(session_id)
        self._changed()

    def stop_user(self, username: str) -> None:
        """Ends the watches of this user."""
        for session_id, watch in list(self._watches.items()):
            if watch.target.username == username:
                self.stop(session_id)

    def stop_all(self) -> None:
        """Ends every watch."""
        for session_id in list(self._watches):
            self.stop(session_id)

    async def _review(self) -> None:
        try:
            while self._stale:
                self._stale = False
                self._next_review.forget()
                for session in self._context.sessions.all:
                    if session.locked or session.id in self._watches:
                        await self._review_one(session)
                for session_id in list(self._watches):
                    if self._context.session(session_id) is None:
                        self.stop(session_id)
        finally:
            self._reviewing = None

    async def _review_one(self, session: Session) -> None:
        if not session.locked or self._locks.is_unlocking(session.id):
            self.stop(session.id)
            return
        try:
            target = await self._context.target(session.username, session.uid)
            # What was true before the store was read may be so no more.
            current = self._context.session(session.id)
            if current is None or not self._may_watch(current, target):
                self.stop(session.id)
                # A pause after failed attempts ends by itself, also one from before a restart.
                self._next_review.within(self._context.standing(session.uid).retry_after)
                return
            if session.id not in self._watches:
                person = await self._context.templates.load(session.username)
                self._start(current, target, person)
            self._next_review.within(self._rests_at(current) - self._clock())
        except RefusalError:
            self.stop(session.id)

    def _rests_at(self, session: Session) -> float:
        """When the camera rests because nobody could see the lock screen."""
        watch = self._watches.get(session.id)
        attempting = watch is not None and watch.ticket is not None
        return self._context.rests_at(session, attempting=attempting)

    def _is_resting(self, session: Session) -> bool:
        return self._rests_at(session) <= self._clock()

    def _may_watch(self, session: Session, target: Target) -> bool:
        decision = policy.may_watch(
            session,
            target,
            machine=self._context.machine,
            standing=self._context.standing(target.uid),
            unlock=self._context.config.unlock,
            resting=self._is_resting(session),
        )
        return isinstance(decision, policy.Allowed)

    def _start(self, session: Session, target: Target, person: Person) -> None:
        if session.id in self._watches:
            return
        job = WatchJob(
            person,
            post=self._post,
            on_result=lambda result: self._seen(watch, result),
            on_gap=lambda: self._interrupted(session.id),
        )
        watch = _Watch(session, target, person, job)
        self._watches[session.id] = watch
        self._changed()
        self._worker.add(job)

    def _post(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

    def _changed(self) -> None:
        self._context.watched = frozenset(self._watches)
        self._context.changed()

    def _interrupted(self, session_id: str) -> None:
        """Nothing is seen until the next frame: no absence is proven meanwhile."""
        if (lock := self._locks.held(session_id)) is not None:
            lock.interrupted()

    def _is_current(self, watch: _Watch) -> bool:
        return self._watches.get(watch.session.id) is watch

    def _seen(self, watch: _Watch, result: WatchResult) -> None:
        if not self._is_current(watch):
            return
        lock = self._locks.held(watch.session.id)
        if lock is not None and lock.holds:
            if _has_left(lock, result):
                self._tell(watch.target.username, Event.LEFT, {})
                self._context.changed()
        elif not result.face:
            watch.tries = 0
        elif watch.ticket is None and self._worker.attentive:
            self._attempt(watch)

    def _attempt(self, watch: _Watch) -> None:
        if self._is_resting(watch.session):
            return  # the review that ends this watch is about to come
        self._unlocker.prepare()
        watch.tries += 1
        watch.ticket = self._attempts.start(
            watch.person,
            uid=watch.session.uid,
            seconds=self._context.config.requests.attempt_seconds,
            origin=unasked(watch.session.id),
            on_progress=lambda seen: self._ask(watch, seen.word.value if seen.asked else ""),
            on_end=lambda result: self._ended(watch, result),
            prompts=lambda: self._hears(watch.target.username),
        )
        self._context.changed()

    def _ask(self, watch: _Watch, prompt: str) -> None:
        """Tells what a challenge asks of the owner, where that changed."""
        if watch.asks(prompt):
            self._tell(watch.target.username, Event.CHALLENGE, watch.asked)

    def _ended(self, watch: _Watch, result: AttemptResult) -> None:
        watch.ticket = None
        self._ask(watch, "")
        if result.reason not in _WORTH_ANOTHER or watch.tries >= MOST_TRIES:
            self._worker.decided()
        if not self._is_current(watch):
            return
        if result.verdict is Verdict.MATCHED:
            self._context.displays.alive(watch.session.uid, self._clock())  # as good as a key
            self._tasks.spawn(
                self._unlocker.unlock(
                    watch.session.id,
                    watch.target,
                    result,
                    watched=lambda: self._is_current(watch),
                )
            )
        self._context.changed()


def _has_left(lock: ManualLock, result: WatchResult) -> bool:
    """Shows the lock what was seen; whether that was the end of an absence."""
    lock.observed(result.time, result.owner)
    return not lock.holds
