"""What matches and passwords lead to: uses counted, and lessons only where all is right."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from daemon.adaptation.manager import AdaptationManager
from daemon.api import Reason, Verdict
from daemon.config import Adaptation, Config
from daemon.recognition.results import AttemptResult
from daemon.state.context import Context, UserEvent
from daemon.state.templates import Templates
from enroll.adaptation import CERTAIN, CONFIRMED, Probe, Visit
from enroll.store.binding import login_account
from enroll.store.store import TemplateStore
from enroll.template import Appearance, Person
from models.pose import Pose
from tests.bus.world import ME

LONG_AGO = "2025-03-01T12:00:00Z"
TODAY = "2025-04-01T08:00:00Z"
THRESHOLD = 0.5
ROWS = np.stack([np.eye(64, dtype=np.float32)[0]] * 3)
VISIT = Visit(
    "default", LONG_AGO, "fake:0", THRESHOLD, 5, 0.1, 0, Probe(ROWS[0], 0.9, Pose(0.0, 0.0, 0.0))
)
BETWEEN = replace(VISIT, farthest=(CERTAIN + CONFIRMED) / 2 * THRESHOLD)


class World:
    """A context with nothing in it but what adaptation asks for."""

    def __init__(self, folder: Path, *, enabled: bool = True) -> None:
        self.store = TemplateStore(folder / "templates", account=login_account)
        appearance = Appearance("default", LONG_AGO, "fake:0", "euclidean", ROWS)
        self.store.save(Person(ME, (appearance,)))
        self.templates = Templates(folder / "templates")
        self.time = 100.0
        self.entries: list[str] = []
        self.warnings: list[str] = []
        config = Config(adaptation=Adaptation(enabled=enabled))
        audit = SimpleNamespace(record=self._record)
        self.changed = UserEvent()
        context = SimpleNamespace(
            templates=self.templates,
            templates_changed=self.changed,
            config=config,
            audit=audit,
            warn=self.warnings.append,
        )
        self.adaptation = AdaptationManager(
            cast(Context, context), now=lambda: TODAY, clock=lambda: self.time
        )

    def _record(self, message: str, fields: Mapping[str, Any]) -> None:
        self.entries.append(f"{message} {fields['reason']}")

    def match(self, visit: Visit | None = VISIT) -> None:
        finding = AttemptResult(Verdict.MATCHED, Reason.RECOGNISED, "", 5, 0.1, THRESHOLD, {})
        self.adaptation.recognised(ME, replace(finding, visit=visit))

    @property
    def learnt(self) -> int:
        return len(self.store.load(ME).appearances[0].adapted)


def test_uses_reach_the_disk_at_the_end(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, enabled=False)
        for _ in range(3):
            world.match()
        world.match(None)
        assert world.store.uses(ME) == {}
        found = await world.templates.uses(ME)
        await world.adaptation.done()
        assert world.store.uses(ME) == found
        ((key, use),) = found.items()
        assert (key, use.count, use.last) == (("default", "fake:0"), 3, TODAY)
        assert world.learnt == 0

    asyncio.run(run())


def test_uses_of_somebody_who_was_removed_do_not_come_back(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path, enabled=False)
        world.match()
        await world.templates.remove(ME)
        await world.adaptation.done()
        assert [path.suffix for path in world.store.folder.iterdir() if ME in path.name] == []

    asyncio.run(run())


def test_a_very_certain_match_teaches_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        world.match()
        world.match()
        await world.adaptation.done()
        assert world.learnt == 1
        (entry,) = world.entries
        assert "very certain" in entry
        assert "remove --adapted" in entry

    asyncio.run(run())


@pytest.mark.parametrize(("seconds", "lessons"), [(1.0, 1), (60.0, 1), (61.0, 0)])
def test_a_match_that_the_password_confirms_soon_teaches(
    tmp_path: Path, seconds: float, lessons: int
) -> None:
    async def run() -> None:
        world = World(tmp_path)
        world.match(BETWEEN)
        await world.adaptation.done()
        assert world.learnt == 0
        world.time += seconds
        world.adaptation.confirmed(ME)
        world.adaptation.confirmed(ME)
        await world.adaptation.done()
        assert world.learnt == lessons
        assert ["password confirmed" in entry for entry in world.entries] == [True] * lessons

    asyncio.run(run())


@pytest.mark.parametrize(("whose", "lessons"), [(ME, 0), ("somebody-else", 1)])
def test_a_password_confirms_nothing_that_was_taken_back(
    tmp_path: Path, whose: str, lessons: int
) -> None:
    """`remove --adapted`, and the password for something else right after it."""

    async def run() -> None:
        world = World(tmp_path)
        world.match(BETWEEN)
        world.changed.tell(whose)
        world.adaptation.confirmed(ME)
        await world.adaptation.done()
        assert world.learnt == lessons

    asyncio.run(run())


def test_a_password_alone_teaches_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        world.adaptation.confirmed(ME)
        await world.adaptation.done()
        assert world.learnt == 0

    asyncio.run(run())


def test_what_cannot_be_read_teaches_nothing_and_says_so(tmp_path: Path) -> None:
    async def run() -> None:
        world = World(tmp_path)
        other = TemplateStore(world.store.folder, account=lambda _: 4711)
        other.save(Person("somebody", world.store.load(ME).appearances))
        world.match()
        await world.adaptation.done()
        assert world.learnt == 0
        assert world.entries == []
        (warning,) = world.warnings
        assert "nothing was learnt" in warning

    asyncio.run(run())


def test_others_are_read_only_where_there_is_something_to_learn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        world = World(tmp_path)
        asked: list[str] = []
        original = world.templates.others

        async def others(username: str) -> list[Person]:
            asked.append(username)
            return await original(username)

        monkeypatch.setattr(world.templates, "others", others)
        for visit in (BETWEEN, VISIT, VISIT, VISIT):
            world.match(visit)
            await world.adaptation.done()
        assert (asked, world.learnt) == ([ME], 1)

    asyncio.run(run())
