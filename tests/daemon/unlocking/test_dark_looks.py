"""Owners who want their screen woken: short looks in the dark, and what follows from each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.config import Attempts, Config, Schedule
from daemon.policy.displays import HELD_SECONDS
from daemon.policy.presence import Sight
from daemon.policy.use import Use
from daemon.state.records import now
from daemon.system.sessions import Change
from daemon.unlocking.job import WatchJob
from daemon.unlocking.look import LookJob
from tests.daemon.unlocking.monitor_scene import LOCKED, Scene, played

PACE = Schedule().dark_look_every
WAKE = Use(watch_dark=True)


class Dark:
    """A locked session whose displays are off."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    async def wishes(self, use: Use) -> None:
        """Her agent says what she wants."""
        self.scene.context.leaving.use.reported(
            "agent", uid=LOCKED.uid, session=LOCKED.id, use=use, time=self.scene.time
        )
        await self.passes(0.0)

    async def passes(self, seconds: float) -> None:
        """Time, and whatever comes of it."""
        self.scene.time += seconds
        self.scene.monitor.review()
        await self.scene.settled()

    @property
    def looks(self) -> list[LookJob]:
        """Under way."""
        return [job for job in self.scene.worker.jobs if isinstance(job, LookJob)]

    @property
    def watches(self) -> list[WatchJob]:
        """Under way."""
        return [job for job in self.scene.worker.jobs if isinstance(job, WatchJob)]

    async def sees(self, sight: Sight) -> None:
        """The next look ends so."""
        await self.passes(PACE)
        (job,) = self.looks
        self.scene.worker.jobs.remove(job)
        job._on_end(sight)
        await self.scene.settled()


def _dark(
    folder: Path,
    story: Callable[[Dark], Any],
    use: Use = WAKE,
    config: Config | None = None,
) -> None:
    async def play(scene: Scene) -> None:
        one = Dark(scene)
        scene.displays(on=False)
        await one.wishes(use)
        await story(one)

    played(folder, play, config or Config())


def test_it_is_looked_at_shortly_and_seldom(tmp_path: Path) -> None:
    async def story(one: Dark) -> None:
        for _ in range(3):
            await one.passes(PACE - 0.1)
            assert one.scene.worker.jobs == []
            await one.passes(0.1)
            (job,) = one.looks
            one.scene.worker.jobs.remove(job)
            job._on_end(Sight.NOBODY)
            await one.scene.settled()
        assert one.scene.context.leaving.minded_dark == {"1"}

    _dark(tmp_path, story)


@pytest.mark.parametrize("use", [Use(), Use(watch_dark=True, battery=0.1)])
def test_who_does_not_want_it_or_is_low_on_battery_is_not_looked_for(
    tmp_path: Path, use: Use
) -> None:
    async def story(one: Dark) -> None:
        await one.passes(600.0)
        assert one.scene.worker.jobs == []
        assert one.scene.context.leaving.minded_dark == frozenset()

    _dark(tmp_path, story, use)


def test_where_the_owner_is_seen_the_session_is_watched_for_a_while(tmp_path: Path) -> None:
    async def story(one: Dark) -> None:
        await one.sees(Sight.OWNER)
        assert one.looks == []
        assert len(one.watches) == 1
        await one.passes(60.0)
        assert one.watches == []
        await one.passes(PACE)
        assert len(one.looks) == 1

    _dark(tmp_path, story)


@pytest.mark.parametrize("sight", [one for one in Sight if one is not Sight.OWNER])
def test_nobody_and_nothing_else_has_it_watched(tmp_path: Path, sight: Sight) -> None:
    async def story(one: Dark) -> None:
        await one.sees(sight)
        assert one.scene.worker.jobs == []
        assert one.scene.context.watched == frozenset()

    _dark(tmp_path, story)


def test_one_locked_by_hand_is_watched_once_its_owner_is_not_there(tmp_path: Path) -> None:
    async def story(one: Dark) -> None:
        one.scene.changes(Change.LOCKED, idle=False)
        await one.passes(0.0)
        assert len(one.watches) == 1
        await one.passes(HELD_SECONDS)
        await one.sees(Sight.OWNER)
        assert one.scene.worker.jobs == []
        await one.sees(Sight.NOBODY)
        assert len(one.watches) == 1

    _dark(tmp_path, story)


def test_light_ends_the_look_and_so_does_the_lid(tmp_path: Path) -> None:
    async def story(one: Dark) -> None:
        await one.passes(PACE)
        assert len(one.looks) == 1
        one.scene.sessions.lid_closed = True
        one.scene.changes(Change.LID)
        assert one.looks == []
        one.scene.sessions.lid_closed = False
        await one.passes(0.0)
        await one.passes(PACE)
        assert len(one.looks) == 1
        one.scene.displays(on=True)
        await one.scene.settled()
        assert one.looks == []
        assert len(one.watches) == 1

    _dark(tmp_path, story)


def test_who_wants_no_unlocking_is_not_looked_for(tmp_path: Path) -> None:
    async def story(one: Dark) -> None:
        one.scene.context.records.switches.set("ada", on=False)
        await one.passes(PACE)
        await one.passes(PACE)
        assert one.looks == []
        one.scene.context.records.switches.set("ada", on=True)
        await one.passes(PACE)
        await one.passes(PACE)
        assert len(one.looks) == 1

    _dark(tmp_path, story)


def test_who_is_locked_out_is_not_looked_for(tmp_path: Path) -> None:
    async def story(one: Dark) -> None:
        for _ in range(Attempts().before_password):
            one.scene.context.records.lockout.failed(LOCKED.uid, now())
        await one.passes(PACE)
        await one.passes(PACE)
        assert one.looks == []
        one.scene.context.records.lockout.cleared(LOCKED.uid)
        await one.passes(PACE)
        await one.passes(PACE)
        assert len(one.looks) == 1

    _dark(tmp_path, story)


def test_a_new_enrolment_ends_the_look(tmp_path: Path) -> None:
    async def story(one: Dark) -> None:
        await one.passes(PACE)
        assert len(one.looks) == 1
        one.scene.context.templates_changed.tell("ada")
        assert one.looks == []

    _dark(tmp_path, story)


def test_where_the_camera_stays_on_in_the_dark_no_look_is_needed(tmp_path: Path) -> None:
    async def story(one: Dark) -> None:
        await one.passes(PACE)
        assert one.looks == []
        assert len(one.watches) == 1

    _dark(tmp_path, story, config=Config(schedule=Schedule(dark_screen=True)))


def test_how_seldom_the_camera_was_on_is_written_down(tmp_path: Path) -> None:
    async def story(one: Dark) -> None:
        for _ in range(12):
            one.scene.worker.on_seconds += 0.5
            await one.sees(Sight.NOBODY)
        one.scene.displays(on=True)
        await one.scene.settled()
        assert (
            "session 1 of ada was dark and locked for 60 s: the camera was on for 6.0 s of it"
            " (10.0 %), in 12 looks"
        ) in one.scene.written

    _dark(tmp_path, story)
