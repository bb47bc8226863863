"""A service whose camera worker says whatever the test has it say."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np

from daemon.api import Reason
from daemon.camera.frame_message import FrameMessage
from daemon.camera.job import FrameOutcome, StreamInfo
from daemon.camera.protocol import (
    LARGEST,
    Add,
    Begin,
    Configure,
    FromWorker,
    Loaded,
    Shown,
    from_service,
    pack,
)
from daemon.camera.remote import RemoteCamera
from daemon.camera.reports import CameraReport, ModelReport
from daemon.camera.schedule import Purpose
from daemon.camera.settings import settings_line
from daemon.config import Config
from daemon.policy.cameras import Camera
from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.model_info import ModelInfo
from models.errors import ModelError
from models.types import Analysis, Box, Detection, Face, Quality
from tests.daemon.fakes import ADA, CRITERION, FakeEmbedder, embedding

MODELS = ModelReport("fake", FakeEmbedder.model_id, "float32", "fake", 0.5)
FACE = Face(
    Detection(Box(10.0, 10.0, 90.0, 90.0), 0.9, np.full((5, 2), 50.0, np.float32)),
    Quality(0.9),
    embedding(ADA),
)


def info(report: ModelReport) -> ModelInfo:
    if report.embedder != "fake":
        raise ModelError(f"there is no embedder {report.embedder!r}")
    return ModelInfo("fake", "fake", FakeEmbedder.model_id, "float32", "euclidean", 0.6, CRITERION)


def shown(number: int, job: int = 1) -> Shown:
    return Shown((job,), True, FrameMessage(number / 30.0, (320, 240), number, Analysis((FACE,))))


SETTINGS = settings_line(Config())


class Job:
    """Remembers what it was told."""

    on_picture = None

    def __init__(self, *, patient: bool = False, frames: int = 3, seconds: float = 60.0) -> None:
        self.purpose = Purpose.WATCH if patient else Purpose.ATTEMPT
        self.patient = patient
        self.deadline = asyncio.get_running_loop().time() + seconds
        self.frames: list[AnalysedFrame | None] = []
        self.begun: list[StreamInfo] = []
        self.ended: asyncio.Future[tuple[Reason | None, str]] = (
            asyncio.get_running_loop().create_future()
        )
        self._enough = frames

    def begin(self, stream: StreamInfo) -> None:
        self.begun.append(stream)

    def see(self, frame: AnalysedFrame | None) -> FrameOutcome:
        self.frames.append(frame)
        return FrameOutcome(done=len(self.frames) >= self._enough)

    def end(self, reason: Reason | None, problem: str) -> None:
        self.ended.set_result((reason, problem))


class Worker:
    """The other end: a process that says whatever the test has it say."""

    def __init__(self, path: Path) -> None:
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.bind(str(path))
        self._listening.listen()
        self._listening.setblocking(False)
        self._connection: socket.socket | None = None
        self._number = 0

    async def accept(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, _ = await asyncio.get_running_loop().sock_accept(self._listening)
        self._connection.setblocking(False)
        self._number = 0
        assert await self.heard() == Configure(SETTINGS)

    async def heard(self) -> object:
        assert self._connection is not None
        loop = asyncio.get_running_loop()
        return from_service(await loop.sock_recv(self._connection, LARGEST))[0]

    async def say(self, *messages: FromWorker) -> None:
        for message in messages:
            await self.send(pack(message, self._number))
            self._number += 1

    async def send(self, datagram: bytes) -> None:
        assert self._connection is not None
        await asyncio.get_running_loop().sock_sendall(self._connection, datagram)

    def die(self) -> None:
        assert self._connection is not None
        self._connection.close()
        self._connection = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._listening.close()


class Scene:
    """A service and its worker."""

    def __init__(self, folder: Path) -> None:
        self.worker = Worker(folder / "socket")
        self.faults: list[str] = []
        self.reports: list[CameraReport] = []
        self.connected: list[tuple[Camera, ...]] = []
        self.camera = RemoteCamera(
            folder / "socket",
            settings=SETTINGS,
            info=info,
            on_camera=self.reports.append,
            on_models=lambda _: None,
            on_connected=self.connected.append,
            on_fault=self.faults.append,
        )

    async def begun(self, job: Job) -> None:
        """The job is known to the worker, and the camera open for it."""
        self.camera.add(job)
        await self.worker.accept()
        added = await self.worker.heard()
        assert isinstance(added, Add)
        await self.worker.say(Loaded(MODELS), Begin(added.job, still=False))


def play(folder: Path, story: Callable[[Scene], Awaitable[None]]) -> Scene:
    async def run() -> Scene:
        scene = Scene(folder)
        try:
            await asyncio.wait_for(story(scene), 60.0)
        finally:
            scene.camera.close()
            scene.worker.close()
        return scene

    return asyncio.run(run())
