"""An hour of evenings before a locked session: when the camera was on, beside when it should be.

The real monitor and the real schedule of the camera, with a clock that is handed in. What is right
is written down here once more, from what happened alone.
"""

import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from daemon.camera.schedule import CameraSchedule, Purpose
from daemon.config import Camera, Config, Schedule
from daemon.policy.displays import HELD_SECONDS
from daemon.system.sessions import Change
from tests.daemon.unlocking.monitor_scene import FakeWorker, Scene, played

HOUR, TICK, LONG_TICK = 3600.0, 0.1, 1.0
FINE_SECONDS = 2.0
"""After something happened, and before, the camera is looked at every short tick."""
OPENS_WITHIN, CLOSES_WITHIN = 0.2, 1.0
"""Seconds after which the camera must be open, and closed."""
UNTOLD_SECONDS = 60.0


class Worker(FakeWorker):
    """A camera that is at once what the schedule wants it to be."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._schedule = CameraSchedule(Camera(), Schedule())

    def add(self, job: Any) -> None:
        super().add(job)
        self._schedule.request(str(id(job)), Purpose.WATCH, self._clock())

    def drop(self, job: Any) -> None:
        super().drop(job)
        self._schedule.release(str(id(job)), self._clock())

    def block(self, why: str, *, on: bool) -> None:
        tell = self._schedule.block if on else self._schedule.unblock
        tell(why, self._clock())

    def wake(self) -> None:
        self._schedule.wake(self._clock())

    def is_open(self) -> bool:
        """Opens and closes it, and says which."""
        time = self._clock()
        found = self._schedule.desired(time).open
        (self._schedule.timer.opened if found else self._schedule.timer.closed)(time)
        return found


@dataclass
class Facts:
    """What is the case, by what happened."""

    told: bool
    """Whether an agent tells of the displays."""
    display: bool = True
    locked: bool = True
    by_hand: bool = False
    lid_open: bool = True
    awake: bool = True
    alive: float = 0.0
    dark: float = math.inf

    def wanted(self, time: float) -> bool:
        """Whether somebody may come to be let in."""
        if not (self.locked and self.lid_open and self.awake):
            return False
        if not self.told:
            return time - self.alive < UNTOLD_SECONDS
        return self.display or (self.by_hand and time - self.dark < HELD_SECONDS)


@dataclass
class Evening:
    """What happens, drawn at random, to the scene and to the facts alike."""

    scene: Scene
    facts: Facts
    chance: random.Random
    happened: dict[str, int] = field(default_factory=dict)

    def next(self) -> None:
        """One thing happens; what keeps everybody out most often ends."""
        facts = self.facts
        undone = {"lock": facts.locked, "lid": facts.lid_open, "sleep": facts.awake}
        kinds = [name for name, fine in undone.items() if not fine]
        if not kinds or self.chance.random() < 0.3:
            kinds = ["key", "key", *undone, *(("display",) * 5 if facts.told else ())]
        kind = self.chance.choice(kinds)
        self.happened[kind] = self.happened.get(kind, 0) + 1
        getattr(self, f"_{kind}")()

    def _display(self, *, on: bool | None = None) -> None:
        facts = self.facts
        facts.display = not facts.display if on is None else on
        facts.dark = math.inf if facts.display else self.scene.time
        self.scene.displays(on=facts.display)

    def _key(self) -> None:
        """It lights the displays too."""
        self.facts.alive = self.scene.time
        if self.facts.told and not self.facts.display:
            self._display(on=True)
        self.scene.monitor.wake("ada")

    def _lid(self) -> None:
        self.facts.lid_open = not self.facts.lid_open
        self._woken(self.facts.lid_open)
        self.scene.sessions.lid_closed = not self.facts.lid_open
        self.scene.monitor.review()

    def _sleep(self) -> None:
        self.facts.awake = not self.facts.awake
        self._woken(self.facts.awake)
        self.scene.sessions.asleep = not self.facts.awake
        self.scene.monitor.review()

    def _woken(self, found: bool) -> None:
        if found and self.facts.lid_open and self.facts.awake:
            self.facts.alive = self.scene.time

    def _lock(self) -> None:
        facts = self.facts
        facts.locked = not facts.locked
        there = facts.lid_open and facts.awake
        facts.by_hand = facts.locked and there and self.chance.random() < 0.5
        facts.alive = self.scene.time
        change = Change.LOCKED if facts.locked else Change.UNLOCKED
        self.scene.changes(change, locked=facts.locked, idle=not facts.by_hand)


@pytest.mark.parametrize("told", [True, False], ids=["told of displays", "told nothing"])
@pytest.mark.parametrize("seed", range(2))
def test_no_second_of_difference(tmp_path: Path, seed: int, told: bool) -> None:
    wrong: list[float] = []
    seconds = {True: 0.0, False: 0.0}

    async def story(scene: Scene) -> None:
        worker = Worker(lambda: scene.time)
        scene.monitor._watches._worker = scene.monitor._worker = worker  # type: ignore[assignment]
        chance = random.Random(seed)
        evening = Evening(scene, Facts(told, alive=scene.time), chance)
        if told:
            scene.displays(on=True)
        end, due, last = scene.time + HOUR, scene.time, scene.time
        wanted, since = True, scene.time
        while scene.time < end:
            if scene.time >= due:
                evening.next()
                last = scene.time
                due = scene.time + chance.choice((0.3, 2.0, 20.0, 50.0, 90.0))
            scene.monitor.review()
            for _ in range(6):
                await asyncio.sleep(0)
            if evening.facts.wanted(scene.time) != wanted:
                wanted, since = not wanted, scene.time
            is_open = worker.is_open()
            late = scene.time - since > (OPENS_WITHIN if wanted else CLOSES_WITHIN)
            if is_open != wanted and late:
                wrong.append(scene.time)
            tick = LONG_TICK if last + FINE_SECONDS < scene.time < due - LONG_TICK else TICK
            seconds[is_open] += tick
            scene.time += tick
        assert min(evening.happened.values()) > 5

    played(tmp_path, story, Config())
    assert wrong == []
    assert min(seconds.values()) > HOUR / 10
