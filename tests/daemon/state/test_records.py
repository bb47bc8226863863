"""What outlives the process: written whole, private, and never trusted when it is damaged."""

import asyncio
import os
from pathlib import Path

import pytest

from daemon.api import UNTIL_RESUMED
from daemon.config import Attempts
from daemon.policy.lockout import LockoutState, Moment
from daemon.state.history import Entry
from daemon.state.records import Records, StateFile, now
from enroll.errors import StoreError
from tests.daemon.camera.cameras import OWN

LIMITS = Attempts()
ENTRY = Entry(1.0, "matched", "recognised")


def records(folder: Path) -> tuple[Records, list[str]]:
    """The records in `folder`, and what was wrong with them."""
    warnings: list[str] = []
    return Records(folder, LIMITS, warn=warnings.append), warnings


async def _written(folder: Path) -> None:
    kept, _ = records(folder)
    kept.lockout.failed(1000, now())
    kept.keep_attempts()
    kept.history.add("ada", ENTRY)
    kept.keep_history()
    kept.switches.set("ada", on=False)
    kept.keep_switches()
    kept.pauses.set(1000, UNTIL_RESUMED)
    kept.keep_pauses()
    await kept.pauses_kept()
    assert await kept.switches_kept() == ""
    kept.cameras.trust(OWN.identity)
    await kept.done()


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    asyncio.run(_written(tmp_path / "state"))
    again, warnings = records(tmp_path / "state")
    assert warnings == []
    assert again.lockout.standing(1000, now()).failures == 1
    assert again.history.of("ada") == (ENTRY,)
    assert not again.switches.on("ada")
    assert again.pauses.until == UNTIL_RESUMED
    assert again.cameras.record.known.trusted == frozenset({OWN.identity})
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    names = {one.name for one in (tmp_path / "state").iterdir()}
    assert names == {
        *("attempts.json", "cameras.json", "history.json", "pauses.json", "switches.json")
    }
    assert {one.stat().st_mode & 0o777 for one in (tmp_path / "state").iterdir()} == {0o600}


def test_who_is_removed_keeps_the_failed_attempts(tmp_path: Path) -> None:
    """Else whoever may remove could try without end."""

    async def remove() -> None:
        await _written(tmp_path / "state")
        kept, _ = records(tmp_path / "state")
        kept.forget("ada")
        await kept.done()

    asyncio.run(remove())
    again, _ = records(tmp_path / "state")
    assert again.lockout.standing(1000, now()).failures == 1
    assert again.history.of("ada") == ()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b'{"version": 1}', b"7"])
def test_damaged_files_are_said_and_opened_for_nobody(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "state"
    asyncio.run(_written(folder))
    for file in folder.iterdir():
        file.write_bytes(content)
    again, warnings = records(folder)
    assert len(warnings) == 5
    assert again.cameras.record.known.trusted == frozenset()
    assert again.lockout.standing(1000, now()).state is LockoutState.PASSWORD
    assert again.history.of("ada") == ()
    assert not again.switches.on("bob")
    assert again.pauses.until == UNTIL_RESUMED


def test_a_history_that_is_not_ours_to_read_begins_anew(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    asyncio.run(_written(folder))
    (folder / "history.json").rename(tmp_path / "elsewhere")
    (folder / "history.json").symlink_to(tmp_path / "elsewhere")
    again, warnings = records(folder)
    assert again.history.of("ada") == ()
    assert "history.json" in warnings[0]


@pytest.mark.parametrize("name", ["attempts.json", "switches.json", "pauses.json", "cameras.json"])
def test_what_guards_something_must_be_our_own(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "state"
    asyncio.run(_written(folder))
    (folder / name).rename(tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError):
        records(folder)


def test_a_folder_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o755)
    (tmp_path / "state").chmod(0o755)
    with pytest.raises(StoreError):
        records(tmp_path / "state")


def test_what_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    warnings: list[str] = []
    file = StateFile(folder, "x.json", warn=warnings.append)

    async def keep_twice() -> None:
        folder.symlink_to(tmp_path)
        for _ in range(2):
            file.keep(dict)
            await file.done()
        assert file.problem
        folder.unlink()
        file.keep(dict)
        await file.done()
        assert file.problem == ""

    asyncio.run(keep_twice())
    assert len(warnings) == 1
    assert file.read() == {}


def test_the_newest_wins(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "state", "x.json", warn=lambda _: None)

    async def keep_many() -> None:
        for number in range(100):
            file.keep(lambda number=number: number)  # type: ignore[misc]
        await file.done()

    asyncio.run(keep_many())
    assert file.read() == 99


def test_this_moment_is_of_this_boot() -> None:
    before = now()
    assert isinstance(before, Moment)
    assert now().monotonic >= before.monotonic
    assert before.boot == os.environ.get("FACELATCH_BOOT_ID", before.boot)
