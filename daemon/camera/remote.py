"""The camera worker as the service sees it: jobs go there, what it says of frames comes back.

Lives in the event loop. Nothing that comes is believed but its form, and a message that has another
form ends the connection: jobs that cannot wait end with it, the others begin anew with the next
worker, which systemd starts when it is connected to.
"""

import asyncio
import contextlib
import math
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from daemon.api import Reason
from daemon.camera.frame_message import FrameMessage, MessageError
from daemon.camera.job import Job, StreamInfo
from daemon.camera.link import Numbers, Sender, receive
from daemon.camera.protocol import (
    Add,
    Begin,
    Block,
    Camera,
    Configure,
    Drop,
    End,
    FromService,
    FromWorker,
    Kind,
    Loaded,
    Plain,
    Pulse,
    Shown,
    from_worker,
)
from daemon.camera.reports import CameraReport, CameraState, ModelReport
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.model_info import ModelInfo

SOCKET = Path("/run/facelatch-camera")
_FIRST_RETRY_SECONDS = 0.1
_LAST_RETRY_SECONDS = 1.0
_SILENT_SECONDS = 20.0
"""A worker says something every second."""
_GRACE_SECONDS = 3.0
"""By which a worker may end a job late: it may be in the middle of a frame."""


@dataclass(eq=False)
class _Entry:
    job: Job
    timer: asyncio.TimerHandle | None = None
    begun: bool = False

    def cancel(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class _Jobs:
    """The jobs by the numbers that the worker knows them by. `overdue` is told of one that the
    worker should have ended.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, overdue: Callable[[int], None]) -> None:
        self._loop = loop
        self._overdue = overdue
        self._entries: dict[int, _Entry] = {}
        self._last = 0

    def __bool__(self) -> bool:
        return bool(self._entries)

    def items(self) -> list[tuple[int, _Entry]]:
        """All of them, as they are now."""
        return list(self._entries.items())

    def get(self, number: int) -> _Entry | None:
        """The one of this number, None where it is over."""
        return self._entries.get(number)

    def number_of(self, job: Job) -> int | None:
        """The number of a job, None where it is not known."""
        return next((number for number, one in self._entries.items() if one.job is job), None)

    def put(self, job: Job) -> int:
        """Takes a job, or the moved deadline of one; its number."""
        number = self.number_of(job)
        if number is None:
            number = self._last = self._last % 0xFFFF_FFFF + 1
            self._entries[number] = _Entry(job)
        entry = self._entries[number]
        entry.cancel()
        if math.isfinite(job.deadline):
            late = max(job.deadline - self._loop.time(), 0.0) + _GRACE_SECONDS
            entry.timer = self._loop.call_later(late, self._overdue, number)
        return number

    def take(self, number: int) -> Job | None:
        """Forgets a job; None where it is over already."""
        entry = self._entries.pop(number, None)
        if entry is None:
            return None
        entry.cancel()
        return entry.job

    def end(self, number: int, reason: Reason | None, problem: str) -> None:
        """Ends a job, unless it is over already."""
        job = self.take(number)
        if job is not None:
            job.end(reason, problem)

    def clear(self) -> None:
        """Forgets all of them."""
        for number in list(self._entries):
            self.take(number)


class RemoteCamera:
    """Stands for the camera worker. `info` says what matching needs of the models that a report
    names; raises FacelatchError where those are not to be had.
    """

    def __init__(
        self,
        path: Path,
        *,
        info: Callable[[ModelReport], ModelInfo],
        on_camera: Callable[[CameraReport], None],
        on_models: Callable[[ModelReport], None],
        on_fault: Callable[[str], None],
    ) -> None:
        self._path = path
        self._info = info
        self._on_camera = on_camera
        self._on_models = on_models
        self._on_fault = on_fault
        self._loop = asyncio.get_running_loop()
        self._jobs = _Jobs(self._loop, self._end_overdue)
        self._blocks: set[str] = set()
        self._preload = False
        self._models = ModelReport()
        self._pulse = Pulse(0.0, attentive=False, hangs=False)
        self._attentive = False
        self._before = 0.0
        self._link: _Link | None = None
        self._closed = False
        self._wanted = asyncio.Event()
        self._running = self._loop.create_task(self._run())

    @property
    def on_seconds(self) -> float:
        """Seconds that the camera was open so far, of all workers."""
        return self._before + self._pulse.on_seconds

    @property
    def attentive(self) -> bool:
        """Whether a face is in view that has had no verdict yet."""
        return self._attentive

    def add(self, job: Job) -> None:
        """Begins a job; again, after its deadline was moved."""
        self._send(self._added(self._jobs.put(job), job))
        self._wanted.set()

    def drop(self, job: Job) -> None:
        """Forgets a job; its `end` is not called."""
        number = self._jobs.number_of(job)
        if number is not None:
            self._jobs.take(number)
            self._send(Drop(number))

    def send_pictures(self, job: Job, writer: int) -> None:
        """The job's pictures go into the pipe `writer`, which is taken over and closed here."""
        try:
            number = self._jobs.number_of(job)
            if number is not None:
                self._send(self._added(number, job, pictures=True), descriptor=writer)
        finally:
            os.close(writer)

    def wake(self) -> None:
        """Something happened that may have brought somebody before the camera."""
        self._send(Plain(Kind.WAKE))

    def decided(self) -> None:
        """The face in view had its verdict: watches need not hurry before something moves."""
        self._attentive = False
        self._send(Plain(Kind.DECIDED))

    def block(self, why: str, *, on: bool) -> None:
        """While blocked the camera is released, at once, and jobs wait."""
        if on != (why in self._blocks):
            (self._blocks.add if on else self._blocks.discard)(why)
            self._send(Block(why, on))

    def preload(self) -> None:
        """Loads the models now rather than when they are needed."""
        self._preload = True
        self._send(Plain(Kind.PRELOAD))
        self._wanted.set()

    def configure(self, *, models: bool) -> None:
        """The worker reads the configuration anew, and loads the models anew if they are others."""
        self._send(Configure(models))

    def close(self) -> None:
        """Hangs up: the worker releases the camera."""
        self._closed = True
        self._jobs.clear()
        self._running.cancel()
        if self._link is not None:
            self._link.close()
            self._link = None

    def _added(self, number: int, job: Job, *, pictures: bool = False) -> Add:
        left = job.deadline if math.isinf(job.deadline) else job.deadline - self._loop.time()
        return Add(number, job.purpose, job.patient, pictures, max(left, 0.0))

    async def _run(self) -> None:
        """Keeps a connection while anything is wanted, and makes it anew where it broke."""
        seconds = _FIRST_RETRY_SECONDS
        while not self._closed:
            await self._wanted.wait()
            try:
                await self._talk()
                problem = "the camera worker has ended"
                seconds = _FIRST_RETRY_SECONDS
            except (OSError, TimeoutError, MessageError) as error:
                problem = f"the camera worker: {error or 'it is silent'}"
                if isinstance(error, MessageError):
                    self._on_fault(problem)
            self._lost(problem)
            if not (self._jobs or self._preload):
                self._wanted.clear()
            await asyncio.sleep(seconds)
            seconds = min(2 * seconds, _LAST_RETRY_SECONDS)

    async def _talk(self) -> None:
        """Until the worker hangs up. Raises OSError, TimeoutError, MessageError."""
        link = _Link(self._path)
        try:
            self._link = link
            for why in self._blocks:
                self._send(Block(why, on=True))
            if self._preload:
                self._send(Plain(Kind.PRELOAD))
            for number, entry in self._jobs.items():
                self._send(self._added(number, entry.job))
            while (message := await link.receive()) is not None:
                self._heard(message)
        finally:
            self._link = None
            link.close()

    def _send(self, message: FromService, *, descriptor: int | None = None) -> None:
        if self._link is not None:
            self._link.send(message, descriptor=descriptor)

    def _lost(self, problem: str) -> None:
        self._before += self._pulse.on_seconds
        self._pulse = Pulse(0.0, attentive=False, hangs=False)
        self._attentive = False
        for number, entry in self._jobs.items():
            entry.begun = False
            if not entry.job.patient:
                self._jobs.end(number, Reason.CAMERA_LOST, problem)
        self._models = ModelReport()
        self._on_models(self._models)
        self._on_camera(CameraReport(CameraState.CLOSED))

    def _heard(self, message: FromWorker) -> None:
        match message:
            case Shown():
                self._shown(message)
            case Begin(job, still):
                self._begin(job, still=still)
            case End(job, reason, problem):
                self._jobs.end(job, reason, problem)
            case Camera(report):
                self._on_camera(report)
            case Loaded(report):
                self._models = report
                self._on_models(report)
            case Pulse():
                self._pulse = message
                self._attentive = message.attentive

    def _begin(self, number: int, *, still: bool) -> None:
        entry = self._jobs.get(number)
        if entry is None:
            return
        try:
            info = self._info(self._models)
        except Exception as error:  # what it names is not ours: nothing is recognised by it
            self._on_fault(f"the camera worker's models: {error}")
            self._jobs.end(number, Reason.NO_MODEL, str(error))
            self._send(Drop(number))
            return
        entry.begun = True
        entry.job.begin(StreamInfo(info, still))

    def _shown(self, message: Shown) -> None:
        self._attentive = message.attentive
        frame = None if message.frame is None else _analysed(message.frame)
        for number in message.jobs:
            entry = self._jobs.get(number)
            if entry is None or not entry.begun:
                continue
            if entry.job.see(frame).done:
                self._send(Drop(number))
                self._jobs.end(number, None, "")

    def _end_overdue(self, number: int) -> None:
        """The worker does not end what it should have ended."""
        self._send(Drop(number))
        self._jobs.end(number, None, "")


class _Link:
    """One connection. Raises OSError where nobody listens."""

    def __init__(self, path: Path) -> None:
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            # systemd listens: this never waits for the worker itself.
            self._connection.settimeout(1.0)
            self._connection.connect(str(path))
            self._connection.setblocking(False)
        except BaseException:
            self._connection.close()
            raise
        self._sender = Sender(self._connection)
        self._numbers = Numbers()
        self._broken = False

    def send(self, message: FromService, *, descriptor: int | None = None) -> None:
        """A worker that does not read is one that is lost."""
        if self._broken:
            return
        try:
            self._sender.send(message, descriptor=descriptor)
        except OSError:
            self._broken = True
            # Wakes whoever waits for its next message.
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    async def receive(self) -> FromWorker | None:
        """The next message; None once the worker has hung up."""
        while True:
            try:
                datagram, descriptor = receive(self._connection)
                break
            except BlockingIOError:
                await asyncio.wait_for(self._readable(), _SILENT_SECONDS)
        if descriptor is not None:
            os.close(descriptor)
            raise MessageError("it sent a descriptor")
        if not datagram:
            return None
        message, number = from_worker(datagram)
        self._numbers.check(number)
        return message

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        readable: asyncio.Future[None] = loop.create_future()
        descriptor = self._connection.fileno()
        loop.add_reader(descriptor, _set, readable)
        try:
            await readable
        finally:
            loop.remove_reader(descriptor)

    def close(self) -> None:
        """Hangs up."""
        self._connection.close()


def _set(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _analysed(message: FrameMessage) -> AnalysedFrame:
    """The faces in the order of their size, whatever the worker says is largest."""
    faces = sorted(message.analysis.faces, key=lambda face: -face.detection.box.area)
    analysis = type(message.analysis)(tuple(faces), message.analysis.stages_ms)
    label = f"picture {message.index + 1}"
    return AnalysedFrame(
        message.time, message.size, analysis, label, message.index, message.liveness
    )
