"""Has the locked session of whoever sits there brought to the screen, where that is asked for.

Who brings it is the agent of the session that is on the screen, at the event `bring-up`: whoever is
there may change to any other session, and the service has no right to. Nothing is unlocked here.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from daemon import policy
from daemon.api import Event, Verdict
from daemon.camera.remote import RemoteCamera
from daemon.errors import RefusalError
from daemon.policy import Target
from daemon.policy.switching import may_bring_up, shown
from daemon.recognition.results import AttemptResult
from daemon.state.attempt_ledger import AttemptLedger
from daemon.state.context import Context, Tell
from daemon.state.history import RequestOrigin
from daemon.system.sessions import Session
from daemon.system.tasks import Tasks
from daemon.unlocking.seat_watch import SeatJob
from daemon.verification.pool import AttemptPool, Ticket
from enroll.template import Person

REST_SECONDS = 30.0
"""After an attempt at somebody who seemed to sit there, whatever came of it."""


@dataclass(eq=False)
class _Back:
    """A locked session in the back, whose owner may come to sit there."""

    session_id: str
    target: Target
    job: SeatJob
    ticket: Ticket | None = None


class SessionSwitching:
    """Told of facts by the monitor; watches as the policy decides."""

    def __init__(
        self,
        context: Context,
        worker: RemoteCamera,
        attempts: AttemptPool,
        *,
        ledger: AttemptLedger,
        tell: Tell,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._worker = worker
        self._attempts = attempts
        self._ledger = ledger
        self._tell = tell
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._backs: dict[str, _Back] = {}
        self._rests: dict[str, float] = {}
        self._stale = False
        self._reviewing: asyncio.Task[None] | None = None
        self._tasks = Tasks()

    def review(self) -> None:
        """Checks again which sessions may be brought up; facts changed."""
        if not self._context.config.switch.on_face:
            self.stop_all()
            return
        self._stale = True
        if self._reviewing is None:
            self._reviewing = self._tasks.spawn(self._review())

    def stop_all(self) -> None:
        """Watches for nobody any more, until the next review."""
        for session_id in list(self._backs):
            self._stop(session_id)

    def stop_user(self, username: str) -> None:
        """The same for the sessions of one user."""
        for session_id, back in list(self._backs.items()):
            if back.target.username == username:
                self._stop(session_id)

    async def _review(self) -> None:
        try:
            while self._stale:
                self._stale = False
                for session in self._context.sessions.all:
                    await self._review_one(session)
                for session_id in list(self._backs):
                    if self._context.session(session_id) is None:
                        self._stop(session_id)
        finally:
            self._reviewing = None

    async def _review_one(self, session: Session) -> None:
        if session.active or not session.locked:
            self._stop(session.id)
            return
        try:
            target = await self._context.target(session.username, session.uid)
            # What was true before the store was read may be so no more.
            current = self._context.session(session.id)
            if current is None or not self._may(current, target):
                self._stop(session.id)
            elif session.id not in self._backs:
                person = await self._context.templates.load(session.username)
                if session.id not in self._backs:
                    job = SeatJob(
                        person, post=self._post, on_sitting=lambda: self._sits(back, person)
                    )
                    back = self._backs[session.id] = _Back(session.id, target, job)
                    self._worker.add(job)
        except RefusalError:
            self._stop(session.id)

    def _may(self, session: Session, target: Target) -> bool:
        decision = may_bring_up(
            session,
            target,
            sessions=self._context.sessions.all,
            machine=self._context.machine,
            standing=self._context.standing(target.uid),
            unlock=self._context.config.unlock,
            switch=self._context.config.switch,
            resting=self._rests_at() <= self._clock(),
        )
        return isinstance(decision, policy.Allowed)

    def _rests_at(self) -> float:
        """When the camera rests because nobody could see what is on the screen."""
        on_screen = self._on_screen()
        return -math.inf if on_screen is None else self._context.rests_at(on_screen)

    def _on_screen(self) -> Session | None:
        found = shown(self._context.sessions.all)
        return None if found is None else self._context.session(found.id)

    def _post(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

    def _stop(self, session_id: str) -> None:
        back = self._backs.pop(session_id, None)
        if back is None:
            return
        self._worker.drop(back.job)
        if back.ticket is not None:
            self._attempts.leave(back.ticket)
            back.ticket = None

    def _is_current(self, back: _Back) -> bool:
        return self._backs.get(back.session_id) is back

    def _sits(self, back: _Back, person: Person) -> None:
        resting = self._clock() < self._rests.get(back.session_id, -math.inf)
        if not self._is_current(back) or back.ticket is not None or resting:
            return
        session = self._context.session(back.session_id)
        if session is None or not self._may(session, back.target):
            return
        back.ticket = self._attempts.start(
            person,
            uid=session.uid,
            seconds=self._context.config.requests.attempt_seconds,
            origin=RequestOrigin(f"session {session.id}, in the back", session=session.id),
            on_progress=lambda _seen: None,
            on_end=lambda result: self._ended(back, result),
            # Nobody could show her what a challenge asks for: the screen is another's.
            prompts=lambda: False,
        )

    def _ended(self, back: _Back, result: AttemptResult) -> None:
        back.ticket = None
        self._rests[back.session_id] = self._clock() + REST_SECONDS
        if self._is_current(back) and result.verdict is Verdict.MATCHED:
            self._tasks.spawn(self._bring_up(back, result))

    async def _bring_up(self, back: _Back, result: AttemptResult) -> None:
        """By facts that are read anew."""
        try:
            target = await self._context.target(back.target.username, back.target.uid)
        except RefusalError:
            return
        await self._context.sessions.refresh_lid()
        before = self._on_screen()
        fresh = None if before is None else await self._context.sessions.fresh(before.id)
        session = await self._context.sessions.fresh(back.session_id)
        on_screen = self._on_screen()
        if session is None or on_screen is None or fresh is None or fresh.id != on_screen.id:
            return
        if self._ledger.fresh(result) and self._is_current(back) and self._may(session, target):
            fields = {"user": session.username, "session": session.id}
            words = f"{session.username} sits there: session {session.id} is brought to the screen"
            self._context.audit.record(words, fields)
            details = {"session": on_screen.id, "to": session.id}
            self._tell(on_screen.username, Event.BRING_UP, details)
