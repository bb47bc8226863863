"""The camera worker's process: serves one service at a time, over the socket that it was handed.

It has the cameras, the decoders and the networks, and nothing else: no bus, no template, no key. It
ends by itself when nobody has been connected for a while, and gives the memory of the networks back
with that.
"""

import math
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from daemon.api import Reason
from daemon.camera.frame_message import FrameMessage, MessageError
from daemon.camera.inventory import Devices, Inventory
from daemon.camera.job import FrameOutcome, StreamInfo
from daemon.camera.link import Numbers, Sender, receive
from daemon.camera.preview_pipe import PreviewPipe
from daemon.camera.protocol import (
    Add,
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
    from_service,
)
from daemon.camera.reports import CameraReport, CameraState, ModelReport
from daemon.camera.schedule import Purpose
from daemon.camera.settings import loaded_by
from daemon.camera.shown_kind import DevicesByPictures
from daemon.camera.worker import CameraWorker
from daemon.config import Config, ConfigError, passing
from daemon.policy.cameras import Known
from daemon.sources.quiet import damaged

if TYPE_CHECKING:
    from daemon.camera.opener import Opener
    from daemon.recognition.frames import AnalysedFrame
    from models.types import Image

PULSE_SECONDS = 1.0
_IDLE_SECONDS = 20.0
_SEND_SECONDS = 2.0
"""A service that does not read for so long is hung up on; frames are left out before that."""
_MOST_JOBS = 64

Send = Callable[[FromWorker], None]


class ForwardedJob:
    """A job of the service's: whatever the camera's thread has for it is sent there."""

    def __init__(
        self, wanted: Add, send: Send, *, attentive: Callable[[], bool], pipe: PreviewPipe | None
    ) -> None:
        self.purpose: Purpose = wanted.purpose
        self.patient = wanted.patient
        self.deadline = time.monotonic() + wanted.seconds
        self._number = wanted.job
        self._send = send
        self._attentive = attentive
        self._pipe = pipe

    @property
    def on_picture(self) -> "Callable[[Image], None] | None":
        """Puts pictures into the preview that the service asked for, None where it did not."""
        return None if self._pipe is None else self._pipe.offer

    def begin(self, stream: StreamInfo) -> None:
        """Tells the service that the camera is open for this job."""
        self._send(Begin(self._number, stream.still))

    def see(self, frame: "AnalysedFrame | None") -> FrameOutcome:
        """Sends what the frame shows. Whether it is done the service says, by dropping it."""
        message = None if frame is None else _message(frame)
        self._send(Shown((self._number,), self._attentive(), message))
        return FrameOutcome(face=frame is not None and bool(frame.analysis.faces))

    def end(self, reason: Reason | None, problem: str) -> None:
        """Tells the service why it is over, and ends its pictures."""
        self.close()
        self._send(End(self._number, reason, problem))

    def take_pipe(self, pipe: PreviewPipe) -> None:
        """Its pictures go there from now on."""
        self.close()
        self._pipe = pipe

    def close(self) -> None:
        """Ends its pictures."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


def _message(frame: "AnalysedFrame") -> FrameMessage:
    return FrameMessage(
        frame.time, frame.size, frame.index, frame.analysis, frame.liveness, frame.scene
    )


class Connection:
    """A service that is connected: its messages are obeyed, what happens is sent to it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sender = Sender(connection)
        self._lock = threading.Lock()
        self._numbers = Numbers()
        self.broken = False
        connection.settimeout(_SEND_SECONDS)

    def fileno(self) -> int:
        """The descriptor that `select` waits on."""
        return self._connection.fileno()

    def send(self, message: FromWorker) -> None:
        """Sends from any thread. A service that is slow misses frames, nothing else."""
        with self._lock:
            if self.broken or (isinstance(message, Shown) and not self._has_room()):
                return
            try:
                self._sender.send(message)
            except OSError:
                self.broken = True

    def _has_room(self) -> bool:
        _, writable, _ = select.select([], [self._connection], [], 0.0)
        return bool(writable)

    def receive(self) -> tuple[FromService, int | None] | None:
        """A message, and the descriptor that came along; None once it has hung up.

        Raises MessageError.
        """
        try:
            datagram, descriptor = receive(self._connection)
        except OSError:
            return None
        if not datagram:
            return None
        try:
            message, number = from_service(datagram)
            self._numbers.check(number)
        except MessageError:
            if descriptor is not None:
                os.close(descriptor)
            raise
        return message, descriptor

    def close(self) -> None:
        """Hangs up."""
        with self._lock:
            self.broken = True
            self._connection.close()


_NOTHING_KNOWN = Known(trusted=frozenset())
"""Before the service has said which cameras may be taken, none may."""


