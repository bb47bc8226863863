"""An open session whose owner may leave, for the tests of what is seen of it and told."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daemon.api import Event
from daemon.config import Config, Leave
from daemon.policy.presence import Sight
from daemon.policy.use import Use
from daemon.unlocking.glances import GlanceJob
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
