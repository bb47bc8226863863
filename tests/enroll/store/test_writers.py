"""Several writers at once lose nothing, and one that never ends is named."""

import fcntl
import multiprocessing
from pathlib import Path

import pytest

from enroll.store import private_folder
from enroll.store.store import TemplateStore
from tests.enroll.people import appearance, person
from tests.enroll.stored import one_clear_line


def _add_appearances(folder: str, first: int) -> None:
    store = TemplateStore(Path(folder))
    for number in range(first, first + 4):
        store.add_appearance("ada", appearance(number, f"appearance {number}"))


def test_two_writers_lose_nothing(store: TemplateStore) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_add_appearances, args=(str(store.folder), first))
        for first in (0, 4, 8)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert {one.name for one in store.load("ada").appearances} == {
        f"appearance {n}" for n in range(12)
    }


def test_a_writer_that_does_not_come_to_an_end_is_named(
    store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(person())
    monkeypatch.setattr(private_folder, "_LOCK_PATIENCE", 0.1)
    with (store.folder / "lock").open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with one_clear_line("another program is writing"):
            store.save(person(value=2))
        assert store.load("ada") == person()
    store.save(person(value=2))
