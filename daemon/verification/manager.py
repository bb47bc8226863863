"""Requests of clients that take time: looks and enrolments, their numbers, limits and ends."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from daemon import api, policy
from daemon.api import Error, Reason, Verdict
from daemon.errors import RefusalError
from daemon.policy import Denied, Target
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.state.context import Context
from daemon.state.history import Requester
from daemon.system.logind import Session
from daemon.system.polkit import Caller
from daemon.verification.job import unseen
from daemon.verification.pool import AttemptPool, Ticket

Values = Mapping[str, Any]
Send = Callable[..., None]

_LEAST_SECONDS_BETWEEN = 0.1
_KEEPING_SECONDS = 1.0
"""A disk that is slower than this holds up no answer."""
_REASONS = {
    Error.STOPPING: Reason.STOPPING,
    Error.ASLEEP: Reason.ASLEEP,
    Error.LID_CLOSED: Reason.LID_CLOSED,
    Error.PAUSED: Reason.PAUSED,
    Error.INACTIVE_SESSION: Reason.INACTIVE_SESSION,
    Error.REMOTE_SESSION: Reason.INACTIVE_SESSION,
    Error.NO_SESSION: Reason.INACTIVE_SESSION,
    Error.ATTEMPTS_PAUSED: Reason.LOCKED_OUT,
    Error.LOCKED_OUT: Reason.LOCKED_OUT,
    Error.ABSENCE_NEEDED: Reason.LOCKED_OUT,
    Error.NOT_ENROLLED: Reason.NOT_ENROLLED,
    Error.OTHER_MODEL: Reason.NOT_ENROLLED,
    Error.NOT_ENABLED: Reason.NOT_ENROLLED,
}


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, from which session, and whether somebody is there to type a password."""

    caller: Caller
    session: Session | None
    interactive: bool

    @property
    def person(self) -> policy.Caller:
        """For the policy."""
        return policy.Caller(self.caller.uid, self.session)

    def described(self, service: str) -> Requester:
        """For the journal and the history."""
        parts = [f"uid {self.caller.uid}", f"pid {self.caller.pid}"]
        if self.session is not None:
            parts.append(f"session {self.session.id}")
        if service:
            parts.append(f"service {service}")
        session = self.session.id if self.session is not None else ""
        return Requester(" ".join(parts), service, session)


@dataclass(eq=False)
class _Verify:
    number: int
    asking: Asking
    target: Target
    details: bool
    started: float
    ticket: Ticket | None = None
    word: str = ""
    told: float = float("-inf")


class Enrolments(Protocol):
    """The part of the requests that enrols."""

    def start(
        self,
        number: int,
        asking: Asking,
        target: Target,
        attempt: str,
        *,
        seconds: float,
        alike: bool,
    ) -> None:
        """Begins; raises RefusalError."""
        ...

    def stop(self, client: str, number: int) -> None:
        """Ends one of the client's; raises RefusalError."""
        ...

    def preview(self, client: str, number: int) -> int:
        """A file descriptor of pictures; raises RefusalError."""
        ...

    def client_gone(self, client: str) -> None:
        """Ends the client's."""
        ...

    def count(self, client: str | None = None) -> int:
        """How many run, of one client or of all."""
        ...

    def recheck(self) -> None:
        """Facts changed."""
        ...