class Process:
    """The camera's thread and who is connected.

    It reads no file, since one that is just then broken would stop it: the service, which has the
    last good settings, says them first.
    """

    def __init__(
        self,
        opener: "Callable[[Config, Devices, Callable[[], Known]], Opener]",
        devices: Devices,
    ) -> None:
        self._known = _NOTHING_KNOWN
        self._make_opener = opener
        self._devices = DevicesByPictures(devices)
        self._inventory = Inventory(self._devices)
        self._connection: Connection | None = None
        # What is kept and what is told of it change together: the camera's thread tells as well.
        self._telling = threading.Lock()
        self._jobs: dict[int, ForwardedJob] = {}
        self._blocks: set[str] = set()
        self._pulsed = -math.inf
        self._camera = CameraReport(CameraState.CLOSED)
        self._models = ModelReport()
        self._config = Config()
        self._worker = CameraWorker(
            self._opener(),
            post=lambda call: call(),
            on_camera=self._on_camera,
            on_models=self._on_models,
            on_colour=self._devices.coloured,
        )

    def _opener(self) -> "Opener":
        return self._make_opener(self._config, self._devices, lambda: self._known)

    @property
    def hangs(self) -> bool:
        """Whether the camera's thread does."""
        return self._worker.hangs

    def serve(self, listening: socket.socket, *, alive: Callable[[], None]) -> None:
        """Until nobody was connected for a while; `alive` is called about once a second."""
        idle_since = time.monotonic()
        try:
            while self._connection or time.monotonic() - idle_since < _IDLE_SECONDS:
                if self._turn(listening):
                    idle_since = time.monotonic()
                alive()
        finally:
            self._hang_up()
            self._worker.close()

    def _turn(self, listening: socket.socket) -> bool:
        """Waits for something for a second at most; whether somebody is connected."""
        waiting: list[socket.socket | Connection] = [listening]
        if self._connection is not None:
            waiting.append(self._connection)
        ready, _, _ = select.select(waiting, [], [], PULSE_SECONDS)
        if self._connection is not None and self._connection in ready:
            self._receive(self._connection)
        if listening in ready:
            # A service that was started anew: the one before it is gone.
            self._hang_up()
            self._inventory.look()
            self._greet(Connection(listening.accept()[0]))
        if self._connection is not None and self._connection.broken:
            self._hang_up()
        if time.monotonic() - self._pulsed >= PULSE_SECONDS:
            self._pulsed = time.monotonic()
            if self._inventory.look():
                self._send(Connected(self._inventory.cameras))
                self._worker.recheck()
            self._send(self._pulse())
        return self._connection is not None

    def _greet(self, connection: Connection) -> None:
        with self._telling:
            self._connection = connection
            self._send(Connected(self._inventory.cameras))
            self._send(Camera(self._camera))
            # That nothing is loaded yet is no news: whoever waits for the models waits on.
            if self._models != ModelReport():
                self._send(Loaded(self._models))

    def _receive(self, connection: Connection) -> None:
        try:
            received = connection.receive()
        except MessageError:
            received = None
        if received is None:
            self._hang_up()
            return
        message, descriptor = received
        taken = isinstance(message, Add) and message.pictures
        if descriptor is not None and not taken:
            os.close(descriptor)
        try:
            self._obey(message, descriptor if taken else None)
        except ConfigError:
            # A service of another version. Without its settings nothing is done for it.
            self._hang_up()

    def _obey(self, message: FromService, descriptor: int | None) -> None:
        match message:
            case Add():
                self._add(message, descriptor)
            case Drop(job):
                self._drop(job)
            case Block(why, on):
                self._block(why, on=on)
            case Configure(settings):
                self._configure(settings)
            case SetKnown(known):
                self._set_known(known)
            case Plain(Kind.WAKE):
                self._worker.wake()
            case Plain(Kind.DECIDED):
                self._worker.decided()
            case Plain(Kind.PRELOAD):
                self._worker.preload()

    def _configure(self, settings: str) -> None:
        """Goes on with these; raises ConfigError."""
        before, self._config = self._config, passing.from_line(settings)
        if self._config != before:
            models = loaded_by(self._config) != loaded_by(before)
            self._worker.configure(self._opener(), models=models)

    def _add(self, wanted: Add, descriptor: int | None) -> None:
        pipe = None if descriptor is None else PreviewPipe(descriptor)
        job = self._jobs.get(wanted.job)
        if job is None:
            if len(self._jobs) >= _MOST_JOBS:
                if pipe is not None:
                    pipe.close()
                return
            # Its service's and no other's, which has jobs of the same numbers.
            send = partial(self._send_of_job, self._connection)
            job = ForwardedJob(wanted, send, attentive=lambda: self._worker.attentive, pipe=pipe)
            self._jobs[wanted.job] = job
        else:
            job.deadline = time.monotonic() + wanted.seconds
            if pipe is not None:
                job.take_pipe(pipe)
        self._worker.add(job)

    def _drop(self, number: int) -> None:
        job = self._jobs.pop(number, None)
        if job is not None:
            self._worker.drop(job)
            job.close()

    def _set_known(self, known: Known) -> None:
        if known != self._known:
            self._known = known
            self._worker.recheck()

    def _block(self, why: str, *, on: bool) -> None:
        (self._blocks.add if on else self._blocks.discard)(why)
        self._worker.block(why, on=on)

    def _hang_up(self) -> None:
        """What the service wanted, nobody wants any more: the camera is released."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        for number in list(self._jobs):
            self._drop(number)
        for why in list(self._blocks):
            self._block(why, on=False)
        self._set_known(_NOTHING_KNOWN)

    def _send(self, message: FromWorker) -> None:
        connection = self._connection
        if connection is not None:
            connection.send(message)

    def _send_of_job(self, connection: Connection | None, message: FromWorker) -> None:
        if connection is None or connection is not self._connection:
            return
        connection.send(message)
        if isinstance(message, End):
            self._jobs.pop(message.job, None)

    def _pulse(self) -> Pulse:
        worker = self._worker
        return Pulse(worker.on_seconds, worker.attentive, worker.hangs, damaged.count)

    def _on_camera(self, report: CameraReport) -> None:
        with self._telling:
            self._camera = report
            # First, so that whoever hears that the camera is closed knows for how long it was open.
            self._send(self._pulse())
            self._send(Camera(report))

    def _on_models(self, report: ModelReport) -> None:
        with self._telling:
            self._models = report
            self._send(Loaded(report))
