"""Who is before an idle session, told to those who may know: presence, and onlookers."""

from dataclasses import replace
from pathlib import Path

from daemon.api import Event
from daemon.config import Config, Leave, Presence
from daemon.policy.presence import Sight
from daemon.policy.use import Use
from daemon.system.sessions import Change
from tests.daemon.unlocking.leaving_scene import Left, left

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
