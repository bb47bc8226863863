"""Owners who leave: the service looks, warns, and has the session locked; then lets them in."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daemon.api import Event
from daemon.config import Config, Leave, Presence
from daemon.policy.presence import Sight
from daemon.policy.use import Use
from daemon.system.sessions import Change
from daemon.unlocking.glances import GlanceJob
from daemon.unlocking.job import WatchJob
from daemon.unlocking.look import LookJob
from tests.daemon.unlocking.monitor_scene import LOCKED, Scene, played

OPEN = replace(LOCKED, locked=False, idle=False)
CONFIG = Config(leave=Leave(seconds=30.0))
Story = Callable[["Left"], Any]


class Left:
    """An open session whose owner touches nothing."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        scene.sessions.session = OPEN

    async def idle(self, seconds: float = 5.0, **more: Any) -> None:
        """Her agent says that she touched nothing for so long."""
        await self.says(Use(idle_seconds=seconds, **more))

    async def says(self, use: Use) -> None:
        """Her agent says how the session is used."""
        self.scene.context.leaving.use.reported(
            "agent", uid=OPEN.uid, session=OPEN.id, use=use, time=self.scene.time
        )
        await self.review()

    async def review(self) -> None:
        """Facts changed."""
        self.scene.monitor.review()
        await self.scene.settled()

    async def passes(self, seconds: float) -> None:
        """Time."""
        self.scene.time += seconds
        await self.review()

    @property
    def looks(self) -> list[LookJob]:
        """Under way."""
        return [job for job in self.scene.worker.jobs if isinstance(job, LookJob)]

    @property
    def glances(self) -> list[GlanceJob]:
        """Under way."""
        return [job for job in self.scene.worker.jobs if isinstance(job, GlanceJob)]

    async def sees(self, sight: Sight, *, onlooker: bool = False) -> None:
        """The look that is under way ends so."""
        (job,) = self.looks
        job._watcher = cast(Any, SimpleNamespace(onlooker=onlooker))
        self.scene.worker.jobs.remove(job)
        job._on_end(sight)
        await self.scene.settled()

    async def until_told(self, event: Event, sight: Sight = Sight.NOBODY) -> float:
        """Time passes, and every look ends like this; how many seconds it took."""
        began = self.scene.time
        for _ in range(400):
            if self.told(event):
                return self.scene.time - began
            await self.passes(0.5)
            if self.looks:
                await self.sees(sight)
        pytest.fail(f"never told of {event}")

    def told(self, event: Event) -> list[Mapping[str, object]]:
        """Details of the events of a kind."""
        return [details for one, details in self.scene.told if one is event]


def left(folder: Path, story: Story, config: Config = CONFIG) -> list[str]:
    """Plays a story of an open session; which sessions the unlocker was asked for."""

    async def play(scene: Scene) -> None:
        one = Left(scene)
        await one.says(Use(idle_seconds=0.0))
        scene.time += 100.0
        scene.context.leaving.use.client_gone("agent")
        await story(one)

    return played(folder, play, config)


