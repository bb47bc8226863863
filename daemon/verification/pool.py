"""Attempts as the event loop sees them: who shares which, and that each ends in time.

Everybody who asks about the same user shares one job of the camera's thread. Whatever that thread
does, a request ends at its deadline.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from daemon.api import Guidance, Progress, Reason, Verdict
from daemon.camera.remote import RemoteCamera
from daemon.camera.reports import CameraState
from daemon.recognition.challenge import Asking
from daemon.recognition.results import AttemptResult, FrameResult, unseen
from daemon.state.history import RequestOrigin
from daemon.state.users import Account
from daemon.verification.job import VerifyJob

if TYPE_CHECKING:
    from daemon.recognition.liveness import LivenessRule
    from enroll.template import Person
    from models.liveness.challenge import Choose

_GRACE_SECONDS = 0.5
"""What the camera's thread is given to end an attempt at its deadline by itself."""


@dataclass(eq=False)
class Ticket:
    """One request's share of an attempt."""

    username: str
    origin: RequestOrigin
    on_progress: Callable[[FrameResult], None]
    on_end: Callable[[AttemptResult], None]
    prompts: Callable[[], bool]
    """Whether somebody shows the person what a challenge asks for."""
    timer: asyncio.TimerHandle | None = None


@dataclass(eq=False)
class _SharedAttempt:
    job: VerifyJob
    user: Account
    begun: float
    tickets: list[Ticket] = field(default_factory=list)
    prolonged: bool = False
    last: FrameResult | None = None


