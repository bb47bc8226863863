"""Enrolments that clients ask for: one at a time, guided, with pictures for a window."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from daemon import policy
from daemon.api import Error, Outcome, Reason
from daemon.camera.job import Seen, View
from daemon.camera.schedule import Want
from daemon.camera.worker import CameraWorker
from daemon.enrolment.preview import Preview
from daemon.errors import RefusalError
from daemon.policy import Denied, Target
from daemon.state.context import Context
from daemon.verification.manager import Asking
from enroll.guide.guide import Guide, Step
from enroll.guide.prompts import Prompt
from enroll.guide.summary import Summary, summarise
from enroll.template import Appearance, Person, now
from models.errors import FacelatchError
from models.scoring.calibration import Calibration
from models.scoring.security import Level

if TYPE_CHECKING:
    from daemon.sources.base import Frame

_PREVIEW_RATE = 15.0
_GRACE_SECONDS = 5.0
"""For the analysis of a frame that is under way at the deadline: seconds on a slow machine."""
_LEAST_SECONDS_BETWEEN = 0.1
_WHY = {
    Reason.CAMERA_BUSY: "another program has the camera; close it and try again",
    Reason.NO_CAMERA: "there is no camera; plug one in and try again",
}
_TWIN = "this face is too much like that of another user who is enrolled"


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A look that was taken and is not stored yet, with what is needed to judge it."""

    appearance: Appearance
    quality: float
    missing: tuple[Prompt, ...]
    calibration: Calibration
    level: Level


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What an enrolment came to: a look, or why there is none."""

    taken: Taken | None
    reason: str = ""


class EnrolJob:
    """Collects pictures of whoever is before the camera. In the eye's thread."""

    want = Want.ENROL
    patient = False

    def __init__(
        self,
        appearance: str,
        *,
        deadline: float,
        post: Callable[[Callable[[], None]], None],
        on_step: Callable[[Step], None],
        on_end: Callable[[Made], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.deadline = deadline
        self.preview: Preview | None = None
        self._appearance = appearance
        self._post = post
        self._on_step = on_step
        self._on_end = on_end
        self._clock = clock
        self._guide: Guide | None = None
        self._view: View | None = None
        self._frames = 0
        self._shown = float("-inf")

    def begin(self, view: View) -> None:
        """See Job. What was seen before the camera was lost still counts, by the same model."""
        embedder = view.models.embedder
        same = self._view is not None and self._view.models.embedder is embedder
        self._view = view
        if self._guide is None or not same:
            self._guide = Guide(
                threshold=embedder.threshold, metric=embedder.metric, still=view.still
            )

    def see(self, frame: "Frame", *, worth: bool) -> Seen:  # noqa: ARG002 - it wants them all
        """See Job."""
        from daemon.foreground.enrol import MOST_FRAMES, observed

        view, guide = self._view, self._guide
        if view is None or guide is None:
            return Seen()
        self._frames += 1
        # The frame's own time, so that a clip that is read fast is as good as one that is not.
        seen = observed(view.pipeline, frame)
        step = guide.observe(seen)
        self._show(frame)
        self._post(lambda: self._on_step(step))
        done = guide.complete or guide.changed or self._frames >= MOST_FRAMES
        return Seen(done, seen.sample is not None)

    def end(self, reason: Reason | None, problem: str) -> None:
        """See Job."""
        made = self._made("" if reason is None else problem or _WHY.get(reason, ""))
        self._view = self._guide = None
        self._post(lambda: self._on_end(made))

    def _show(self, frame: "Frame") -> None:
        now_ = self._clock()
        preview = self.preview
        if preview is not None and now_ - self._shown >= 1.0 / _PREVIEW_RATE:
            self._shown = now_
            preview.offer(frame.image)

    def _made(self, problem: str) -> Made:
        view, guide = self._view, self._guide
        if problem or view is None or guide is None:
            return Made(None, problem or "the camera sent no picture")
        embedder, criterion = view.models.embedder, view.models.criterion
        try:
            chosen = guide.choose()
        except FacelatchError as error:
            return Made(None, str(error))
        quality = median(guide.samples[index].quality.score for index in chosen.kept)
        rows = chosen.embeddings
        appearance = Appearance(
            self._appearance, now(), embedder.model_id, embedder.metric, rows, quality
        )
        taken = Taken(appearance, quality, guide.missing, criterion.calibration, criterion.level)
        return Made(taken)


@dataclass(eq=False)
class _Enrolment:
    number: int
    asking: Asking
    target: Target
    job: EnrolJob
    alike: bool = False
    timer: asyncio.TimerHandle | None = None
    told: float = float("-inf")
    storing: bool = False


class EnrolmentManager:
    """The enrolment that runs, if one does. `stored` is told whose templates changed."""

    def __init__(self, context: Context, worker: CameraWorker) -> None:
        self._context = context
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._current: _Enrolment | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.send: Callable[..., None] = lambda *_: None
        self.stored: Callable[[str], None] = lambda _: None

    def start(
        self,
        number: int,
        asking: Asking,
        target: Target,
        appearance: str,
        *,
        seconds: float,
        alike: bool = False,
    ) -> None:
        """Begins; raises BUSY where one runs.

        `alike`: stored also where another user's face is much the same.
        """
        if self._current is not None:
            raise RefusalError(Error.BUSY, "somebody is being enrolled", "try again in a minute")
        job = EnrolJob(
            appearance,
            deadline=time.monotonic() + seconds,
            post=self._post,
            on_step=lambda step: self._step(enrolment, step),
            on_end=lambda made: self._made(enrolment, made),
        )
        enrolment = _Enrolment(number, asking, target, job, alike)
        enrolment.timer = self._loop.call_later(
            seconds + _GRACE_SECONDS,
            lambda: self._finish(enrolment, Outcome.FAILED, "the camera did not answer in time"),
        )
        self._current = enrolment
        self._context.enrolling = True
        self._context.changed()
        self._worker.add(job)

    def _post(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

    def stop(self, client: str, number: int) -> None:
        """Ends an enrolment of the client's; raises NO_SUCH_REQUEST."""
        self._finish(self._of(client, number), Outcome.STOPPED, "stopped")

    def preview(self, client: str, number: int) -> int:
        """The read end of a new stream of pictures; raises NO_SUCH_REQUEST."""
        enrolment = self._of(client, number)
        try:
            preview = Preview()
        except OSError as error:
            raise RefusalError(Error.INTERNAL, f"no preview: {error.strerror}") from None
        before, enrolment.job.preview = enrolment.job.preview, preview
        if before is not None:
            before.close()
        return preview.reader

    def client_gone(self, client: str) -> None:
        """Ends the client's; nothing is stored."""
        current = self._current
        if current is not None and current.asking.caller.name == client:
            self._finish(current, Outcome.STOPPED, "the client has gone", told=False)

    def stop_all(self, reason: str) -> None:
        """Ends what runs."""
        if self._current is not None:
            self._finish(self._current, Outcome.STOPPED, reason)

    def count(self, client: str | None = None) -> int:
        """How many run, of one client or of all."""
        current = self._current
        return int(current is not None and client in (None, current.asking.caller.name))

    def recheck(self) -> None:
        """Ends what would not be allowed to begin now."""
        current = self._current
        if current is None or current.storing:
            return
        session = current.asking.session
        if session is not None:
            session = self._context.session(session.id) or session
        decision = policy.may_enrol(
            policy.Caller(current.asking.caller.uid, session),
            current.target,
            sessions=self._context.sessions.all,
            machine=_without_enrolment(self._context.machine),
        )
        if isinstance(decision, Denied):
            self._finish(current, Outcome.FAILED, str(decision))

    def _of(self, client: str, number: int) -> _Enrolment:
        current = self._current
        if current is None or current.number != number or current.asking.caller.name != client:
            raise RefusalError(Error.NO_SUCH_REQUEST, f"there is no enrolment {number} of yours")
        return current

    def _step(self, enrolment: _Enrolment, step: Step) -> None:
        now_ = time.monotonic()
        if self._current is not enrolment or now_ - enrolment.told < _LEAST_SECONDS_BETWEEN:
            return
        enrolment.told = now_
        self.send(
            enrolment.asking.caller.name,
            "EnrolGuidance",
            enrolment.number,
            step.prompt.value,
            _guidance(step),
        )

    def _made(self, enrolment: _Enrolment, made: Made) -> None:
        if self._current is not enrolment:
            return
        if made.taken is None:
            self._finish(enrolment, Outcome.FAILED, made.reason)
            return
        enrolment.storing = True
        _cancel(enrolment)
        task = self._loop.create_task(self._store(enrolment, made.taken))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _store(self, enrolment: _Enrolment, taken: Taken) -> None:
        username = enrolment.target.username
        try:
            others = await self._context.people.others(username, readable=True)
            summary = _summary(taken, others)
            if summary.twins and not enrolment.alike:
                # Whose it is like is nobody's business.
                self._finish(enrolment, Outcome.FAILED, _TWIN)
                return
            await self._context.people.add(username, taken.appearance)
        except FacelatchError as error:
            self._finish(enrolment, Outcome.FAILED, str(error))
            return
        self.stored(username)
        self._finish(enrolment, Outcome.ENROLLED, "", _result(taken, summary))

    def _finish(
        self,
        enrolment: _Enrolment,
        outcome: Outcome,
        reason: str,
        details: Mapping[str, Any] | None = None,
        *,
        told: bool = True,
    ) -> None:
        if self._current is not enrolment:
            return
        self._current = None
        self._context.enrolling = False
        _cancel(enrolment)
        self._worker.drop(enrolment.job)
        if enrolment.job.preview is not None:
            enrolment.job.preview.close()
        client, number = enrolment.asking.caller.name, enrolment.number
        if told:
            self.send(client, "EnrolFinished", number, outcome.value, reason, details or {})
        self._write_down(enrolment, outcome, reason)
        self._context.changed()

    def _write_down(self, enrolment: _Enrolment, outcome: Outcome, reason: str) -> None:
        username = enrolment.target.username
        fields = {
            "user": username,
            "verdict": outcome,
            "reason": reason,
            "requester": enrolment.asking.described(""),
        }
        self._context.audit.record(f"enrolment of {username}: {outcome}", fields)


def _without_enrolment(machine: policy.Machine) -> policy.Machine:
    """The machine as it would be without the enrolment that is asked about."""
    return policy.Machine(
        asleep=machine.asleep,
        lid_closed=machine.lid_closed,
        paused=machine.paused,
        stopping=machine.stopping,
    )


def _summary(taken: Taken, others: list[Person]) -> Summary:
    return summarise(
        taken.appearance,
        quality=taken.quality,
        missing=taken.missing,
        others=others,
        calibration=taken.calibration,
        level=taken.level,
    )


def _result(taken: Taken, summary: Summary) -> dict[str, Any]:
    result: dict[str, Any] = {
        "pictures": len(taken.appearance.embeddings),
        "quality": taken.quality,
        "score": summary.score,
        "expected-false-reject": summary.expected_misses,
    }
    if summary.advice:
        result["advice"] = list(summary.advice)
    return result


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
