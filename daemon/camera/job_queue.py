"""The jobs and the camera's schedule, shared by the event loop and the camera's thread.

Of the queue's methods the event loop calls those before `closed`, the thread the others.
"""

import threading
import time

from daemon.api import Reason
from daemon.camera.job import Job
from daemon.camera.schedule import CameraSchedule
from daemon.config import Config

_SHORTEST_SECONDS = 0.001


class JobQueue:
    """Every method may be called from either side; each takes the lock. Times are monotonic."""

    def __init__(self, config: Config) -> None:
        self._changed = threading.Condition()
        self._schedule = CameraSchedule(config.camera, config.schedule)
        self._jobs: list[Job] = []
        self._blocks: set[str] = set()
        self._preload = False
        self._reopen = False
        self._closed = False

    @property
    def on_seconds(self) -> float:
        """Seconds that the camera was open so far."""
        with self._changed:
            return self._schedule.timer.seconds(time.monotonic())

    @property
    def attentive(self) -> bool:
        """Whether a face is in view that has had no verdict yet."""
        with self._changed:
            return self._schedule.selector.attentive(time.monotonic())

    def add(self, job: Job) -> None:
        """Begins a job; again, after its deadline was moved."""
        now = time.monotonic()
        with self._changed:
            if job not in self._jobs:
                self._jobs.append(job)
            if job.purpose.asks:
                # Whoever asks now is told of a camera that works, or not, at once.
                self._schedule.wake(now)
            _request(self._schedule, job, now)
            self._changed.notify_all()

    def drop(self, job: Job) -> None:
        """Forgets a job; its `end` is not called."""
        with self._changed:
            self._forget(job)

    def wake(self) -> None:
        """Watches begin anew, and a camera that was busy is tried."""
        with self._changed:
            self._schedule.wake(time.monotonic())
            self._changed.notify_all()

    def decided(self) -> None:
        """The face in view had its verdict."""
        with self._changed:
            self._schedule.selector.decided()

    def block(self, why: str, *, on: bool) -> None:
        """While blocked the camera is not wanted, and jobs wait."""
        with self._changed:
            (self._blocks.add if on else self._blocks.discard)(why)
            (self._schedule.block if on else self._schedule.unblock)(why, time.monotonic())
            self._changed.notify_all()

    def preload(self) -> None:
        """Models are wanted before any job is."""
        with self._changed:
            self._preload = True
            self._changed.notify_all()

    def configure(self, config: Config) -> None:
        """Goes on by another configuration; an open camera is to be opened anew."""
        now = time.monotonic()
        with self._changed:
            schedule = CameraSchedule(config.camera, config.schedule)
            schedule.timer = self._schedule.timer
            for why in self._blocks:
                schedule.block(why, now)
            for job in self._jobs:
                _request(schedule, job, now)
            self._schedule = schedule
            self._reopen = True
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing is wanted any more."""
        with self._changed:
            self._closed = True
            self._jobs.clear()
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nothing is wanted any more."""
        with self._changed:
            return self._closed

    @property
    def current(self) -> list[Job]:
        """The jobs as they are now."""
        with self._changed:
            return list(self._jobs)

    @property
    def rate(self) -> float:
        """Frames a second; infinity once the camera is to be closed: nobody waits then."""
        with self._changed:
            desired = self._schedule.desired(time.monotonic())
            ends = self._closed or self._reopen or not desired.open
        return float("inf") if ends else desired.rate

    def rest(self, seconds: float, rate: float) -> None:
        """Waits `seconds`, or until another rate than `rate` is wanted or may be."""
        with self._changed:
            until = self._schedule.desired(time.monotonic()).until - time.monotonic()
            self._changed.wait_for(lambda: self.rate != rate, min(seconds, until))

    def seconds_left(self, most: float) -> float:
        """Until the schedule or a deadline has to be looked at again, `most` at most."""
        now = time.monotonic()
        with self._changed:
            ends = [self._schedule.desired(now).until, *(job.deadline for job in self._jobs)]
        return min(max(min(ends) - now, 0.0), most)

    @property
    def staying(self) -> bool:
        """Whether the camera is wanted open, by the configuration it was opened by."""
        return self.rate < float("inf")

    @property
    def has_work(self) -> bool:
        """Whether the camera is to be opened, or the models loaded."""
        with self._changed:
            wanted = bool(self._jobs) and self._schedule.desired(time.monotonic()).open
            return self._preload or wanted

    def take_work(self) -> None:
        """The camera's thread sees to it: a later wish is a new one."""
        with self._changed:
            self._preload = self._reopen = False

    def wait(self, until: float = float("inf")) -> None:
        """Waits for a change, the schedule or `until`; not once closed or where there is work."""
        with self._changed:
            if self._closed or self.has_work:
                return
            seconds = self.seconds_left(max(until - time.monotonic(), 0.0))
            self._changed.wait(None if seconds == float("inf") else seconds)

    def pause(self, jobs: list[Job], seconds: float) -> None:
        """Waits `seconds` for a change, where one of `jobs` is still there."""
        with self._changed:
            if any(job in jobs for job in self._jobs):
                self._changed.wait(seconds)

    def selects(self, change: float) -> bool:
        """Whether a frame in which `change` of the picture differs is to be analysed."""
        with self._changed:
            return self._schedule.selects(time.monotonic(), change)

    def analysed(self, *, face: bool) -> None:
        """A frame of a watched scene was analysed."""
        with self._changed:
            self._schedule.analysed(time.monotonic(), face=face)
            self._changed.notify_all()  # the rate may be another

    def opened(self) -> None:
        """The camera is open, seen by its thread at this moment."""
        with self._changed:
            self._schedule.opened(time.monotonic())

    def released(self) -> None:
        """The camera is closed, wanted or not: it is no failure, and may be opened at once."""
        with self._changed:
            self._schedule.closed(time.monotonic())

    def failed(self) -> None:
        """The camera or the models could not be had: the next try is not at once."""
        with self._changed:
            self._schedule.failed(time.monotonic())

    def retire(self, reason: Reason | None) -> None:
        """Ends the jobs whose deadline has passed."""
        for job in self.current:
            if time.monotonic() >= job.deadline:
                self.finish(job, reason, "")

    def finish(self, job: Job, reason: Reason | None, problem: str) -> None:
        """Ends a job, unless it was dropped meanwhile."""
        with self._changed:
            if job not in self._jobs:
                return
            self._forget(job)
        job.end(reason, problem)

    def finish_impatient(self, reason: Reason | None, problem: str) -> None:
        """Ends every job that does not wait for a camera."""
        for job in filter(lambda one: not one.patient, self.current):
            self.finish(job, reason, problem)

    def _forget(self, job: Job) -> None:
        if job in self._jobs:
            self._jobs.remove(job)
        self._schedule.release(_name(job), time.monotonic())
        self._changed.notify_all()


def _name(job: Job) -> str:
    return f"{id(job):x}"


def _request(schedule: CameraSchedule, job: Job, now: float) -> None:
    seconds = max(job.deadline - now, _SHORTEST_SECONDS)
    schedule.request(_name(job), job.purpose, now, seconds=seconds)
