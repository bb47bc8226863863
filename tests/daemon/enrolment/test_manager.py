"""From the pictures to the store: who stops in between has nothing stored, or hears that it is."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daemon.api import Event
from daemon.dbus.peer import Caller
from daemon.enrolment.job import EnrolResult, NewAppearance
from daemon.enrolment.manager import EnrolmentManager
from daemon.policy import ROOT, Target
from daemon.state.request_registry import RequestRegistry
from daemon.state.requester import Requester
from daemon.state.templates import Templates
from enroll.template import Appearance, Person
from models.scoring.security import STANDARD
from tests.daemon.fakes import ADA, CALIBRATION, person
from tests.daemon.state.service import Service

CLIENT = ":1.5"
(APPEARANCE,) = person("ada", ADA).appearances
NEW = NewAppearance(APPEARANCE, 0.9, (), CALIBRATION, STANDARD)


class Store(Templates):
    """Of nobody yet. `others` and `add` go on when they may."""

    def __init__(self) -> None:
        self.read, self.written = asyncio.Event(), asyncio.Event()
        self.writing = asyncio.Event()
        self.known: list[Appearance] = []

    async def others(self, username: str, *, readable: bool = False) -> list[Person]:
        assert (username, readable) == ("ada", True)
        await self.read.wait()
        return []

    async def appearances(self, _username: str) -> tuple[Appearance, ...]:
        return tuple(self.known)

    async def add(self, _username: str, appearance: Appearance) -> None:
        self.writing.set()
        await self.written.wait()
        self.known.append(appearance)


class Camera:
    """Keeps the job."""

    def __init__(self) -> None:
        self.job: Any = None

    def add(self, job: Any) -> None:
        self.job = job

    def drop(self, _job: Any) -> None:
        pass


class Scene:
    """Root enrols ada; the pictures are taken."""

    def __init__(self, folder: Path) -> None:
        service = Service(folder)
        self.context = service.context
        self.store = Store()
        self.context.templates = self.store
        self.sent: list[tuple[Any, ...]] = []
        self.events: list[Event] = []
        self.changed: list[str] = []
        self.context.templates_changed.listen(self.changed.append)
        camera = Camera()
        self.manager = EnrolmentManager(
            self.context,
            cast(Any, camera),
            registry=RequestRegistry(self.context),
            signals=cast(Any, SimpleNamespace(send=self._send)),
            tell=lambda _user, event, _details: self.events.append(event),
        )
        requester = Requester(Caller(CLIENT, ROOT, 99), None, interactive=False)
        self.number = self.manager.start(requester, Target("ada", 1000), "default", {})
        camera.job._on_end(EnrolResult(NEW))

    def _send(self, client: str, name: str, *values: Any) -> None:
        assert (client, name) == (CLIENT, "EnrolFinished")
        self.sent.append(values)

    @property
    def outcomes(self) -> list[str]:
        return [outcome for _number, outcome, _reason, _details in self.sent]

    async def settled(self) -> None:
        await self.context.records.done()
        for _ in range(20):
            await asyncio.sleep(0)


def played(folder: Path, story: Callable[[Scene], Any]) -> Scene:
    async def play() -> Scene:
        scene = Scene(folder)
        await scene.settled()
        await story(scene)
        scene.store.read.set()
        scene.store.written.set()
        await scene.settled()
        return scene

    return asyncio.run(play())


async def _nothing(_scene: Scene) -> None:
    """The owner waits."""


def test_what_is_enrolled_is_stored_and_told(tmp_path: Path) -> None:
    scene = played(tmp_path, _nothing)
    assert scene.store.known == [APPEARANCE]
    assert scene.outcomes == ["enrolled"]
    assert scene.events == [Event.ENROLLED]
    assert scene.changed == ["ada"]


def _stop(scene: Scene) -> None:
    scene.manager.stop(CLIENT, scene.number)


def _leave(scene: Scene) -> None:
    scene.manager.client_gone(CLIENT)


def _end(scene: Scene) -> None:
    scene.manager.stop_all("the service is ending")


@pytest.mark.parametrize(
    ("stop", "told"), [(_stop, ["stopped"]), (_leave, []), (_end, ["stopped"])]
)
def test_who_stops_while_the_store_is_read_has_nothing_stored(
    tmp_path: Path, stop: Callable[[Scene], None], told: list[str]
) -> None:
    async def story(scene: Scene) -> None:
        stop(scene)

    scene = played(tmp_path, story)
    assert scene.store.known == []
    assert scene.outcomes == told
    assert (scene.events, scene.changed) == ([], [])
    assert not scene.context.enrolling


@pytest.mark.parametrize("stop", [_stop, _leave, _end])
def test_who_stops_while_it_is_written_hears_that_it_is_stored(
    tmp_path: Path, stop: Callable[[Scene], None]
) -> None:
    async def story(scene: Scene) -> None:
        scene.store.read.set()
        await scene.store.writing.wait()
        stop(scene)

    scene = played(tmp_path, story)
    assert scene.store.known == [APPEARANCE]
    assert scene.outcomes == ["enrolled"]
    assert scene.changed == ["ada"]
    assert not scene.context.enrolling


def test_an_appearance_that_took_the_name_meanwhile_is_not_lost(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.store.known.append(APPEARANCE)

    scene = played(tmp_path, story)
    assert scene.store.known == [APPEARANCE]
    ((_number, outcome, reason, _details),) = scene.sent
    assert outcome == "failed"
    assert "there is an appearance 'default' already" in reason
