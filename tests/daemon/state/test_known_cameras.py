"""What was connected when a session was locked is what may be taken until none is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from daemon.policy.cameras import Camera, Known
from daemon.state.camera_record import CameraRecord
from daemon.state.known_cameras import KnownCameras
from tests.daemon.camera.cameras import INFRARED, OWN


@dataclass
class Session:
    locked: bool


OPEN, LOCKED = [Session(locked=False)], [Session(locked=True), Session(locked=False)]


class Scene:
    """What is known of cameras, what the worker was told, and how often it was asked."""

    def __init__(self) -> None:
        self.kept = 0
        self.told: list[Known] = []
        self.asked = 0
        self.cameras = KnownCameras(CameraRecord(), self._keep)
        self.cameras.connect(tell=self.told.append, ask=self._ask)

    def _keep(self) -> None:
        self.kept += 1

    def _ask(self) -> None:
        self.asked += 1

    def before_lock(self) -> frozenset[object] | None:
        return self.told[-1].before_lock

    def trusted(self) -> frozenset[object] | None:
        return self.cameras.record.known.trusted


def play(story: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        await story(Scene())

    asyncio.run(run())


def before(*cameras: Camera) -> frozenset[object]:
    return frozenset((one.identity, one.connection) for one in cameras)


def test_the_worker_is_told_at_the_beginning_and_at_every_change() -> None:
    async def story(scene: Scene) -> None:
        scene.cameras.trust(OWN.identity)
        scene.cameras.trust(OWN.identity)
        scene.cameras.offer([INFRARED.identity])
        assert scene.told == [Known(), Known(frozenset({OWN.identity}))]
        assert scene.kept == 2

    play(story)


def test_a_lock_takes_what_is_there_and_the_last_unlock_drops_it() -> None:
    async def story(scene: Scene) -> None:
        scene.cameras.reported((OWN,))
        scene.cameras.sessions_changed(LOCKED)
        assert scene.before_lock() == before(OWN)
        scene.cameras.reported((OWN, INFRARED))
        scene.cameras.sessions_changed([Session(locked=True)] * 2)
        assert scene.before_lock() == before(OWN)
        scene.cameras.sessions_changed(OPEN)
        assert scene.before_lock() is None
        scene.cameras.sessions_changed(LOCKED)
        assert scene.before_lock() == before(OWN, INFRARED)

    play(story)


def test_where_nobody_knows_yet_what_is_there_the_first_answer_counts() -> None:
    async def story(scene: Scene) -> None:
        scene.cameras.sessions_changed(LOCKED)
        assert scene.asked == 1
        assert scene.told == [Known()]
        scene.cameras.reported((OWN,))
        scene.cameras.reported((OWN, replace(INFRARED, connection=99)))
        assert scene.before_lock() == before(OWN)

    play(story)


def test_the_first_enrolment_trusts_its_camera_and_later_ones_do_not() -> None:
    async def story(scene: Scene) -> None:
        scene.cameras.enrolled(None)
        assert scene.trusted() is None
        scene.cameras.enrolled(OWN.identity)
        scene.cameras.enrolled(INFRARED.identity)
        assert scene.trusted() == frozenset({OWN.identity})
        scene.cameras.forget(OWN.identity)
        scene.cameras.enrolled(INFRARED.identity)
        assert scene.trusted() == frozenset()

    play(story)


def test_a_list_is_waited_for() -> None:
    async def story(scene: Scene) -> None:
        waiting = asyncio.ensure_future(scene.cameras.listed())
        await asyncio.sleep(0)
        assert scene.asked == 1
        scene.cameras.reported((OWN,))
        assert await waiting == (OWN,)

    play(story)