def test_who_left_is_warned_and_locked_out(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.idle(5.0)
        assert 25.0 <= await one.until_told(Event.LOCK) <= 28.0
        assert one.told(Event.LOCK) == [{"session": "1"}]
        (warning,) = one.told(Event.LEAVING)
        assert 0.0 < float(str(warning["seconds"])) <= 5.0

    left(tmp_path, story)


def test_a_session_in_use_is_never_looked_at(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.says(Use(idle_seconds=0.0))
        for _ in range(20):
            await one.passes(30.0)
            assert one.looks == []
        assert one.scene.context.leaving.minded == frozenset()
        await one.idle()
        assert one.scene.context.leaving.minded == {"1"}

    left(tmp_path, story)


def test_a_key_ends_the_look_and_takes_the_warning_back(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.idle()
        await one.until_told(Event.LEAVING)
        await one.passes(1.5)
        assert one.looks
        await one.says(Use(idle_seconds=0.0))
        assert one.looks == []
        assert one.told(Event.LEAVING)[-1] == {"session": "1"}

    left(tmp_path, story)


def test_off_by_default_and_without_whoever_could_lock_nobody_is_looked_at(tmp_path: Path) -> None:
    async def off(one: Left) -> None:
        await one.idle()
        await one.passes(60.0)
        assert one.looks == []

    async def alone(one: Left) -> None:
        await one.passes(60.0)
        assert one.looks == []

    left(tmp_path, off, Config())
    left(tmp_path, alone)


def test_the_user_may_ask_for_it_and_refuse_it(tmp_path: Path) -> None:
    async def asked(one: Left) -> None:
        await one.idle(leave_seconds=20.0)
        assert 20.0 <= await one.until_told(Event.LOCK) <= 23.0

    async def refused(one: Left) -> None:
        await one.idle(leave_seconds=0.0)
        await one.passes(60.0)
        assert one.looks == []

    left(tmp_path, asked, Config())
    left(tmp_path, refused)


@pytest.mark.parametrize(
    "facts",
    [
        {"inhibited": True},
        {"battery": 0.1},
    ],
)
def test_a_film_or_a_low_battery_pause_it(tmp_path: Path, facts: dict[str, Any]) -> None:
    async def story(one: Left) -> None:
        await one.idle(**facts)
        await one.passes(600.0)
        assert one.looks == []
        await one.idle(600.0)
        # What passed meanwhile is nobody's absence.
        assert await one.until_told(Event.LOCK) >= 30.0

    left(tmp_path, story)


def test_a_lid_that_closes_ends_the_look_at_once(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.idle()
        await one.passes(20.0)
        assert one.looks
        one.scene.sessions.lid_closed = True
        one.scene.changes(Change.LID)
        assert one.looks == []
        await one.passes(600.0)
        assert one.looks == []

    left(tmp_path, story)


def test_by_logind_s_hint_where_the_agent_cannot_tell(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.says(Use())
        await one.passes(60.0)
        assert one.looks == []
        one.scene.changes(idle=True)
        await one.scene.settled()
        assert 30.0 <= await one.until_told(Event.LOCK) <= 33.0

    left(tmp_path, story)


def test_a_wrong_lock_is_undone_by_a_look(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        scene = one.scene
        await one.idle()
        await one.until_told(Event.LOCK)
        # The desktop's own hint comes later: it would count as locked by hand.
        scene.changes(Change.LOCKED, locked=True)
        await scene.settled()
        assert scene.context.held_sessions == frozenset()
        assert one.told(Event.LEAVING)[-1] == {"session": "1"}
        assert [type(job) for job in scene.worker.jobs] == [WatchJob]
        await scene.matched()
        await scene.settled()

    assert left(tmp_path, story) == ["1"]


def test_a_lock_by_hand_stays_one(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        scene = one.scene
        await one.idle()
        scene.changes(Change.LOCKED, locked=True)
        await scene.settled()
        assert scene.context.held_sessions == {"1"}

    assert left(tmp_path, story) == []


def test_long_after_we_told_it_to_a_lock_is_by_hand(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        scene = one.scene
        await one.idle()
        await one.until_told(Event.LOCK)
        await one.passes(60.0)
        scene.changes(Change.LOCKED, locked=True)
        await scene.settled()
        assert scene.context.held_sessions == {"1"}

    assert left(tmp_path, story) == []


def test_after_an_unlock_by_face_the_seconds_begin_anew(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        scene = one.scene
        await one.idle(5.0)
        await one.until_told(Event.LOCK)
        scene.changes(Change.LOCKED, locked=True)
        await scene.settled()
        await one.passes(100.0)
        scene.told.clear()
        # Nothing was touched all the while.
        scene.changes(Change.UNLOCKED, locked=False)
        await scene.settled()
        assert await one.until_told(Event.LOCK) >= 30.0

    left(tmp_path, story)


def test_a_camera_that_is_busy_locks_nobody_out(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.idle()
        for _ in range(200):
            await one.passes(1.0)
            if one.looks:
                await one.sees(Sight.BLIND)
        assert one.told(Event.LOCK) == []

    left(tmp_path, story)


def test_other_appearances_end_the_look(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.idle()
        await one.passes(20.0)
        (before,) = one.looks
        one.scene.context.templates_changed.tell("ada")
        assert one.looks == []
        await one.review()
        await one.passes(20.0)
        assert before not in one.looks

    left(tmp_path, story)


GLANCED = Config(presence=Presence(publish=True, look_every=0.5))
PUBLISHED = Config(presence=Presence(publish=True, look_every=3.0))


def _said(one: Left) -> list[tuple[object, object]]:
    return [(told["presence"], told["attentive"]) for told in one.told(Event.PRESENCE)]


def test_who_is_there_is_told_where_it_is_published(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.idle(0.0)
        await one.idle(5.0)
        for sight in (Sight.OWNER, Sight.OWNER, Sight.FACE, Sight.NOBODY, Sight.DARK):
            await one.passes(3.5)
            await one.sees(sight)
        assert _said(one)[-4:] == [
            ("owner", True),
            ("somebody", False),
            ("nobody", False),
            ("unknown", False),
        ]
        assert ("somebody", True) in _said(one)[:-4]
        # Nobody asked for a lock.
        await one.passes(4000.0)
        for _ in range(10):
            await one.passes(3.5)
            if one.looks:
                await one.sees(Sight.NOBODY)
        assert one.told(Event.LOCK) == one.told(Event.LEAVING) == []

    left(tmp_path, story, PUBLISHED)


def test_looks_in_quick_succession_are_one_time_that_the_camera_is_open(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.idle(0.0)
        await one.idle(5.0)
        await one.passes(1.0)
        (job,) = one.glances
        for sight in (Sight.OWNER, Sight.NOBODY, Sight.OWNER):
            job._on_sight(sight)
            await one.passes(0.5)
            assert one.glances == [job]
        assert [said for said, _ in _said(one)][-3:] == ["owner", "nobody", "owner"]
        # Its time is over: the next one begins at once.
        one.scene.worker.jobs.remove(job)
        job._on_end(Sight.OWNER)
        await one.scene.settled()
        (another,) = one.glances
        assert another is not job
        # The camera was lost: the next one begins at its pace.
        one.scene.worker.jobs.remove(another)
        another._on_end(Sight.BLIND)
        await one.scene.settled()
        assert (one.glances, _said(one)[-1]) == ([], ("unknown", False))
        await one.passes(1.0)
        assert len(one.glances) == 1
        one.scene.displays(on=False)
        await one.review()
        assert one.glances == []
        job._on_sight(Sight.OWNER)
        assert _said(one)[-1] == ("unknown", False)

    left(tmp_path, story, GLANCED)


def test_glances_lock_who_has_left(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.idle(5.0)
        await one.passes(1.0)
        (job,) = one.glances
        began = one.scene.time
        while not one.told(Event.LOCK) and one.scene.time - began < 60.0:
            await one.passes(0.5)
            job._on_sight(Sight.NOBODY)
            await one.scene.settled()
        assert 22.0 <= one.scene.time - began <= 28.0
        assert len(one.told(Event.LEAVING)) == 1
        await one.says(Use(idle_seconds=0.0))
        assert one.glances == []

    left(tmp_path, story, replace(GLANCED, leave=Leave(seconds=30.0)))


def test_what_a_lock_hides_is_unknown(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.idle(0.0)
        one.scene.changes(Change.LOCKED, locked=True)
        await one.scene.settled()
        assert _said(one)[-1] == ("unknown", False)
        assert one.scene.context.leaving.presence == {}

    left(tmp_path, story, PUBLISHED)


def test_by_default_nobody_is_told_who_is_there(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.idle(0.0)
        await one.idle(5.0)
        await one.passes(20.0)
        await one.sees(Sight.OWNER)
        assert _said(one) == []

    left(tmp_path, story)


def test_who_looks_over_the_shoulder_is_told_of_where_that_is_wanted(tmp_path: Path) -> None:
    async def told(one: Left) -> float:
        """Time passes, and every look shows the owner and somebody else; after how long."""
        await one.idle()
        began = one.scene.time
        while not one.told(Event.ONLOOKER) and one.scene.time - began < 200.0:
            await one.passes(0.5)
            if one.looks:
                await one.sees(Sight.OWNER, onlooker=True)
        return one.scene.time - began

    async def wanted(one: Left) -> None:
        # The first look when it would come anyway, another so many seconds after it.
        assert await told(one) < 20.0
        assert one.told(Event.ONLOOKER) == [{"session": "1"}]

    async def not_wanted(one: Left) -> None:
        assert await told(one) >= 200.0

    left(tmp_path, wanted, Config(leave=Leave(seconds=30.0, onlooker=3.0)))
    left(tmp_path, not_wanted)


def test_a_face_beside_the_owner_s_ends_no_watch_and_locks_nothing(tmp_path: Path) -> None:
    async def story(one: Left) -> None:
        await one.idle()
        for _ in range(200):
            await one.passes(0.5)
            if one.looks:
                await one.sees(Sight.OWNER, onlooker=True)
        assert not one.told(Event.LOCK)
        assert not one.told(Event.LEAVING)

    left(tmp_path, story, Config(leave=Leave(seconds=30.0, onlooker=3.0)))
