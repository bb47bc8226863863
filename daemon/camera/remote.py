"""The camera worker as the service sees it: jobs go there, what it says of frames comes back.

Lives in the event loop. Nothing that comes is believed but its form, and a message that has another
form ends the connection: jobs that cannot wait end with it, the others begin anew with the next
worker, which systemd starts when it is connected to.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

from daemon.api import Reason
from daemon.camera.frame_message import FrameMessage, MessageError
from daemon.camera.job import Job, StreamInfo
from daemon.camera.link import Numbers, Sender, receive
from daemon.camera.protocol import (
    Begin,
    Block,
    Camera,
    Configure,
    Connected,
    Drop,
    End,
    FromService,
    FromWorker,
    Kind,
    Loaded,
    Plain,
    Pulse,
    SetKnown,
    Shown,
    from_worker,
)
from daemon.camera.remote_jobs import RemoteJobs
from daemon.camera.reports import CameraReport, CameraState, ModelReport
from daemon.policy import cameras
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.model_info import ModelInfo

SOCKET = Path("/run/facelatch-camera")
_FIRST_RETRY_SECONDS = 0.1
_LAST_RETRY_SECONDS = 1.0
_SILENT_SECONDS = 20.0
"""A worker says something every second."""


_NOTHING_YET = Pulse(0.0, attentive=False, hangs=False)


class RemoteCamera:
    """Stands for the camera worker. `settings` are what it goes by, as `settings_line` gives them.
    `info` says what matching needs of the models that a report names; raises FacelatchError where
    those are not to be had.
    """

    def __init__(
        self,
        path: Path,
        *,
        settings: str,
        info: Callable[[ModelReport], ModelInfo],
        on_camera: Callable[[CameraReport], None],
        on_models: Callable[[ModelReport], None],
        on_connected: Callable[[tuple[cameras.Camera, ...]], None],
        on_fault: Callable[[str], None],
    ) -> None:
        self._path = path
        self._settings = settings
        self._info = info
        self._on_camera = on_camera
        self._on_models = on_models
        self._on_connected = on_connected
        self._on_fault = on_fault
        self._jobs = RemoteJobs(self._send)
        self._known: cameras.Known | None = None
        self._listed = False
        self._identity: cameras.Identity | None = None
        self._blocks: set[str] = set()
        self._preload = False
        self._models = ModelReport()
        self._pulse = self._before = _NOTHING_YET
        self.attentive = False
        """Whether a face is in view that has had no verdict yet."""
        self._link: _Link | None = None
        self._closed = False
        self._wanted = asyncio.Event()
        self._running = asyncio.get_running_loop().create_task(self._run())

    @property
    def on_seconds(self) -> float:
        """Seconds that the camera was open so far, of all workers."""
        return self._before.on_seconds + self._pulse.on_seconds

    @property
    def damaged(self) -> int:
        """Pictures that were damaged, of all workers."""
        return self._before.damaged + self._pulse.damaged

    def add(self, job: Job) -> None:
        """Begins a job; again, after its deadline was moved."""
        self._jobs.add(job)
        self._wanted.set()

    def drop(self, job: Job) -> None:
        """Forgets a job; its `end` is not called."""
        self._jobs.drop(job)

    def send_pictures(self, job: Job, writer: int) -> None:
        """The job's pictures go into the pipe `writer`, which is taken over and closed here."""
        try:
            added = self._jobs.with_pictures(job)
            if added is not None:
                self._send(added, descriptor=writer)
        finally:
            os.close(writer)

    def wake(self) -> None:
        """Something happened that may have brought somebody before the camera."""
        self._send(Plain(Kind.WAKE))

    def decided(self) -> None:
        """The face in view had its verdict: watches need not hurry before something moves."""
        self.attentive = False
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

    def configure(self, settings: str) -> None:
        """What this worker and the next go by from now on."""
        if settings != self._settings:
            self._settings = settings
            self._send(Configure(settings))

    def set_known(self, known: cameras.Known) -> None:
        """Which cameras may be taken from now on, by this worker and the next."""
        self._known = known
        self._send(SetKnown(known))

    def list_cameras(self) -> None:
        """`on_connected` is told soon, and from then on whenever a camera comes or goes."""
        self._listed = True
        self._wanted.set()

    def close(self) -> None:
        """Hangs up: the worker releases the camera."""
        self._closed = True
        self._jobs.close()
        self._running.cancel()
        if self._link is not None:
            self._link.close()
            self._link = None

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
            if not (self._jobs or self._preload or self._listed):
                self._wanted.clear()
            await asyncio.sleep(seconds)
            seconds = min(2 * seconds, _LAST_RETRY_SECONDS)

    async def _talk(self) -> None:
        """Until the worker hangs up. Raises OSError, TimeoutError, MessageError."""
        link = _Link(self._path)
        try:
            self._link = link
            self._send(Configure(self._settings))
            if self._known is not None:
                self._send(SetKnown(self._known))
            for why in self._blocks:
                self._send(Block(why, on=True))
            if self._preload:
                self._send(Plain(Kind.PRELOAD))
            self._jobs.resend()
            while (message := await link.receive()) is not None:
                self._heard(message)
        finally:
            self._link = None
            link.close()

    def _send(self, message: FromService, *, descriptor: int | None = None) -> None:
        if self._link is not None:
            self._link.send(message, descriptor=descriptor)

    def _lost(self, problem: str) -> None:
        self._before = Pulse(self.on_seconds, False, False, self.damaged)
        self._pulse = _NOTHING_YET
        self.attentive = False
        self._identity = None
        self._jobs.lost(problem)
        self._models = ModelReport()
        self._on_models(self._models)
        self._on_camera(CameraReport(CameraState.CLOSED))

    def _heard(self, message: FromWorker) -> None:
        match message:
            case Shown(jobs, attentive, frame):
                self.attentive = attentive
                self._jobs.show(jobs, None if frame is None else _analysed(frame))
            case Begin(job, still):
                self._begin(job, still=still)
            case End(job, reason, problem):
                self._jobs.end(job, reason, problem)
            case Camera(report):
                if report.state is not CameraState.OPEN or report.identity != self._identity:
                    # What was begun was another time that a camera was open.
                    self._jobs.pause()
                self._identity = report.identity
                self._on_camera(report)
            case Connected(connected):
                self._on_connected(connected)
            case Loaded(report):
                self._models = report
                self._on_models(report)
            case Pulse():
                self._pulse = message
                self.attentive = message.attentive

    def _begin(self, number: int, *, still: bool) -> None:
        if not self._jobs.knows(number):
            return
        try:
            info = self._info(self._models)
        except Exception as error:  # what it names is not ours: nothing is recognised by it
            self._on_fault(f"the camera worker's models: {error}")
            self._jobs.end(number, Reason.NO_MODEL, str(error))
            self._send(Drop(number))
            return
        self._jobs.begin(number, StreamInfo(info, still, self._identity))


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
        self._loop = asyncio.get_running_loop()
        self._readable = asyncio.Event()
        self._loop.add_reader(self._connection, self._readable.set)

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
                self._readable.clear()
                async with asyncio.timeout(_SILENT_SECONDS):
                    await self._readable.wait()
        if descriptor is not None:
            os.close(descriptor)
            raise MessageError("it sent a descriptor")
        if not datagram:
            return None
        message, number = from_worker(datagram)
        self._numbers.check(number)
        return message

    def close(self) -> None:
        """Hangs up."""
        if self._connection.fileno() >= 0:
            self._loop.remove_reader(self._connection)
            self._connection.close()


def _analysed(message: FrameMessage) -> AnalysedFrame:
    """The faces in the order of their size, whatever the worker says is largest."""
    faces = sorted(message.analysis.faces, key=lambda face: -face.detection.box.area)
    analysis = type(message.analysis)(tuple(faces), message.analysis.stages_ms)
    label = f"picture {message.index + 1}"
    return AnalysedFrame(
        message.time, message.size, analysis, label, message.index, message.liveness, message.scene
    )
