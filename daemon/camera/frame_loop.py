"""One time that the camera is open: each frame is analysed once, for all jobs that it concerns."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from daemon.camera.job import Job, StreamInfo
from daemon.camera.job_queue import JobQueue
from daemon.camera.motion import Motion
from daemon.camera.schedule import Purpose
from daemon.camera.stream_check import StreamCheck
from daemon.config import Camera
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.observe import analyse
from daemon.recognition.scene import SceneObserver, flawed
from daemon.sources.reader import FrameWorker
from daemon.sources.throttle import Throttle
from daemon.sources.turned import turned
from models.liveness.masks import MaskFinder

if TYPE_CHECKING:
    from daemon.recognition.models import Models
    from daemon.sources.base import Frame, FrameSource

POLL_SECONDS = 0.6
"""Longest wait for a frame before anything else is looked at: a little longer than from one frame
of an empty room to the next. What the schedule wants sooner brings a frame (`JobQueue.rest`)."""


class FrameLoop:
    """Shows the frames of an open source to the jobs, for as long as the camera is wanted.

    `alive` is called at least every POLL_SECONDS while all is well; `camera.frame_seconds` without
    a frame are a source that was lost. `check` is shown every frame first.
    """

    def __init__(
        self,
        queue: JobQueue,
        source: "FrameSource",
        models: "Models",
        *,
        camera: Camera,
        alive: Callable[[], None],
        check: StreamCheck,
    ) -> None:
        self._queue = queue
        self._source = turned(source, camera.rotate)
        self._check = check
        self._stream = StreamInfo(models.info, source.still)
        # What moves from frame to frame is followed; between two frames of a watch, seconds apart,
        # anything may have happened.
        self._following = models.following_pipeline()
        self._single = models.pipeline()
        self._glancing = models.glancing_pipeline()
        self._liveness = models.liveness_observer()
        self._scene = SceneObserver(
            models.detector, rotated=camera.rotate, still=source.still, masked=MaskFinder()
        )
        self._stall_seconds = camera.frame_seconds
        self._alive = alive
        self._motion = Motion()
        self._begun: list[Job] = []
        self._shown: list[Job] = []

    def run(self) -> None:
        """Until the camera is wanted no more, or the source has ended; raises SourceError."""
        queue = self._queue
        throttle = Throttle(self._source, lambda: queue.rate, rest=queue.rest)
        with FrameWorker(throttle, stall_seconds=self._stall_seconds) as reader:
            while queue.staying:
                self._begin()
                self._alive()
                frame = reader.next(timeout=queue.seconds_left(POLL_SECONDS))
                if frame is not None:
                    self._begin()  # also for who has come meanwhile
                    self._show(frame)
                elif reader.ended:
                    self._source_ended()
                    return
                queue.retire(None)

    def _begin(self) -> None:
        current = self._queue.current
        for job in current:
            if job not in self._begun:
                job.begin(self._stream)
                self._following.renew()
        self._begun = current

    def _show(self, frame: "Frame") -> None:
        self._check.see(frame)
        jobs = self._queue.current
        asked = [job for job in jobs if job.purpose.asks]
        self._shown = asked or jobs
        analysed = self._analysed(frame, asked=bool(asked))
        # First, so that whoever is shown the frame knows that a face is in view.
        if analysed is not None and not asked:
            self._queue.analysed(face=bool(analysed.analysis.faces))
        for job in self._shown:
            if job.on_picture is not None:
                job.on_picture(frame.image)
            outcome = job.see(analysed)
            if outcome.done:
                self._queue.finish(job, None, "")

    def _analysed(self, frame: "Frame", *, asked: bool) -> AnalysedFrame | None:
        """The frame, None where only watches would see it and the scene is as it was."""
        if asked:
            holds = all(job.purpose is Purpose.ATTEMPT for job in self._shown)
            return analyse(self._following, frame, self._liveness, self._scene, holds=holds)
        selected = self._queue.selects(self._motion.change(frame.image))
        # While the camera lingers nobody is shown anything.
        if not (selected and self._shown):
            return None
        glances = all(job.purpose is Purpose.GLANCE for job in self._shown)
        return flawed(frame, analyse(self._glancing if glances else self._single, frame))

    def _source_ended(self) -> None:
        """A clip begins again for whoever has not seen enough; pictures have shown all."""
        if self._source.live or not self._queue.staying:
            return
        # Who came when the pictures were over is shown them from the beginning.
        for job in self._shown:
            if not job.patient:
                self._queue.finish(job, None, "")
        self._queue.pause(self._shown, 1.0 / self._queue.rate)
