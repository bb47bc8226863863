"""The thread that owns the camera and the models, and serves every job.

Jobs come and go; the camera is open while there is one, and each frame is shown to all of them, the
newest first and stale ones never. Nothing here blocks the event loop: what happens is told through
`post`, which must be safe to call from another thread.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.api import Reason
from daemon.camera.job import Job
from daemon.camera.job_queue import JobQueue
from daemon.camera.model_loader import ModelLoader
from daemon.camera.opener import Opener
from daemon.camera.reports import CameraReport, CameraState, ModelReport
from daemon.camera.source_report import camera_report
from daemon.errors import SourceBusyError, SourceError, SourceLostError
from daemon.system import malloc
from models.errors import FacelatchError

if TYPE_CHECKING:
    from daemon.recognition.models import Models
    from daemon.sources.base import FrameSource

_STOP_TIMEOUT_SECONDS = 0.4
_LONGEST_STEP_SECONDS = 90.0
"""No frame, no opening of a camera and no loading of models takes that long."""


class _ShowsColourError(SourceLostError):
    """What calls itself infrared and is not, where only such will do."""


class _OpenSource:
    """The source that is open, which other threads ask about and close."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._source: FrameSource | None = None
        self._report = CameraReport(CameraState.CLOSED)

    def get(self) -> "tuple[FrameSource | None, CameraReport]":
        """The source, None where none is open, and the report of it when it was opened."""
        with self._lock:
            return self._source, self._report

    def put(self, source: "FrameSource") -> CameraReport:
        """It was opened."""
        report = camera_report(source)
        with self._lock:
            self._source, self._report = source, report
        return report

    def forget(self) -> bool:
        """It was closed; whether there was one."""
        with self._lock:
            source, self._source = self._source, None
        return source is not None

    def close(self) -> None:
        """From another thread, because the camera's may be in the middle of a read."""
        source, _ = self.get()
        if source is not None:
            source.close()

    def may_stay(self, opener: Opener) -> bool:
        """Whether it is the camera that was opened, and one that may be used."""
        source, report = self.get()
        if source is None:
            return True
        return camera_report(source).identity == report.identity and opener.may_use(source)


