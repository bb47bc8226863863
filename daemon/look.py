"""The one pair of eyes: a thread that owns the camera and the models, and serves every look.

Jobs come and go; the camera is open while there is one, and each frame is shown to all of them, the
newest first and stale ones never. Nothing here blocks the event loop: what happens is told through
`post`, which must be safe to call from another thread.
"""

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from daemon.contract import Reason
from daemon.errors import SourceBusyError, SourceError, SourceLostError

if TYPE_CHECKING:
    from daemon.judging import Models, SharedPipeline
    from daemon.sources.base import Frame, FrameSource

_POLL_SECONDS = 0.1
_FAREWELL_SECONDS = 0.4


class CameraState(StrEnum):
    """How the camera is."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    BUSY = "busy"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class CameraReport:
    """The camera's state; `problem` is one line where it is busy or missing."""

    state: CameraState
    name: str = ""
    infrared: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What recognises; without an embedder, `problem` says why there is none."""

    embedder: str = ""
    model_id: str = ""
    precision: str = ""
    detector: str = ""
    threshold: float = 0.0
    problem: str = ""

    @property
    def loaded(self) -> bool:
        """Whether the models are in memory."""
        return bool(self.embedder) and not self.problem


@dataclass(frozen=True, slots=True)
class View:
    """What a job needs to see with, while the camera is open."""

    models: "Models"
    pipeline: "SharedPipeline"
    still: bool


class Job(Protocol):
    """Something that wants frames. All but the attributes is called in the eye's thread."""

    @property
    def rate(self) -> float:
        """Frames a second that it wants now."""
        ...

    @property
    def deadline(self) -> float:
        """When it has seen enough, on `time.monotonic`; infinity for never."""
        ...

    @property
    def patient(self) -> bool:
        """Whether it waits for a camera that is missing or lost."""
        ...

    def begin(self, view: View) -> None:
        """The camera is open; called again after it was lost and found."""
        ...

    def see(self, frame: "Frame") -> bool:
        """One frame; True where the job is done."""
        ...

    def end(self, reason: Reason | None, problem: str) -> None:
        """It is over: by itself or at its deadline (None), or for `reason`."""
        ...


class Opener(Protocol):
    """What the eye is given to work with."""

    def load(self) -> "Models":
        """Loads the networks; raises FacelatchError."""
        ...

    def open(self) -> "FrameSource":
        """Opens the camera; raises SourceError."""
        ...

    @property
    def patience(self) -> float:
        """Seconds without a frame after which the camera counts as lost."""
        ...

    @property
    def retry(self) -> float:
        """Seconds between two tries of a camera that is busy or missing."""
        ...

    @property
    def linger(self) -> float:
        """Seconds that the camera stays open after the last job."""
        ...

    @property
    def unload(self) -> float:
        """Seconds without a job after which the models are unloaded; 0: never."""
        ...