class VerificationManager:
    """The running requests. `send` sends a signal: client, name, values."""

    def __init__(
        self,
        context: Context,
        attempts: AttemptPool,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._attempts = attempts
        self._clock = clock
        self._last = 0
        self._verifies: dict[int, _Verify] = {}
        self._telling: set[asyncio.Future[None]] = set()
        self.enrolments: Enrolments
        self.send: Send = lambda *_: None
        context.listen(self.recheck)

    @property
    def running(self) -> int:
        """Requests of everybody."""
        return len(self._verifies) + self.enrolments.count()

    async def verify(self, asking: Asking, target: Target, options: Values) -> int:
        """Begins a look; its number. Raises RefusalError."""
        seconds, service = _attempt_seconds(options), _service(options)
        requester = asking.described(service)
        await self._context.sessions.refresh_lid()
        try:
            self._check(asking, target)
        except RefusalError as refusal:
            self._context.denied("attempt", target.username, requester, refusal)
            raise
        self._check_room(asking.caller.name)
        person = await self._context.people.load(target.username)
        # While the file was read, others came, and the world went on.
        self._check(asking, target)
        self._check_room(asking.caller.name)
        details = bool(options.get("details", False))
        request = _Verify(self._number(), asking, target, details, self._clock())
        self._verifies[request.number] = request
        request.ticket = self._attempts.start(
            person,
            seconds=min(seconds, self._context.config.requests.attempt_seconds),
            requester=requester,
            on_glimpse=lambda glimpse: self._seen(request, glimpse),
            on_end=lambda finding: self._ended(request, finding),
        )
        self._context.changed()
        return request.number

    def stop_verify(self, client: str, number: int) -> None:
        """Ends a look of the client's; raises RefusalError."""
        request = self._verifies.get(number)
        if request is None or request.asking.caller.name != client:
            raise RefusalError(Error.NO_SUCH_REQUEST, f"there is no request {number} of yours")
        self._stop(request, Reason.STOPPED)

    def enrol(self, asking: Asking, target: Target, attempt: str, options: Values) -> int:
        """Begins an enrolment; its number. Raises RefusalError."""
        seconds = _seconds(options, 60.0, api.LONGEST_ENROL_SECONDS)
        self._check_room(asking.caller.name)
        if self._context.models.problem:
            raise RefusalError(Error.NO_MODEL, self._context.models.problem)
        number = self._number()
        alike = bool(options.get("alike", False))
        self.enrolments.start(number, asking, target, attempt, seconds=seconds, alike=alike)
        return number

    def stop_enrol(self, client: str, number: int) -> None:
        """Ends an enrolment of the client's; raises RefusalError."""
        self.enrolments.stop(client, number)

    def preview(self, client: str, number: int) -> int:
        """A file descriptor of the pictures of an enrolment; raises RefusalError."""
        return self.enrolments.preview(client, number)

    def client_gone(self, client: str) -> None:
        """Ends what this client asked for; nobody is left to be told."""
        for request in list(self._verifies.values()):
            if request.asking.caller.name == client:
                del self._verifies[request.number]
                if request.ticket is not None:
                    self._attempts.leave(request.ticket)
        self.enrolments.client_gone(client)
        self._context.changed()

    def templates_changed(self, username: str) -> None:
        """Looks at this user have templates that are no more."""
        self._attempts.stop_all(Reason.NOT_ENROLLED, username)

    def stop_all(self, reason: Reason) -> None:
        """Ends every look."""
        self._attempts.stop_all(reason)

    def recheck(self) -> None:
        """Ends what would not be allowed to begin now."""
        for request in list(self._verifies.values()):
            denied = self._denied(request.asking, request.target)
            if denied is not None:
                self._stop(request, _REASONS.get(denied.error, Reason.STOPPED))
        self.enrolments.recheck()

    def _check(self, asking: Asking, target: Target) -> None:
        denied = self._denied(asking, target)
        if denied is not None:
            raise RefusalError(denied.error, denied.reason, denied.hint)
        if self._context.models.problem:
            raise RefusalError(Error.NO_MODEL, self._context.models.problem)

    def _denied(self, asking: Asking, target: Target) -> Denied | None:
        session = asking.session
        if session is not None:
            session = self._context.session(session.id)
            if session is None:
                return Denied(Error.NO_SESSION, "the session has ended")
        decision = policy.may_verify(
            policy.Caller(asking.caller.uid, session),
            target,
            sessions=self._context.sessions.all,
            machine=self._context.machine,
            standing=self._context.standing(target.username),
            unlock=self._context.config.unlock,
            held=self._context.held_sessions,
        )
        return decision if isinstance(decision, Denied) else None

    def _check_room(self, client: str) -> None:
        limits = self._context.config.requests
        mine = sum(one.asking.caller.name == client for one in self._verifies.values())
        mine += self.enrolments.count(client)
        if mine >= limits.per_client or self.running >= limits.most:
            raise RefusalError(Error.TOO_MANY_REQUESTS, "too many requests are running")

    def _number(self) -> int:
        """Rises, so that a late signal is never taken for another request's."""
        self._last = self._last % 0xFFFF_FFFF + 1
        return self._last

    def _stop(self, request: _Verify, reason: Reason) -> None:
        if request.ticket is not None:
            self._attempts.stop(request.ticket, reason)

    def _seen(self, request: _Verify, glimpse: FrameResult) -> None:
        now = self._clock()
        changed = glimpse.word != request.word or request.details
        if not changed or now - request.told < _LEAST_SECONDS_BETWEEN:
            return
        request.word, request.told = glimpse.word, now
        details = _details(glimpse) if request.details else {}
        client = request.asking.caller.name
        self.send(client, "VerifyProgress", request.number, glimpse.word.value, details)

    def _ended(self, request: _Verify, finding: AttemptResult) -> None:
        if self._verifies.pop(request.number, None) is None:
            return
        # What was allowed when it began must be allowed still.
        if finding.verdict is Verdict.MATCHED:
            denied = self._denied(request.asking, request.target)
            if denied is not None:
                finding = unseen(_REASONS.get(denied.error, Reason.STOPPED))
        milliseconds = (self._clock() - request.started) * 1e3
        tell = partial(
            self.send,
            request.asking.caller.name,
            "VerifyFinished",
            request.number,
            finding.verdict.value,
            finding.reason.value,
            _result(finding, milliseconds, details=request.details),
        )
        if finding.verdict is Verdict.NOT_MATCHED:
            self._telling.add(task := asyncio.ensure_future(self._tell_when_kept(tell)))
            task.add_done_callback(self._telling.discard)
        else:
            tell()
        self._context.changed()

    async def _tell_when_kept(self, tell: Callable[[], None]) -> None:
        """Nobody hears of a failed look that a power cut could still undo."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._context.records.attempts_kept(), _KEEPING_SECONDS)
        tell()


def _attempt_seconds(options: Values) -> float:
    return _seconds(options, api.LONGEST_ATTEMPT_SECONDS, api.LONGEST_ATTEMPT_SECONDS)


def _seconds(options: Values, default: float, most: float) -> float:
    seconds = float(options.get("seconds", default))
    # Written so that NaN is refused too.
    if not 0.0 < seconds <= most:
        text = f"seconds must be above 0 and at most {most:g}"
        raise RefusalError(Error.INVALID_ARGUMENTS, text)
    return seconds


def _service(options: Values) -> str:
    service = str(options.get("service", ""))
    if len(service) > api.LONGEST_SERVICE or not service.isprintable():
        text = f"service has at most {api.LONGEST_SERVICE} printable characters"
        raise RefusalError(Error.INVALID_ARGUMENTS, text)
    return service


def _details(glimpse: FrameResult) -> Values:
    known = {
        "distance": glimpse.distance,
        "threshold": glimpse.threshold,
        "quality": glimpse.quality,
        "box": glimpse.box,
    }
    return {name: value for name, value in known.items() if value is not None}


def _result(finding: AttemptResult, milliseconds: float, *, details: bool) -> Values:
    result: dict[str, Any] = {
        "frames": finding.frames,
        "milliseconds": milliseconds,
        "stages": finding.stages_ms,
    }
    if finding.guidance:
        result["guidance"] = finding.guidance
    if details and finding.distance is not None:
        result |= {"distance": finding.distance, "threshold": finding.threshold}
    return result
