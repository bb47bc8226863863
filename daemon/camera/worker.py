"""The one pair of eyes: a thread that owns the camera and the models, and serves every look.

Jobs come and go; the camera is open while there is one, and each frame is shown to all of them, the
newest first and stale ones never. Nothing here blocks the event loop: what happens is told through
`post`, which must be safe to call from another thread.
"""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from daemon.api import Reason
from daemon.camera.job import (
    CameraReport,
    CameraState,
    Job,
    ModelReport,
    Opener,
    View,
    camera_report,
    model_report,
)
from daemon.camera.schedule import Duty, Want
from daemon.config import Config
from daemon.errors import SourceBusyError, SourceError
from daemon.system import malloc
from models.errors import FacelatchError

if TYPE_CHECKING:
    from daemon.recognition.verifier import Models, Motion
    from daemon.sources.base import Frame, FrameSource

_POLL_SECONDS = 0.1
_STOP_TIMEOUT_SECONDS = 0.4
_LONGEST_STEP_SECONDS = 90.0
"""No frame, no opening of a camera and no loading of models takes that long."""


class CameraWorker:
    """The thread. `on_camera` and `on_models` are posted, like all that jobs tell."""

    def __init__(
        self,
        opener: Opener,
        *,
        post: Callable[[Callable[[], None]], None],
        on_camera: Callable[[CameraReport], None],
        on_models: Callable[[ModelReport], None],
    ) -> None:
        self._opener = opener
        self._post = post
        self._on_camera = on_camera
        self._on_models = on_models
        self._changed = threading.Condition()
        self._duty = Duty(opener.config.camera, opener.config.duty)
        self._jobs: list[Job] = []
        self._blocks: set[str] = set()
        self._preload = False
        self._reopen = False
        self._closed = False
        self._models: Models | None = None
        self._stale_models = False
        self._used = time.monotonic()
        self._busy_since: float | None = None
        self._late_reason: Reason | None = None
        self._source: FrameSource | None = None
        self.frames = 0
        """Frames that were looked at since the start."""
        self._thread = threading.Thread(target=self._run, name="eye", daemon=True)
        self._thread.start()

    @property
    def on_seconds(self) -> float:
        """Seconds that the camera was open so far."""
        with self._changed:
            return self._duty.meter.seconds(time.monotonic())

    @property
    def attentive(self) -> bool:
        """Whether a face is in view that nobody has judged yet."""
        with self._changed:
            return self._duty.gate.attentive(time.monotonic())

    @property
    def hangs(self) -> bool:
        """Whether the thread has been at one thing for longer than anything takes."""
        since = self._busy_since
        busy = since is not None and time.monotonic() - since > _LONGEST_STEP_SECONDS
        return busy or not self._thread.is_alive()

    def add(self, job: Job) -> None:
        """Begins a job; again, after its deadline was moved."""
        now = time.monotonic()
        with self._changed:
            if job not in self._jobs:
                self._jobs.append(job)
            if job.want is not Want.WATCH:
                # Whoever asks now is told of a camera that works, or not, at once.
                self._duty.wake(now)
            seconds = max(job.deadline - now, 0.001)
            self._duty.want(_name(job), job.want, now, seconds=seconds)
            self._changed.notify_all()

    def drop(self, job: Job) -> None:
        """Forgets a job; its `end` is not called."""
        with self._changed:
            self._forget(job)

    def wake(self) -> None:
        """Something happened that may have brought somebody before the camera."""
        with self._changed:
            self._duty.wake(time.monotonic())
            self._changed.notify_all()

    def judged(self) -> None:
        """The face in view had its verdict: watches need not hurry before something moves."""
        with self._changed:
            self._duty.gate.judged()

    def block(self, why: str, *, on: bool) -> None:
        """While blocked the camera is released, at once, and jobs wait."""
        now = time.monotonic()
        with self._changed:
            if on:
                self._blocks.add(why)
                self._duty.block(why, now)
            else:
                self._blocks.discard(why)
                self._duty.unblock(why, now)
            self._changed.notify_all()
            source = self._source
        # From here, because the thread may be in the middle of a read.
        if on and source is not None:
            source.close()

    def preload(self) -> None:
        """Loads the models now rather than when they are needed."""
        with self._changed:
            self._preload = True
            self._changed.notify_all()

    def configure(self, opener: Opener, *, models: bool) -> None:
        """Goes on with another opener; the models are loaded anew where they are others."""
        now = time.monotonic()
        with self._changed:
            self._opener = opener
            self._stale_models |= models
            self._duty = self._another_duty(opener.config, now)
            self._reopen = True
            self._changed.notify_all()

    def _another_duty(self, config: Config, now: float) -> Duty:
        """A duty of another configuration, for the jobs and blocks that there are."""
        duty = Duty(config.camera, config.duty)
        duty.meter = self._duty.meter
        for why in self._blocks:
            duty.block(why, now)
        for job in self._jobs:
            duty.want(_name(job), job.want, now, seconds=max(job.deadline - now, 0.001))
        return duty

    def close(self) -> None:
        """Releases the camera and ends the thread, or leaves it where it hangs."""
        with self._changed:
            self._closed = True
            self._jobs.clear()
            self._changed.notify_all()
            source = self._source
        if source is not None:
            source.close()
        self._thread.join(_STOP_TIMEOUT_SECONDS)

    def _run(self) -> None:
        while True:
            try:
                self._busy_since = None
                if not self._wait():
                    return
                self._busy_since = time.monotonic()
                self._serve()
            except Exception as error:
                self._fault(error)

    def _wait(self) -> bool:
        """Waits for work; False once closed. Idle models are unloaded here."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                self._retire(self._late_reason)
                desired = self._duty.desired(now)
                if self._preload or (desired.open and self._jobs):
                    return True
                until = min(desired.until, self._unload_at(), *(job.deadline for job in self._jobs))
                if now >= self._unload_at():
                    self._unload()
                    continue
                self._changed.wait(None if until == float("inf") else max(until - now, 0.0))
            return False

    def _unload_at(self) -> float:
        seconds = self._opener.config.loading.unload_seconds
        if not seconds or self._models is None or self._jobs:
            return float("inf")
        return self._used + seconds

    def _serve(self) -> None:
        """One time that the camera is open."""
        with self._changed:
            self._preload = self._reopen = False
        models = self._loaded()
        if models is None or not self._staying() or (source := self._opened()) is None:
            return
        try:
            self._play(source, models)
        except SourceError as error:
            # A source that was closed under the thread's hands is no camera that was lost.
            if self._staying():
                self._trouble(CameraState.MISSING, Reason.CAMERA_LOST, str(error))
        finally:
            self._release(source)
            self._used = time.monotonic()

    def _loaded(self) -> "Models | None":
        with self._changed:
            if self._stale_models:
                self._models, self._stale_models = None, False
            opener = self._opener
        if self._models is None:
            self._load(opener)
        return self._models

    def _load(self, opener: Opener) -> None:
        try:
            models = opener.load()
        except FacelatchError as error:
            self._tell_models(ModelReport(problem=str(error)))
            with self._changed:
                # Watches ask again by themselves, but not at once.
                self._duty.failed(time.monotonic())
            for job in self._current():
                if not job.patient:
                    self._finish(job, Reason.NO_MODEL, str(error))
            return
        self._models = models
        self._used = time.monotonic()
        self._tell_models(model_report(models))

    def _unload(self) -> None:
        self._models = None
        malloc.trim()
        self._tell_models(ModelReport())

    def _opened(self) -> "FrameSource | None":
        self._tell_camera(CameraReport(CameraState.OPENING))
        try:
            source = self._opener.open()
        except SourceBusyError as error:
            self._trouble(CameraState.BUSY, None, str(error))
            return None
        except SourceError as error:
            self._trouble(CameraState.MISSING, Reason.NO_CAMERA, str(error))
            return None
        with self._changed:
            self._source = source
            self._late_reason = None
            self._duty.opened(time.monotonic())
        self._tell_camera(camera_report(source))
        if not self._staying():
            self._release(source)
            return None
        return source

    def _release(self, source: "FrameSource") -> None:
        source.close()
        with self._changed:
            if self._source is None:
                return
            self._source = None
            self._duty.closed(time.monotonic())
        self._tell_camera(CameraReport(CameraState.CLOSED))

    def _trouble(self, state: CameraState, reason: Reason | None, problem: str) -> None:
        """Ends the jobs that do not wait, where there is a reason to; the others wait."""
        with self._changed:
            self._duty.failed(time.monotonic())
            self._late_reason = (
                Reason.CAMERA_BUSY if state is CameraState.BUSY else Reason.NO_CAMERA
            )
        for job in self._current():
            if reason is not None and not job.patient:
                self._finish(job, reason, problem)
        self._tell_camera(CameraReport(state, problem=problem))

    def _play(self, source: "FrameSource", models: "Models") -> None:
        from daemon.recognition.verifier import Motion, follower
        from daemon.sources.reader import FrameWorker
        from daemon.sources.throttle import Throttle

        view = View(models, follower(models), source.still)
        begun: list[Job] = []
        shown: list[Job] = []
        motion = Motion()
        patience = max(self._opener.config.camera.frame_seconds, _POLL_SECONDS)
        with FrameWorker(Throttle(source, self._rate), stall_seconds=patience) as worker:
            while self._staying():
                self._begin(view, begun)
                self._busy_since = time.monotonic()
                frame = worker.next(timeout=_POLL_SECONDS)
                if frame is not None:
                    shown = self._show(frame, motion)
                elif worker.ended:
                    self._ended(source, shown)
                    return
                self._retire(None)

    def _begin(self, view: View, begun: list[Job]) -> None:
        current = self._current()
        for job in current:
            if job not in begun:
                job.begin(view)
        begun[:] = current

    def _show(self, frame: "Frame", motion: "Motion") -> list[Job]:
        """Shows a frame to whom it concerns; to whom that is."""
        now = time.monotonic()
        jobs = self._current()
        attempts = [job for job in jobs if job.want is not Want.WATCH]
        change = motion.change(frame.image) if not attempts else 1.0
        with self._changed:
            worth = self._duty.worth(now, change)
        self.frames += worth
        for job in attempts or jobs:
            seen = job.see(frame, worth=worth)
            if worth and not attempts:
                with self._changed:
                    self._duty.gate.looked(now, face=seen.face)
            if seen.done:
                self._finish(job, None, "")
        return attempts or jobs

    def _ended(self, source: "FrameSource", shown: list[Job]) -> None:
        """A clip begins again for whoever has not seen enough; pictures have shown all."""
        if not self._staying():
            return
        # Who came when the pictures were over is shown them from the beginning.
        for job in shown:
            if not source.live and not job.patient:
                self._finish(job, None, "")
        with self._changed:
            if any(job in shown for job in self._jobs) and not source.live:
                self._changed.wait(1.0 / self._rate())

    def _staying(self) -> bool:
        """Whether the camera is wanted open."""
        return self._rate() < float("inf")

    def _rate(self) -> float:
        """Frames a second; no bound once the camera is to be closed: nobody waits then."""
        with self._changed:
            desired = self._duty.desired(time.monotonic())
            staying = desired.open and not (self._closed or self._reopen)
            return desired.rate if staying else float("inf")

    def _current(self) -> list[Job]:
        with self._changed:
            return list(self._jobs)

    def _retire(self, reason: Reason | None) -> None:
        now = time.monotonic()
        for job in self._current():
            if now >= job.deadline:
                self._finish(job, reason, "")

    def _finish(self, job: Job, reason: Reason | None, problem: str) -> None:
        with self._changed:
            if job not in self._jobs:
                return
            self._forget(job)
        job.end(reason, problem)

    def _forget(self, job: Job) -> None:
        if job in self._jobs:
            self._jobs.remove(job)
        self._duty.unwant(_name(job), time.monotonic())
        self._changed.notify_all()

    def _fault(self, error: Exception) -> None:
        """A fault of ours ends every look; nothing is recognised by it."""
        self._trouble(CameraState.MISSING, Reason.INTERNAL, f"{type(error).__name__}: {error}")

    def _tell_camera(self, report: CameraReport) -> None:
        self._post(lambda: self._on_camera(report))

    def _tell_models(self, report: ModelReport) -> None:
        self._post(lambda: self._on_models(report))


def _name(job: Job) -> str:
    return f"{id(job):x}"