class Eye:
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
        self._jobs: list[Job] = []
        self._preload = False
        self._hurry = False
        self._reopen = False
        self._closed = False
        self._blind = False
        self._models: Models | None = None
        self._stale_models = False
        self._source: FrameSource | None = None
        self._on_since: float | None = None
        self._on_seconds = 0.0
        self.frames = 0
        """Frames that were read since the start."""
        self._thread = threading.Thread(target=self._run, name="eye", daemon=True)
        self._thread.start()

    @property
    def on_seconds(self) -> float:
        """Seconds that the camera was open so far."""
        since = self._on_since
        return self._on_seconds + (0.0 if since is None else time.monotonic() - since)

    def add(self, job: Job) -> None:
        """Begins a job."""
        with self._changed:
            self._jobs.append(job)
            self._hurry = True
            self._changed.notify_all()

    def drop(self, job: Job) -> None:
        """Forgets a job; its `end` is not called."""
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)
            self._changed.notify_all()

    def preload(self) -> None:
        """Loads the models now rather than when they are needed."""
        with self._changed:
            self._preload = True
            self._changed.notify_all()

    def cover(self, *, covered: bool) -> None:
        """While covered the camera is released and jobs wait: the machine is going to sleep."""
        with self._changed:
            self._blind = covered
            self._changed.notify_all()
            source = self._source
        # From here, because the thread may be in the middle of a read.
        if covered and source is not None:
            source.close()

    def configure(self, opener: Opener, *, models: bool, camera: bool) -> None:
        """Goes on with another opener; says which parts of it are new."""
        with self._changed:
            self._opener = opener
            self._stale_models |= models
            self._reopen |= camera
            self._changed.notify_all()

    def close(self) -> None:
        """Releases the camera and ends the thread, or leaves it where it hangs."""
        with self._changed:
            self._closed = True
            self._jobs.clear()
            self._changed.notify_all()
            source = self._source
        if source is not None:
            source.close()
        self._thread.join(_FAREWELL_SECONDS)

    def _run(self) -> None:
        while True:
            try:
                if not self._wait():
                    return
                self._serve()
            except Exception as error:
                self._end_all(Reason.INTERNAL, f"{type(error).__name__}: {error}")

    def _wait(self) -> bool:
        """Waits for work; False once closed. Idle models are unloaded here."""
        with self._changed:
            while not self._closed:
                if self._preload or (self._jobs and not self._blind):
                    return True
                unload = self._opener.unload if self._models is not None else 0.0
                if not self._changed.wait(unload or None) and unload and not self._jobs:
                    self._unload("")
            return False

    def _serve(self) -> None:
        """One time that the camera is open."""
        with self._changed:
            self._preload = self._reopen = False
        models = self._loaded()
        if models is None or not self._wanted():
            return
        source = self._opened()
        if source is None:
            return
        try:
            self._watch(source, models)
        except SourceLostError as error:
            self._trouble(CameraState.MISSING, Reason.CAMERA_LOST, str(error))
        except SourceError as error:
            self._trouble(CameraState.MISSING, Reason.CAMERA_LOST, str(error))
        finally:
            self._release(source)

    def _loaded(self) -> "Models | None":
        with self._changed:
            if self._stale_models:
                self._models, self._stale_models = None, False
            opener = self._opener
        if self._models is None:
            self._load(opener)
        return self._models

    def _load(self, opener: Opener) -> None:
        from models.errors import FacelatchError

        try:
            models = opener.load()
        except FacelatchError as error:
            self._tell_models(ModelReport(problem=str(error)))
            self._end_all(Reason.NO_MODEL, str(error))
            return
        self._models = models
        self._tell_models(
            ModelReport(
                models.embedder.name,
                models.embedder.model_id,
                models.embedder.precision,
                models.detector_name,
                models.embedder.threshold,
            )
        )

    def _unload(self, problem: str) -> None:
        self._models = None
        gc.collect()
        _trim_memory()
        self._tell_models(ModelReport(problem=problem))

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
            self._on_since = time.monotonic()
            covered = self._closed or self._blind
        if covered:
            self._release(source)
            return None
        self._tell_camera(_report(source))
        return source

    def _release(self, source: "FrameSource") -> None:
        source.close()
        with self._changed:
            self._source = None
            if self._on_since is not None:
                self._on_seconds += time.monotonic() - self._on_since
            self._on_since = None
        self._tell_camera(CameraReport(CameraState.CLOSED))

    def _trouble(self, state: CameraState, reason: Reason | None, problem: str) -> None:
        """Ends the jobs that do not wait, where there is a reason to, and waits a little."""
        for job in self._current():
            if reason is not None and not job.patient:
                self._finish(job, reason, problem)
        self._tell_camera(CameraReport(state, problem=problem))
        give_up = time.monotonic() + self._opener.retry
        with self._changed:
            self._hurry = False
            # Whoever comes now is told of a camera that works, or not, at once.
            while self._jobs and not (self._hurry or self._interrupted):
                now = time.monotonic()
                nearest = min(job.deadline for job in self._jobs)
                if now >= min(give_up, nearest):
                    break
                self._changed.wait(min(give_up, nearest) - now)
        late = Reason.CAMERA_BUSY if state is CameraState.BUSY else Reason.NO_CAMERA
        self._retire(late, problem)

    def _watch(self, source: "FrameSource", models: "Models") -> None:
        from daemon.judging import SharedPipeline
        from daemon.sources.throttle import Throttle
        from daemon.sources.worker import FrameWorker
        from models.detectors.following import FollowingDetector

        following = type(models)(
            FollowingDetector(models.detector), models.detector_name, models.embedder
        )
        view = View(models, SharedPipeline(following), source.still)
        throttled = Throttle(source, self._rate)
        begun: list[Job] = []
        with FrameWorker(throttled, stall_seconds=self._opener.patience) as worker:
            while self._staying():
                self._begin(view, begun)
                frame = worker.next(timeout=_POLL_SECONDS)
                if frame is not None:
                    self._show(frame, begun)
                elif worker.ended:
                    self._ended(source)
                    return
                self._retire(None, "")

    def _begin(self, view: View, begun: list[Job]) -> None:
        for job in self._current():
            if job not in begun:
                job.begin(view)
                begun.append(job)

    def _show(self, frame: "Frame", begun: list[Job]) -> None:
        self.frames += 1
        current = self._current()
        begun[:] = [job for job in begun if job in current]
        for job in begun:
            if job.see(frame):
                self._finish(job, None, "")

    def _ended(self, source: "FrameSource") -> None:
        """A clip begins again for whoever has not seen enough; pictures have shown all."""
        if self._interrupted:
            return
        for job in self._current():
            if not source.live and not job.patient:
                self._finish(job, None, "")
        with self._changed:
            if self._jobs and not self._closed:
                self._changed.wait(1.0 / self._rate() if not source.live else 0.01)

    def _staying(self) -> bool:
        """Whether the camera stays open: a job, or the hope of one."""
        with self._changed:
            if not self._jobs and not self._interrupted:
                self._changed.wait_for(
                    lambda: self._jobs or self._interrupted, timeout=self._opener.linger
                )
            return bool(self._jobs) and not self._interrupted

    @property
    def _interrupted(self) -> bool:
        """Whether the camera must be released, whatever is wanted."""
        return self._closed or self._blind or self._reopen

    def _rate(self) -> float:
        with self._changed:
            return max((job.rate for job in self._jobs), default=1.0)

    def _current(self) -> list[Job]:
        with self._changed:
            return list(self._jobs)

    def _wanted(self) -> bool:
        with self._changed:
            return bool(self._jobs) and not (self._closed or self._blind)

    def _retire(self, reason: Reason | None, problem: str) -> None:
        now = time.monotonic()
        for job in self._current():
            if now >= job.deadline:
                self._finish(job, reason, problem)

    def _finish(self, job: Job, reason: Reason | None, problem: str) -> None:
        with self._changed:
            if job not in self._jobs:
                return
            self._jobs.remove(job)
        job.end(reason, problem)

    def _end_all(self, reason: Reason, problem: str) -> None:
        for job in self._current():
            self._finish(job, reason, problem)

    def _tell_camera(self, report: CameraReport) -> None:
        self._post(lambda: self._on_camera(report))

    def _tell_models(self, report: ModelReport) -> None:
        self._post(lambda: self._on_models(report))


def _report(source: "FrameSource") -> CameraReport:
    node = getattr(source, "node", None)
    infrared = bool(getattr(node, "infrared", False))
    return CameraReport(CameraState.OPEN, source.description, infrared)


def _trim_memory() -> None:
    """Gives freed memory back to the system; glibc keeps it otherwise."""
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
