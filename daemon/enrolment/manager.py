"""Enrolments that clients ask for: one at a time, guided, with pictures for a window."""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from daemon import api, policy
from daemon.api import Error, Event, Outcome
from daemon.camera.remote import RemoteCamera
from daemon.dbus.signals import Signals
from daemon.enrolment.job import EnrolJob, EnrolResult, NewAppearance
from daemon.errors import RefusalError
from daemon.policy import Denied, Target
from daemon.recognition.liveness import rule_of
from daemon.state.context import Context, Tell
from daemon.state.request_registry import RequestRegistry, seconds_of
from daemon.state.requester import Requester, read_again
from daemon.system.journal import Audit
from daemon.system.tasks import Tasks
from enroll.guide.guide import Step
from enroll.guide.summary import Summary, summarise
from enroll.template import Person
from models.errors import FacelatchError

_DEFAULT_SECONDS = 60.0
_GRACE_SECONDS = 5.0
"""For the analysis of a frame that is under way at the deadline: seconds on a slow machine."""
_LEAST_SECONDS_BETWEEN = 0.1
_TWIN = "this face is too much like that of another user who is enrolled"


@dataclass(eq=False)
class _Enrolment:
    number: int
    requester: Requester
    target: Target
    job: EnrolJob
    alike: bool
    replace: bool
    timer: asyncio.TimerHandle | None = None
    told: float = float("-inf")
    storing: bool = False
    """Its pictures are taken, and what is to be stored of them is looked at."""
    writing: bool = False
    """It is being written: nothing but the disk stops it any more."""

    def of(self, client: str) -> bool:
        return self.requester.client == client


