"""The jobs that the service has with the camera worker, by the numbers that the worker knows."""

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from daemon.api import Reason
from daemon.camera.job import Job, StreamInfo
from daemon.camera.protocol import Add, Drop, FromService
from daemon.recognition.frames import AnalysedFrame

_GRACE_SECONDS = 3.0
"""By which a worker may end a job late: it may be in the middle of a frame."""


@dataclass(eq=False)
class _Entry:
    job: Job
    timer: asyncio.TimerHandle | None = None
    stream: StreamInfo | None = None
    """Of the open camera that it has begun with."""
    size: tuple[int, int] | None = None

    def goes_on_with(self, frame: AnalysedFrame) -> bool:
        """Whether a frame is of the size of the one before, as those of one stream are."""
        before, self.size = self.size, frame.size
        return before in (None, frame.size) or (self.stream is not None and self.stream.still)

    def cancel(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class RemoteJobs:
    """Lives in the event loop. `send` says something to the worker, where one is connected."""

    def __init__(self, send: Callable[[FromService], None]) -> None:
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._entries: dict[int, _Entry] = {}
        self._last = 0

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, job: Job) -> None:
        """Begins a job; again, after its deadline was moved."""
        number = self._number_of(job)
        if number is None:
            number = self._last = self._last % 0xFFFF_FFFF + 1
            self._entries[number] = _Entry(job)
        entry = self._entries[number]
        entry.cancel()
        if math.isfinite(job.deadline):
            late = max(job.deadline - self._loop.time(), 0.0) + _GRACE_SECONDS
            entry.timer = self._loop.call_later(late, self._overdue, number)
        self._send(self._added(number, job))

    def drop(self, job: Job) -> None:
        """Forgets a job; its `end` is not called."""
        number = self._number_of(job)
        if number is not None:
            self._entries.pop(number).cancel()
            self._send(Drop(number))

    def with_pictures(self, job: Job) -> Add | None:
        """What says that the job's pictures are wanted, None where there is no such job."""
        number = self._number_of(job)
        return None if number is None else self._added(number, job, pictures=True)

    def knows(self, number: int) -> bool:
        """Whether there is a job of this number."""
        return number in self._entries

    def begin(self, number: int, stream: StreamInfo) -> None:
        """The camera is open for this job."""
        entry = self._entries[number]
        entry.stream, entry.size = stream, None
        entry.job.begin(stream)

    def pause(self) -> None:
        """Until the next beginning no frame is for anybody: the camera is another, or closed."""
        for entry in self._entries.values():
            entry.stream = None

    def show(self, numbers: Iterable[int], frame: AnalysedFrame | None) -> None:
        """A frame for these jobs; for those that have not begun it is none."""
        for number in numbers:
            entry = self._entries.get(number)
            if entry is None or entry.stream is None:
                continue
            if frame is not None and not entry.goes_on_with(frame):
                # A worker ends such a stream itself; what was seen before counts no more.
                entry.job.begin(entry.stream)
            if entry.job.see(frame).done:
                self._send(Drop(number))
                self.end(number, None, "")

    def end(self, number: int, reason: Reason | None, problem: str) -> None:
        """A job is over; nothing where there is none of this number."""
        entry = self._entries.pop(number, None)
        if entry is not None:
            entry.cancel()
            entry.job.end(reason, problem)

    def lost(self, problem: str) -> None:
        """The worker has gone: jobs that cannot wait end, the others begin anew with the next."""
        self.pause()
        for number, entry in list(self._entries.items()):
            if not entry.job.patient:
                self.end(number, Reason.CAMERA_LOST, problem)

    def resend(self) -> None:
        """Says all jobs to a worker that knows none."""
        for number, entry in self._entries.items():
            self._send(self._added(number, entry.job))

    def close(self) -> None:
        """Forgets all of them."""
        for entry in self._entries.values():
            entry.cancel()
        self._entries.clear()

    def _number_of(self, job: Job) -> int | None:
        return next((number for number, one in self._entries.items() if one.job is job), None)

    def _added(self, number: int, job: Job, *, pictures: bool = False) -> Add:
        left = job.deadline if math.isinf(job.deadline) else job.deadline - self._loop.time()
        return Add(number, job.purpose, job.patient, pictures, max(left, 0.0))

    def _overdue(self, number: int) -> None:
        """The worker does not end what it should have ended."""
        self._send(Drop(number))
        self.end(number, None, "")
