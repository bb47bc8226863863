"""Whose faces are looked for: read once, again when they change, never kept past that."""

from dataclasses import replace
from pathlib import Path

from daemon.unlocking.owners import Owners
from tests.daemon.unlocking.monitor_scene import LOCKED, Scene, played

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
