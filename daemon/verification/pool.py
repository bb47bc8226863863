"""Looks as the event loop sees them: who shares which, and that each ends in time.

Everybody who asks about the same user shares one job of the eye. Whatever the eye's thread does, a
request ends at its deadline.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from daemon.api import Guidance, Progress, Reason, Verdict
from daemon.camera.job import CameraState
from daemon.camera.worker import Eye
from daemon.recognition.results import Finding, Glimpse
from daemon.state.history import Requester
from daemon.verification.job import VerifyJob, unseen

if TYPE_CHECKING:
    from enroll.template import Person

_GRACE_SECONDS = 0.5
"""What the eye is given to end a look at its deadline before it is ended without the eye."""


@dataclass(eq=False)
class Ticket:
    """One request's share of a look."""

    username: str
    requester: Requester
    on_glimpse: Callable[[Glimpse], None]
    on_end: Callable[[Finding], None]
    timer: asyncio.TimerHandle | None = None


@dataclass(eq=False)
class _Look:
    job: VerifyJob
    begun: float
    tickets: list[Ticket] = field(default_factory=list)
    last: Glimpse | None = None
    others: int = 0
    """Usable faces seen that were not the person's, frame by frame."""


class Looks:
    """The running looks. `settle` is told of each finding once, and gives what it comes to."""

    def __init__(
        self,
        eye: Eye,
        *,
        settle: Callable[[str, Finding, tuple[Requester, ...]], Finding],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._eye = eye
        self._settle = settle
        self._clock = clock
        self._looks: dict[str, _Look] = {}
        self._loop = asyncio.get_running_loop()
        self.camera = CameraState.CLOSED

    @property
    def running(self) -> int:
        """Looks that run."""
        return len(self._looks)

    def of(self, username: str) -> bool:
        """Whether this user is being looked for."""
        return username in self._looks

    def start(
        self,
        person: "Person",
        *,
        seconds: float,
        requester: Requester,
        on_glimpse: Callable[[Glimpse], None],
        on_end: Callable[[Finding], None],
    ) -> Ticket:
        """Joins the look at `person`, or begins it; it ends after `seconds` at the latest."""
        ticket = Ticket(person.name, requester, on_glimpse, on_end)
        deadline = self._clock() + seconds
        look = self._looks.get(person.name)
        if look is None:
            look = self._begin(person, deadline)
        else:
            look.job.deadline = max(look.job.deadline, deadline)
            self._eye.add(look.job)
        look.tickets.append(ticket)
        ticket.timer = self._loop.call_later(seconds + _GRACE_SECONDS, self._late, ticket)
        self._loop.call_soon(self._greet, look, ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Ends a share without telling it; the last one out ends the look."""
        self._release(ticket, Reason.STOPPED)

    def stop(self, ticket: Ticket, reason: Reason) -> None:
        """Ends a share for `reason`."""
        if given_up := self._release(ticket, reason):
            ticket.on_end(given_up)

    def stop_all(self, reason: Reason, username: str | None = None) -> None:
        """Ends every share, or those in one user's look."""
        for name, look in list(self._looks.items()):
            if username in (None, name):
                for ticket in list(look.tickets):
                    self.stop(ticket, reason)

    def _begin(self, person: "Person", deadline: float) -> _Look:
        job = VerifyJob(
            person,
            deadline=deadline,
            post=self._post,
            on_glimpse=lambda glimpse: self._seen(look, glimpse),
            on_end=lambda finding, _problem: self._ended(look, finding),
        )
        look = _Look(job, self._clock())
        self._looks[person.name] = look
        self._eye.add(job)
        return look

    def _post(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

    def _greet(self, look: _Look, ticket: Ticket) -> None:
        """Tells a new share how things stand."""
        if ticket in look.tickets:
            waiting = Glimpse(Progress.WAITING, Verdict.UNDECIDED)
            ticket.on_glimpse(look.last or waiting)

    def _seen(self, look: _Look, glimpse: Glimpse) -> None:
        look.last = glimpse
        if glimpse.word is Progress.FACE_SEEN:
            look.others += not glimpse.known
        for ticket in list(look.tickets):
            ticket.on_glimpse(glimpse)

    def _ended(self, look: _Look, finding: Finding) -> None:
        """The eye is done. A look that was given up meanwhile is nobody's business."""
        if self._looks.get(look.job.person.name) is not look:
            return
        del self._looks[look.job.person.name]
        requesters = tuple(ticket.requester for ticket in look.tickets)
        settled = self._settle(look.job.person.name, finding, requesters)
        for ticket in look.tickets:
            _cancel(ticket)
            ticket.on_end(settled)

    def _late(self, ticket: Ticket) -> None:
        look = self._looks.get(ticket.username)
        if look is None:
            return
        if given_up := self._release(ticket, _reason_so_far(look, self.camera)):
            ticket.on_end(given_up)

    def _release(self, ticket: Ticket, reason: Reason) -> Finding | None:
        """Takes the share out of its look; what that comes to, None where it was out already."""
        _cancel(ticket)
        look = self._looks.get(ticket.username)
        if look is None or ticket not in look.tickets:
            return None
        look.tickets.remove(ticket)
        seen = {"total": (self._clock() - look.begun) * 1e3}
        given_up = replace(unseen(reason), frames=look.job.frames, stages_ms=seen)
        if not look.tickets:
            del self._looks[ticket.username]
            self._eye.drop(look.job)
            # Giving up just before the no would be a way to try without end.
            tried = replace(given_up, others=look.others)
            self._settle(ticket.username, tried, (ticket.requester,))
        return given_up


def _reason_so_far(look: _Look, camera: CameraState) -> Reason:
    """Why nobody could tell when one share's time was up."""
    if look.last is None:
        return {
            CameraState.BUSY: Reason.CAMERA_BUSY,
            CameraState.MISSING: Reason.NO_CAMERA,
        }.get(camera, Reason.NO_FRAMES)
    if isinstance(look.last.word, Guidance):
        return Reason.NO_USABLE_FACE
    return Reason.NO_FACE if look.last.word is Progress.LOOKING else Reason.NO_USABLE_FACE


def _cancel(ticket: Ticket) -> None:
    if ticket.timer is not None:
        ticket.timer.cancel()
        ticket.timer = None
