"""Whose faces are looked for: read once, again when they change, never kept past that."""

import asyncio
from dataclasses import replace
from pathlib import Path

from daemon.api import Error
from daemon.errors import RefusalError
from daemon.unlocking.owners import Owners
from tests.daemon.unlocking.monitor_scene import LOCKED, Scene, played
from tests.waiting import PATIENCE

OPEN = replace(LOCKED, locked=False)


def test_an_owner_is_read_once_and_then_known(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        read: list[str] = []
        owners = Owners(scene.context, on_read=lambda: read.append("read"))
        assert owners.of(OPEN) is None
        assert owners.of(OPEN) is None
        await scene.settled()
        found = owners.of(OPEN)
        assert found is not None
        assert found.person is not None
        assert found.person.name == "ada"
        assert read == ["read"]

    played(tmp_path, story)


def test_what_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        owners = Owners(scene.context, on_read=lambda: None)
        scene.templates.ready.clear()
        owners.of(OPEN)
        await scene.settled()
        assert owners.forget_user("ada") == [OPEN.id]
        scene.templates.ready.set()
        await scene.settled()
        assert owners.of(OPEN) is None
        await scene.settled()
        assert owners.of(OPEN) is not None

    played(tmp_path, story)


def test_another_model_reads_anew_and_nobody_enrolled_is_nobody(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        owners = Owners(scene.context, on_read=lambda: None)
        owners.of(replace(OPEN, username="bob"))
        await scene.settled()
        bobs = owners.of(replace(OPEN, username="bob"))
        assert bobs is not None
        assert bobs.person is None
        scene.context.model_id = "another"
        assert owners.of(replace(OPEN, username="bob")) is None

    played(tmp_path, story)


def test_what_cannot_be_read_is_tried_again(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        read = asyncio.Event()
        owners = Owners(scene.context, on_read=read.set, again_seconds=0.01)
        scene.templates.problem = RefusalError(Error.STORE_PROBLEM, "the disk")
        owners.of(OPEN)
        await asyncio.wait_for(read.wait(), PATIENCE)
        unknown = owners.of(OPEN)
        assert unknown is not None
        assert unknown.person is None
        scene.templates.problem = None
        read.clear()
        await asyncio.wait_for(read.wait(), PATIENCE)
        read.clear()
        assert owners.of(OPEN) is None
        await asyncio.wait_for(read.wait(), PATIENCE)
        found = owners.of(OPEN)
        assert found is not None
        assert found.person is not None

    played(tmp_path, story)


def test_one_that_was_forgotten_is_not_asked_for_again(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        read: list[str] = []
        owners = Owners(scene.context, on_read=lambda: read.append("read"), again_seconds=0.0)
        scene.templates.problem = RefusalError(Error.STORE_PROBLEM, "the disk")
        owners.of(OPEN)
        while not read:
            await asyncio.sleep(0)
        owners.forget(OPEN.id)
        for _ in range(10):
            await asyncio.sleep(0)
        assert read == ["read"]

    played(tmp_path, story)
