"""The camera worker's process serves a service over its socket, with a camera made of numbers."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.api import Reason
from daemon.camera.inventory import Devices
from daemon.camera.link import receive
from daemon.camera.process import Process
from daemon.camera.protocol import (
    Add,
    Begin,
    Configure,
    Connected,
    End,
    FromService,
    FromWorker,
    Loaded,
    SetKnown,
    Shown,
    from_worker,
    pack,
)
from daemon.camera.schedule import Purpose
from daemon.camera.settings import settings_line
from daemon.config import Camera as CameraSettings
from daemon.config import Config
from daemon.policy.cameras import Known
from tests.daemon.camera.cameras import INFRARED, OWN, FakeDevices
from tests.daemon.camera.test_worker import CameraOpener


class World:
    """A process, and the openers that it made."""

    def __init__(self, folder: Path) -> None:
        self.openers: list[CameraOpener] = []
        self.devices = FakeDevices(OWN)
        self.known: Callable[[], Known] | None = None
        self.path = str(folder / "socket")
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listening.bind(self.path)
        self.listening.listen()
        self._ends = threading.Event()
        self.process = Process(self._opener, self.devices)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _opener(
        self, config: Config, _devices: Devices, known: Callable[[], Known]
    ) -> CameraOpener:
        self.known = known
        self.openers.append(CameraOpener(config))
        return self.openers[-1]

    def _serve(self) -> None:
        def alive() -> None:
            if self._ends.is_set():
                raise KeyboardInterrupt

        try:
            self.process.serve(self.listening, alive=alive)
        except KeyboardInterrupt:
            return

    def close(self) -> None:
        self._ends.set()
        self._thread.join()
        self.listening.close()


class Service:
    """A service that is connected."""

    def __init__(self, world: World) -> None:
        self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.connection.settimeout(60.0)
        self.connection.connect(world.path)
        self.number = 0

    def attempt(self) -> None:
        self._send(Add(1, Purpose.ATTEMPT, patient=False, pictures=False, seconds=60.0))

    def know(self, known: Known) -> None:
        self._send(SetKnown(known))

    def configure(self, settings: str) -> None:
        self._send(Configure(settings))

    def _send(self, message: FromService) -> None:
        self.connection.send(pack(message, self.number))
        self.number += 1

    def next(self) -> FromWorker:
        message, _ = from_worker(receive(self.connection)[0])
        return message

    def until(self, kind: type[FromWorker]) -> FromWorker:
        while True:
            message = self.next()
            if isinstance(message, kind):
                return message


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    yield found
    found.close()


def test_an_attempt_gets_models_a_beginning_and_frames(world: World) -> None:
    service = Service(world)
    service.attempt()
    loaded = service.until(Loaded)
    assert isinstance(loaded, Loaded)
    assert loaded.report.model_id == "fake:0"
    service.until(Begin)
    shown = service.until(Shown)
    assert isinstance(shown, Shown)
    assert shown.jobs == (1,)
    assert shown.frame is not None
    service.connection.close()


def test_the_settings_are_those_that_the_service_says(world: World) -> None:
    first = Service(world)
    first.attempt()
    first.until(Shown)
    first.connection.close()
    assert len(world.openers) == 1
    second = Service(world)
    second.configure(settings_line(Config(camera=CameraSettings(source="/dev/video7"))))
    second.attempt()
    second.until(Shown)
    assert world.openers[-1].config.camera.source == "/dev/video7"
    second.connection.close()


def test_a_job_of_a_service_that_has_gone_says_nothing_to_the_next(world: World) -> None:
    """Whose jobs have the same numbers; the camera's thread may be in the middle of a frame."""
    first = Service(world)
    first.attempt()
    first.until(Shown)
    old = world.process._jobs[1]
    first.connection.close()
    second = Service(world)
    second.attempt()
    second.until(Begin)
    old.end(Reason.CAMERA_LOST, "of before")
    assert world.process._jobs.keys() == {1}
    seen = [second.next() for _ in range(5)]
    assert not any(isinstance(message, End) for message in seen)
    second.connection.close()


@pytest.mark.parametrize(
    "settings", ["", "[]", '{"camera": {"sauce": "auto"}}', '{"camera": {"full_rate": NaN}}']
)
def test_settings_that_are_none_end_the_connection(settings: str, world: World) -> None:
    service = Service(world)
    service.configure(settings)
    while datagram := receive(service.connection)[0]:
        from_worker(datagram)
    service.connection.close()
    assert len(world.openers) == 1


def test_a_message_that_is_none_ends_the_connection(world: World) -> None:
    service = Service(world)
    service.connection.send(b"open the door")
    while datagram := receive(service.connection)[0]:
        from_worker(datagram)
    service.connection.close()


def test_what_is_connected_is_said_first_and_when_it_changes(world: World) -> None:
    service = Service(world)
    assert service.until(Connected) == Connected((OWN,))
    world.devices.cameras = (OWN, INFRARED)
    assert service.until(Connected) == Connected((OWN, INFRARED))
    service.connection.close()


def test_no_camera_is_known_before_the_service_has_spoken_nor_after_it_has_gone(
    world: World,
) -> None:
    nothing, something = Known(trusted=frozenset()), Known(frozenset({OWN.identity}))
    assert world.known is not None
    assert world.known() == nothing
    service = Service(world)
    service.know(something)
    service.attempt()
    service.until(Begin)
    assert world.known() == something
    service.connection.close()
    next_one = Service(world)
    next_one.until(Connected)
    assert world.known() == nothing
    next_one.connection.close()