class AttemptPool:
    """The running attempts. `settle` is told of each result once, and gives what it comes to;
    `camera` says how the camera is, `liveness` what is asked of a face beside its likeness;
    `choose` takes the movements of a challenge at random.
    """

    def __init__(
        self,
        worker: RemoteCamera,
        *,
        settle: Callable[[Account, AttemptResult, tuple[RequestOrigin, ...]], AttemptResult],
        camera: Callable[[], CameraState],
        liveness: "Callable[[], LivenessRule | None]",
        choose: "Choose" = secrets.choice,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._worker = worker
        self._settle = settle
        self._camera = camera
        self._liveness = liveness
        self._choose = choose
        self._clock = clock
        self._attempts: dict[str, _SharedAttempt] = {}
        self._loop = asyncio.get_running_loop()

    @property
    def running(self) -> int:
        """How many attempts run; several shares in one count once."""
        return len(self._attempts)

    def start(
        self,
        person: "Person",
        *,
        uid: int,
        seconds: float,
        origin: RequestOrigin,
        on_progress: Callable[[FrameResult], None],
        on_end: Callable[[AttemptResult], None],
        prompts: Callable[[], bool],
    ) -> Ticket:
        """Joins the attempt at `person`, of this uid, or begins it; ends after `seconds`.

        A challenge is asked where `prompts` of any share says that what `on_progress` is told is
        shown to the person. It prolongs these shares, once.
        """
        ticket = Ticket(person.name, origin, on_progress, on_end, prompts)
        deadline = self._clock() + seconds
        attempt = self._attempts.get(person.name)
        if attempt is None:
            attempt = self._begin(person, uid, deadline)
        else:
            attempt.job.deadline = max(attempt.job.deadline, deadline)
            self._worker.add(attempt.job)
        attempt.tickets.append(ticket)
        self._end_in(ticket, seconds)
        self._loop.call_soon(self._tell_newcomer, attempt, ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Ends a share without telling it; the last one out ends the attempt."""
        self._release(ticket, Reason.STOPPED)

    def stop(self, ticket: Ticket, reason: Reason) -> None:
        """Ends a share for `reason`."""
        if given_up := self._release(ticket, reason):
            ticket.on_end(given_up)

    def stop_all(self, reason: Reason, username: str | None = None) -> None:
        """Ends every share, or those in the attempt at one user."""
        for name, attempt in list(self._attempts.items()):
            if username in (None, name):
                for ticket in list(attempt.tickets):
                    self.stop(ticket, reason)

    def _begin(self, person: "Person", uid: int, deadline: float) -> _SharedAttempt:
        liveness = self._liveness()
        seconds = 0.0 if liveness is None else liveness.challenge_seconds
        job = VerifyJob(
            person,
            liveness=liveness,
            asking=Asking(self._choose, lambda: any(one.prompts() for one in attempt.tickets)),
            deadline=deadline,
            post=self._post,
            on_frame=lambda result: self._seen(attempt, result, challenge_seconds=seconds),
            on_end=lambda result, _problem: self._ended(attempt, result),
        )
        attempt = _SharedAttempt(job, Account(uid, person.name), self._clock())
        self._attempts[person.name] = attempt
        self._worker.add(job)
        return attempt

    def _post(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

    def _tell_newcomer(self, attempt: _SharedAttempt, ticket: Ticket) -> None:
        """Tells a new share how things stand."""
        if ticket in attempt.tickets:
            waiting = FrameResult(Progress.WAITING, Verdict.UNDECIDED)
            ticket.on_progress(attempt.last or waiting)

    def _seen(
        self, attempt: _SharedAttempt, result: FrameResult, *, challenge_seconds: float
    ) -> None:
        attempt.last = result
        if result.asked and not attempt.prolonged:
            attempt.prolonged = True
            self._prolong(attempt, challenge_seconds)
        for ticket in list(attempt.tickets):
            ticket.on_progress(result)

    def _prolong(self, attempt: _SharedAttempt, seconds: float) -> None:
        """Whoever is asked to do something is given the time to."""
        until = self._clock() + seconds
        # One that was given up while its last frame was on its way is not begun again.
        if until <= attempt.job.deadline or attempt not in self._attempts.values():
            return
        attempt.job.deadline = until
        self._worker.add(attempt.job)
        for ticket in attempt.tickets:
            if ticket.prompts():
                _cancel(ticket)
                self._end_in(ticket, seconds)

    def _end_in(self, ticket: Ticket, seconds: float) -> None:
        ticket.timer = self._loop.call_later(seconds + _GRACE_SECONDS, self._late, ticket)

    def _ended(self, attempt: _SharedAttempt, result: AttemptResult) -> None:
        """The job is done. One that was given up meanwhile has been settled already."""
        if self._attempts.get(attempt.job.person.name) is not attempt:
            return
        del self._attempts[attempt.job.person.name]
        origins = tuple(ticket.origin for ticket in attempt.tickets)
        settled = self._settle(attempt.user, result, origins)
        for ticket in attempt.tickets:
            _cancel(ticket)
            ticket.on_end(settled)

    def _late(self, ticket: Ticket) -> None:
        attempt = self._attempts.get(ticket.username)
        if attempt is None:
            return
        if given_up := self._release(ticket, _reason_so_far(attempt, self._camera())):
            ticket.on_end(given_up)

    def _release(self, ticket: Ticket, reason: Reason) -> AttemptResult | None:
        """Takes the share out of its attempt; what that comes to, None where it was out already."""
        _cancel(ticket)
        attempt = self._attempts.get(ticket.username)
        if attempt is None or ticket not in attempt.tickets:
            return None
        attempt.tickets.remove(ticket)
        seen = {"total": (self._clock() - attempt.begun) * 1e3}
        job = attempt.job
        given_up = replace(unseen(reason), frames=job.frames, compared=job.compared, stages_ms=seen)
        if not attempt.tickets:
            del self._attempts[ticket.username]
            self._worker.drop(attempt.job)
            # Giving up just before the no would be a way to try without end: it is charged too.
            self._settle(attempt.user, given_up, (ticket.origin,))
        return given_up


def _reason_so_far(attempt: _SharedAttempt, camera: CameraState) -> Reason:
    """Why nobody could tell when one share's time was up."""
    if attempt.last is None:
        return {
            CameraState.BUSY: Reason.CAMERA_BUSY,
            CameraState.MISSING: Reason.NO_CAMERA,
        }.get(camera, Reason.NO_FRAMES)
    if attempt.last.asked:
        return Reason.LIVENESS_UNCLEAR
    if isinstance(attempt.last.word, Guidance):
        return Reason.NO_USABLE_FACE
    return Reason.NO_FACE if attempt.last.word is Progress.LOOKING else Reason.TOO_FEW_FRAMES


def _cancel(ticket: Ticket) -> None:
    if ticket.timer is not None:
        ticket.timer.cancel()
        ticket.timer = None
