"""Attempts that clients ask for: who may, what they are told, and when they end."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from daemon import api, policy
from daemon.api import Error, Reason, Verdict
from daemon.dbus.signals import Signals
from daemon.errors import RefusalError
from daemon.policy import Conversation, Denied, Target
from daemon.policy.lockout import LockoutState
from daemon.recognition.results import AttemptResult, FrameResult, unseen
from daemon.state.context import Context
from daemon.state.decision_log import DecisionLog
from daemon.state.request_registry import RequestRegistry, seconds_of
from daemon.state.requester import Requester, read_again
from daemon.system.tasks import Tasks
from daemon.verification.pool import AttemptPool, Ticket

Values = Mapping[str, Any]

_LEAST_SECONDS_BETWEEN = 0.1
_DISK_SECONDS = 1.0
"""A disk that is slower than this holds up no answer."""
_REASONS = {
    Error.STOPPING: Reason.STOPPING,
    Error.ASLEEP: Reason.ASLEEP,
    Error.LID_CLOSED: Reason.LID_CLOSED,
    Error.PAUSED: Reason.PAUSED,
    Error.INACTIVE_SESSION: Reason.INACTIVE_SESSION,
    Error.REMOTE_SESSION: Reason.INACTIVE_SESSION,
    Error.NO_SESSION: Reason.INACTIVE_SESSION,
    Error.NOT_PERMITTED: Reason.INACTIVE_SESSION,
    Error.ATTEMPTS_PAUSED: Reason.ATTEMPTS_PAUSED,
    Error.LOCKED_OUT: Reason.LOCKED_OUT,
    Error.ABSENCE_NEEDED: Reason.LOCKED_OUT,
    Error.NOT_ENROLLED: Reason.NOT_ENROLLED,
    Error.OTHER_MODEL: Reason.NOT_ENROLLED,
    Error.NOT_ENABLED: Reason.NOT_ENROLLED,
}
"""Why an attempt ends where it would not be allowed to begin now."""


@dataclass(eq=False)
class _Request:
    number: int
    requester: Requester
    target: Target
    conversation: Conversation
    started: float
    templates: int
    """How often the templates had changed when they were read."""
    details: bool = False
    prompts: bool = False
    ticket: Ticket | None = None
    word: str = ""
    told: float = float("-inf")

    @property
    def of_root(self) -> bool:
        """Whoever else reads distances can walk toward a match, picture by picture."""
        return self.requester.caller.uid == policy.ROOT


class VerificationManager:
    """The requests that run, by number."""

    def __init__(
        self,
        context: Context,
        attempts: AttemptPool,
        *,
        registry: RequestRegistry,
        log: DecisionLog,
        signals: Signals,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._attempts = attempts
        self._registry = registry
        self._log = log
        self._signals = signals
        self._clock = clock
        self._requests: dict[int, _Request] = {}
        self._tasks = Tasks()
        context.listen(self.recheck)
        context.templates_changed.listen(self._templates_changed)

    async def start(self, requester: Requester, target: Target, options: Values) -> int:
        """Begins an attempt; its number. Raises RefusalError."""
        longest = api.LONGEST_ATTEMPT_SECONDS
        seconds = seconds_of(options, default=longest, most=longest)
        conversation = Conversation(_word(options, "tty"), _word(options, "remote-host"))
        origin = requester.origin(_word(options, "service"), conversation.tty)
        await self._context.sessions.refresh_lid()
        try:
            self._check(requester, target, conversation)
        except RefusalError as refusal:
            self._log.denied("attempt", target.username, origin, refusal)
            raise
        self._registry.check_room(requester.caller.payer)
        await read_again(requester, self._context.sessions)
        # Last: what is removed from now on ends the attempt, which has begun by then.
        person = await self._context.templates.load(target.username)
        # Meanwhile others came, and facts changed.
        self._check(requester, target, conversation)
        if target.uid is None:
            raise RefusalError(Error.NOT_ENROLLED, "there is no such user")
        number = self._registry.open(requester.caller.payer)
        templates = self._context.templates_changed.times(target.username)
        request = _Request(number, requester, target, conversation, self._clock(), templates)
        request.details = bool(options.get("details", False))
        request.prompts = bool(options.get("prompts", False))
        self._requests[number] = request
        request.ticket = self._attempts.start(
            person,
            uid=target.uid,
            seconds=min(seconds, self._context.config.requests.attempt_seconds),
            origin=origin,
            on_progress=lambda result: self._progress(request, result),
            on_end=lambda result: self._ended(request, result),
            prompts=lambda: request.prompts,
        )
        self._context.changed()
        return number

    def stop(self, client: str, number: int) -> None:
        """Ends an attempt of the client's; raises NO_SUCH_REQUEST."""
        request = self._requests.get(number)
        if request is None or request.requester.client != client:
            raise RefusalError(Error.NO_SUCH_REQUEST, f"there is no request {number} of yours")
        self._stop(request, Reason.STOPPED)

    def client_gone(self, client: str) -> None:
        """Ends what this client asked for; nobody is left to be told."""
        for request in list(self._requests.values()):
            if request.requester.client == client:
                self._close(request)
                if request.ticket is not None:
                    self._attempts.leave(request.ticket)
        self._context.changed()

    def stop_all(self, reason: Reason) -> None:
        """Ends every attempt."""
        self._attempts.stop_all(reason)

    def recheck(self) -> None:
        """Ends what would not be allowed to begin now."""
        for request in list(self._requests.values()):
            denied = self._denied(request.requester, request.target, request.conversation)
            if denied is not None:
                self._stop(request, _REASONS.get(denied.error, Reason.STOPPED))

    def _templates_changed(self, username: str) -> None:
        """Attempts at this user have templates that are no more."""
        self._attempts.stop_all(Reason.NOT_ENROLLED, username)

    def _check(self, requester: Requester, target: Target, conversation: Conversation) -> None:
        denied = self._denied(requester, target, conversation)
        if denied is not None:
            raise RefusalError(denied.error, denied.reason, denied.hint)
        if self._context.models.problem:
            raise RefusalError(Error.NO_MODEL, self._context.models.problem)

    def _denied(
        self, requester: Requester, target: Target, conversation: Conversation
    ) -> Denied | None:
        try:
            caller = requester.now(self._context.sessions)
        except RefusalError as refusal:
            return Denied(refusal.error, refusal.message, refusal.hint)
        decision = policy.may_verify(
            caller,
            target,
            sessions=self._context.sessions.all,
            machine=self._context.machine,
            standing=self._context.standing(target.uid),
            unlock=self._context.config.unlock,
            held=self._context.held_sessions,
            conversation=conversation,
        )
        return decision if isinstance(decision, Denied) else None

    def _stop(self, request: _Request, reason: Reason) -> None:
        if request.ticket is not None:
            self._attempts.stop(request.ticket, reason)

    def _close(self, request: _Request) -> bool:
        """Forgets a request; whether it was still running."""
        self._registry.close(request.number)
        return self._requests.pop(request.number, None) is not None

    def _progress(self, request: _Request, result: FrameResult) -> None:
        now = self._clock()
        changed = result.word != request.word or request.details
        if not changed or now - request.told < _LEAST_SECONDS_BETWEEN:
            return
        request.word, request.told = result.word, now
        details = _frame_details(result, root=request.of_root) if request.details else {}
        if result.asked:
            details = {**details, "challenge": True}
        client = request.requester.client
        self._signals.send(client, "VerifyProgress", request.number, result.word.value, details)

    def _ended(self, request: _Request, result: AttemptResult) -> None:
        if not self._close(request):
            return
        if result.verdict is Verdict.MATCHED:
            self._tasks.spawn(self._tell_match(request, result))
        else:
            self._tell_end(request, result)

    async def _tell_match(self, request: _Request, result: AttemptResult) -> None:
        """What was allowed when it began must be allowed still."""
        # The answer does not matter here: it is what is known from now on.
        with contextlib.suppress(RefusalError):
            await read_again(request.requester, self._context.sessions)
        denied = self._denied(request.requester, request.target, request.conversation)
        changed = self._context.templates_changed.times(request.target.username)
        if changed != request.templates:
            result = unseen(Reason.NOT_ENROLLED)
        elif denied is not None:
            result = unseen(_REASONS.get(denied.error, Reason.STOPPED))
        self._tell_end(request, result)

    def _tell_end(self, request: _Request, result: AttemptResult) -> None:
        tell = partial(
            self._signals.send,
            request.requester.client,
            "VerifyFinished",
            request.number,
            result.verdict.value,
            result.reason.value,
            self._details(request, result),
        )
        if result.verdict is Verdict.NOT_MATCHED:
            self._tasks.spawn(self._tell_when_kept(tell))
        else:
            tell()
        self._context.changed()

    def _details(self, request: _Request, result: AttemptResult) -> Values:
        standing = self._context.standing(request.target.uid)
        details: dict[str, Any] = {
            "frames": result.frames,
            "milliseconds": (self._clock() - request.started) * 1e3,
            "stages": result.stages_ms,
        }
        if standing.state is LockoutState.PASSWORD:
            details["locked-out"] = True
        if standing.state is LockoutState.PAUSED:
            details["retry-after-seconds"] = standing.retry_after
        if result.guidance:
            details["guidance"] = result.guidance
        if request.details and request.of_root and result.distance is not None:
            details |= {"distance": result.distance, "threshold": result.threshold}
        return details

    async def _tell_when_kept(self, tell: Callable[[], None]) -> None:
        """Nobody hears of a failed attempt that a power cut could still undo."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._context.records.attempts_kept(), _DISK_SECONDS)
        tell()


_LONGEST = {
    "service": api.LONGEST_SERVICE,
    "tty": api.LONGEST_SERVICE,
    "remote-host": api.LONGEST_HOST,
}


def _word(options: Values, name: str) -> str:
    word, longest = str(options.get(name, "")), _LONGEST[name]
    if len(word) > longest or not word.isprintable():
        text = f"{name} has at most {longest} printable characters"
        raise RefusalError(Error.INVALID_ARGUMENTS, text)
    return word


def _frame_details(result: FrameResult, *, root: bool) -> Values:
    known = {
        "light": None if result.light is None else result.light.value,
        "quality": result.quality,
        "box": result.box,
    }
    if root:
        known |= {"distance": result.distance, "threshold": result.threshold}
    return {name: value for name, value in known.items() if value is not None}