class CameraWorker:
    """The thread. `on_camera` and `on_models` are posted, like all that jobs tell; `on_colour` is
    called in it, before the source is asked about again: what calls itself infrared shows colour.
    """

    def __init__(
        self,
        opener: Opener,
        *,
        post: Callable[[Callable[[], None]], None],
        on_camera: Callable[[CameraReport], None],
        on_models: Callable[[ModelReport], None],
        on_colour: Callable[["FrameSource"], None],
    ) -> None:
        self._post = post
        self._on_camera = on_camera
        self._on_colour = on_colour
        self._queue = JobQueue(opener.config)
        self._loader = ModelLoader(opener, lambda report: post(lambda: on_models(report)))
        self._busy_since: float | None = None
        self._late_reason: Reason | None = None
        """Why there was no camera, for who has waited for one until the deadline."""
        self._open = _OpenSource()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    @property
    def on_seconds(self) -> float:
        """Seconds that the camera was open so far."""
        return self._queue.on_seconds

    @property
    def attentive(self) -> bool:
        """Whether a face is in view that has had no verdict yet."""
        return self._queue.attentive

    @property
    def hangs(self) -> bool:
        """Whether the thread has been at one thing for longer than anything takes."""
        since = self._busy_since
        busy = since is not None and time.monotonic() - since > _LONGEST_STEP_SECONDS
        return busy or not self._thread.is_alive()

    def add(self, job: Job) -> None:
        """Begins a job; again, after its deadline was moved."""
        self._queue.add(job)

    def drop(self, job: Job) -> None:
        """Forgets a job; its `end` is not called."""
        self._queue.drop(job)

    def wake(self) -> None:
        """Something happened that may have brought somebody before the camera."""
        self._queue.wake()

    def decided(self) -> None:
        """The face in view had its verdict: watches need not hurry before something moves."""
        self._queue.decided()

    def block(self, why: str, *, on: bool) -> None:
        """While blocked the camera is released, at once, and jobs wait."""
        self._queue.block(why, on=on)
        if on:
            self._open.close()

    def preload(self) -> None:
        """Loads the models now rather than when they are needed."""
        self._queue.preload()

    def configure(self, opener: Opener, *, models: bool) -> None:
        """Goes on with another opener; the models are loaded anew where they are others."""
        self._loader.configure(opener, anew=models)
        self._queue.configure(opener.config)

    def recheck(self) -> None:
        """Other cameras are known or connected: one that may be used no more is released."""
        opener = self._loader.opener
        if not self._open.may_stay(opener):
            self._queue.configure(opener.config)
            self._open.close()

    def close(self) -> None:
        """Releases the camera and ends the thread, or leaves it where it hangs."""
        self._queue.close()
        self._open.close()
        self._thread.join(_STOP_TIMEOUT_SECONDS)

    def _run(self) -> None:
        while True:
            try:
                self._busy_since = None
                if not self._wait():
                    return
                self._alive()
                self._serve()
            except Exception as error:
                # A fault of ours ends every attempt; nothing is recognised by it.
                problem = f"{type(error).__name__}: {error}"
                self._no_camera(CameraState.MISSING, Reason.INTERNAL, problem)

    def _alive(self) -> None:
        self._busy_since = time.monotonic()

    def _wait(self) -> bool:
        """Waits for work; False once closed. Idle models are unloaded here."""
        while not self._queue.closed:
            self._queue.retire(self._late_reason)
            if self._queue.has_work:
                return True
            unload_at = float("inf") if self._queue.current else self._loader.unload_at
            if time.monotonic() >= unload_at:
                self._loader.unload()
            else:
                self._queue.wait(unload_at)
        return False

    def _serve(self) -> None:
        """One time that the camera is open."""
        self._queue.take_work()
        models = self._loaded()
        if models is None or not self._queue.staying or (source := self._opened()) is None:
            return
        try:
            self._play(source, models)
        except SourceError as error:
            # A source that was closed under the thread's hands is no camera that was lost. Whoever
            # hears of the colour closes it as well.
            if isinstance(error, _ShowsColourError) or self._queue.staying:
                self._no_camera(CameraState.MISSING, Reason.CAMERA_LOST, str(error))
        finally:
            self._release(source)
            malloc.give_back()  # what the frames took
            self._loader.used()

    def _play(self, source: "FrameSource", models: "Models") -> None:
        from daemon.camera.frame_loop import FrameLoop
        from daemon.camera.stream_check import StreamCheck

        camera = self._loader.opener.config.camera
        infrared = self._open.get()[1].infrared
        check = StreamCheck(source, infrared=infrared, on_colour=lambda: self._coloured(source))
        FrameLoop(self._queue, source, models, camera=camera, alive=self._alive, check=check).run()

    def _coloured(self, source: "FrameSource") -> None:
        """What calls itself infrared is not; raises _ShowsColourError where only such will do."""
        self._on_colour(source)
        if not self._loader.opener.may_use(source):
            raise _ShowsColourError(f"{source.description} calls itself infrared but shows colour")
        self._tell_camera(replace(camera_report(source), infrared=False))

    def _loaded(self) -> "Models | None":
        try:
            return self._loader.get()
        except FacelatchError as error:
            # Watches ask again by themselves, but not at once.
            self._queue.failed()
            self._queue.finish_impatient(Reason.NO_MODEL, str(error))
            return None

    def _opened(self) -> "FrameSource | None":
        self._tell_camera(CameraReport(CameraState.OPENING))
        try:
            source = self._loader.opener.open()
        except SourceBusyError as error:
            self._no_camera(CameraState.BUSY, None, str(error))
            return None
        except SourceError as error:
            self._no_camera(CameraState.MISSING, Reason.NO_CAMERA, str(error))
            return None
        self._late_reason = None
        self._queue.opened()
        self._tell_camera(self._open.put(source))
        if not self._loader.opener.may_use(source):
            # What is known of cameras has changed while it was opened: the next try is not at once.
            self._queue.failed()
        elif self._queue.staying:
            return source
        self._release(source)
        return None

    def _release(self, source: "FrameSource") -> None:
        source.close()
        if self._open.forget():
            self._queue.released()
            self._tell_camera(CameraReport(CameraState.CLOSED))

    def _no_camera(self, state: CameraState, reason: Reason | None, problem: str) -> None:
        """Ends the jobs that do not wait, where there is a reason to; the others wait."""
        self._queue.failed()
        busy = state is CameraState.BUSY
        self._late_reason = Reason.CAMERA_BUSY if busy else Reason.NO_CAMERA
        # First: whoever hears that an attempt has ended may ask what the trouble is.
        self._tell_camera(CameraReport(state, problem=problem))
        if reason is not None:
            self._queue.finish_impatient(reason, problem)

    def _tell_camera(self, report: CameraReport) -> None:
        self._post(lambda: self._on_camera(report))