class EnrolmentManager:
    """The enrolment that runs, if one does."""

    def __init__(
        self,
        context: Context,
        worker: RemoteCamera,
        *,
        registry: RequestRegistry,
        signals: Signals,
        tell: Tell,
    ) -> None:
        self._context = context
        self._worker = worker
        self._registry = registry
        self._signals = signals
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._current: _Enrolment | None = None
        self._tasks = Tasks()
        context.listen(self.recheck)

    def start(
        self, requester: Requester, target: Target, appearance: str, options: Mapping[str, Any]
    ) -> int:
        """Begins; its number. Raises INVALID_ARGUMENTS, TOO_MANY_REQUESTS, NO_MODEL, or BUSY where
        one runs.

        Options: with `alike` it is stored also where another user's face is much the same, with
        `replace` in place of one of this name.
        """
        longest = api.LONGEST_ENROL_SECONDS
        seconds = seconds_of(options, default=_DEFAULT_SECONDS, most=longest)
        self._registry.check_room(requester.caller.payer)
        if self._context.models.problem:
            raise RefusalError(Error.NO_MODEL, self._context.models.problem)
        if self._current is not None:
            raise RefusalError(Error.BUSY, "somebody is being enrolled", "try again in a minute")
        job = EnrolJob(
            appearance,
            liveness=rule_of(self._context.config.liveness, self._context.config.camera.source),
            deadline=time.monotonic() + seconds,
            post=self._post,
            on_step=lambda step: self._guided(enrolment, step),
            on_end=lambda result: self._ended(enrolment, result),
        )
        number = self._registry.open(requester.caller.payer)
        alike, replaces = bool(options.get("alike", False)), bool(options.get("replace", False))
        enrolment = _Enrolment(number, requester, target, job, alike, replaces)
        enrolment.timer = self._loop.call_later(
            seconds + _GRACE_SECONDS,
            lambda: self._finish(enrolment, Outcome.FAILED, "the camera did not answer in time"),
        )
        self._current = enrolment
        self._context.enrolling = True
        self._context.changed()
        self._worker.add(job)
        return number

    def stop(self, client: str, number: int) -> None:
        """Ends an enrolment of the client's; raises NO_SUCH_REQUEST."""
        self._finish(self._of(client, number), Outcome.STOPPED, "stopped")

    def preview(self, client: str, number: int) -> int:
        """The read end of a new stream of pictures; raises NO_SUCH_REQUEST."""
        enrolment = self._of(client, number)
        try:
            reader, writer = os.pipe2(os.O_CLOEXEC)
        except OSError as error:
            raise RefusalError(Error.INTERNAL, f"no preview: {error.strerror}") from None
        with contextlib.suppress(OSError):
            # Room for one picture, where the system allows it.
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1 << 20)
        # From the camera worker to the client: the pictures never come here.
        self._worker.send_pictures(enrolment.job, writer)
        return reader

    def client_gone(self, client: str) -> None:
        """Ends the client's; nothing is stored."""
        current = self._current
        if current is not None and current.of(client):
            self._finish(current, Outcome.STOPPED, "the client has gone", told=False)

    def stop_all(self, reason: str) -> None:
        """Ends what runs."""
        if self._current is not None:
            self._finish(self._current, Outcome.STOPPED, reason)

    def recheck(self) -> None:
        """Ends what would not be allowed to begin now."""
        current = self._current
        if current is None or current.storing:
            return
        problem = self._problem(current)
        if problem:
            self._finish(current, Outcome.FAILED, problem)

    def _problem(self, enrolment: _Enrolment) -> str:
        """Why this would not be allowed to begin now; "" where it would."""
        try:
            caller = enrolment.requester.now(self._context.sessions)
        except RefusalError as refusal:
            return str(refusal)
        decision = policy.may_enrol(
            caller,
            enrolment.target,
            sessions=self._context.sessions.all,
            # It is not the enrolment itself that stands in its way.
            machine=replace(self._context.machine, enrolling=False),
        )
        return str(decision) if isinstance(decision, Denied) else ""

    def _post(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

    def _of(self, client: str, number: int) -> _Enrolment:
        current = self._current
        if current is None or current.number != number or not current.of(client):
            raise RefusalError(Error.NO_SUCH_REQUEST, f"there is no enrolment {number} of yours")
        return current

    def _guided(self, enrolment: _Enrolment, step: Step) -> None:
        now = time.monotonic()
        if self._current is not enrolment or now - enrolment.told < _LEAST_SECONDS_BETWEEN:
            return
        enrolment.told = now
        client, number = enrolment.requester.client, enrolment.number
        self._signals.send(client, "EnrolGuidance", number, step.prompt.value, _guidance(step))

    def _ended(self, enrolment: _Enrolment, result: EnrolResult) -> None:
        if self._current is not enrolment:
            return
        if result.new is None:
            self._finish(enrolment, Outcome.FAILED, result.reason)
            return
        enrolment.storing = True
        _cancel(enrolment)
        self._tasks.spawn(self._store(enrolment, result.new))

    async def _store(self, enrolment: _Enrolment, new: NewAppearance) -> None:
        username = enrolment.target.username
        try:
            others = await self._context.templates.others(username, readable=True)
            summary = _summary(new, others)
            if summary.twins and not enrolment.alike:
                # Whose it is like is nobody's business.
                self._finish(enrolment, Outcome.FAILED, _TWIN)
                return
            # Others may have changed what is stored while the pictures were taken.
            await self._context.templates.check_new_appearance(
                username, new.appearance.name, replace=enrolment.replace
            )
            # The files took their time: whoever began it must sit here still.
            await read_again(enrolment.requester, self._context.sessions)
            if problem := self._problem(enrolment):
                self._finish(enrolment, Outcome.FAILED, problem)
            if self._current is not enrolment:
                return
            enrolment.writing = True
            await self._context.templates.add(username, new.appearance)
        except FacelatchError as error:
            self._finish(enrolment, Outcome.FAILED, str(error))
            return
        self._context.templates_changed.tell(username)
        self._context.records.cameras.enrolled(new.camera)
        await self._context.records.cameras_kept()
        self._tell(username, Event.ENROLLED, {})
        self._finish(enrolment, Outcome.ENROLLED, "", _details(new, summary))

    def _finish(
        self,
        enrolment: _Enrolment,
        outcome: Outcome,
        reason: str,
        details: Mapping[str, Any] | None = None,
        *,
        told: bool = True,
    ) -> None:
        if self._current is not enrolment or (enrolment.writing and outcome is Outcome.STOPPED):
            return
        self._current = None
        self._context.enrolling = False
        _cancel(enrolment)
        self._registry.close(enrolment.number)
        self._worker.drop(enrolment.job)
        client, number = enrolment.requester.client, enrolment.number
        if told:
            values = (number, outcome.value, reason, details or {})
            self._signals.send(client, "EnrolFinished", *values)
        _write_down(self._context.audit, enrolment, outcome, reason)
        self._context.changed()


def _write_down(audit: Audit, enrolment: _Enrolment, outcome: Outcome, reason: str) -> None:
    username = enrolment.target.username
    fields = {
        "user": username,
        "verdict": outcome,
        "reason": reason,
        "requester": enrolment.requester.origin(),
    }
    audit.record(f"enrolment of {username}: {outcome}", fields)


def _summary(new: NewAppearance, others: list[Person]) -> Summary:
    return summarise(
        new.appearance,
        quality=new.quality,
        missing=new.missing,
        others=others,
        calibration=new.calibration,
        level=new.level,
    )


def _details(new: NewAppearance, summary: Summary) -> dict[str, Any]:
    details: dict[str, Any] = {
        "pictures": len(new.appearance.embeddings),
        "quality": new.quality,
        "score": summary.score,
        "expected-false-reject": summary.expected_misses,
    }
    if summary.advice:
        details["advice"] = list(summary.advice)
    return details


def _guidance(step: Step) -> dict[str, Any]:
    details: dict[str, Any] = {
        "progress": step.progress,
        "covered": [one.value for one in step.covered],
        "pictures": step.pictures,
    }
    if step.quality is not None:
        details["quality"] = step.quality
    if step.box is not None:
        details["box"] = step.box
    if step.head is not None:
        details |= {"yaw": step.head.yaw, "pitch": step.head.pitch}
    return details


def _cancel(enrolment: _Enrolment) -> None:
    if enrolment.timer is not None:
        enrolment.timer.cancel()
        enrolment.timer = None
