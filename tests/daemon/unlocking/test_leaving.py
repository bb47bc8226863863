"""Owners who leave: the service looks, warns, and has the session locked; then lets them in."""

from pathlib import Path
from typing import Any

import pytest

from daemon.api import Event
from daemon.config import Config
from daemon.policy.presence import Sight
from daemon.policy.use import Use
from daemon.system.sessions import Change
from daemon.unlocking.job import WatchJob
from tests.daemon.unlocking.leaving_scene import Left, left


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
