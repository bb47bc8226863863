"""A write that fails or is killed at any call of the system leaves the old or the new."""

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from enroll.errors import NotEnrolledError, StoreError
from enroll.store.store import TemplateStore
from tests.enroll.people import person
from tests.enroll.stored import files_in, one_clear_line


class Killed(BaseException):
    """Stands for kill -9."""


_CLOSE = os.close
CALLS = ("open", "write", "fsync", "rename", "link", "unlink", "close", "mkdir", "listdir")


class Saboteur:
    """Lets `spare` calls of the system pass, then fails one; after a kill, all the rest."""

    def __init__(self, patch: pytest.MonkeyPatch, failure: BaseException, spare: int) -> None:
        self.calls = 0
        self._failure = failure
        self._spare = spare
        for name in CALLS:
            patch.setattr(os, name, self._sabotaged(getattr(os, name)))
        patch.setattr(fcntl, "flock", self._sabotaged(fcntl.flock))

    def _sabotaged(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def sabotaged(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            dead = isinstance(self._failure, Killed) and self.calls > self._spare
            if dead or self.calls == self._spare + 1:
                if call is _CLOSE:
                    call(*arguments)  # the kernel closes what a killed process had open
                raise self._failure
            return call(*arguments, **options)

        return sabotaged


def sabotage(act: Callable[[], object], failure: BaseException, spare: int) -> bool:
    """Runs `act` with the saboteur; True where it came to its end."""
    with pytest.MonkeyPatch.context() as patch:
        Saboteur(patch, failure, spare)
        try:
            act()
        except (Killed, StoreError, NotEnrolledError):
            return False
        except OSError as error:
            # Closing is the last thing done to a descriptor; what matters is on the disk by then.
            assert error is failure
            return False
        return True


FAILURES = [
    Killed(),
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    OSError(errno.EIO, os.strerror(errno.EIO)),
    OSError(errno.EROFS, os.strerror(errno.EROFS)),
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_write_that_fails_anywhere_leaves_the_old_or_the_new(
    tmp_path: Path, failure: BaseException
) -> None:
    finished = False
    seen = set()
    for spare in range(60):
        store = TemplateStore(tmp_path / f"{spare}")
        store.save(person("ada", 1))
        store.save(person("bob", 5))
        finished = sabotage(lambda store=store: store.save(person("ada", 2)), failure, spare)  # type: ignore[misc]
        value = store.load("ada").appearances[0].embeddings[0, 0]
        assert value in (1, 2)
        assert value == 2 or not finished
        assert store.load("bob") == person("bob", 5)
        assert store.names() == ["ada", "bob"]
        store.save(person("ada", 3))
        assert store.load("ada") == person("ada", 3)
        assert files_in(store) == ["ada.templates", "bob.templates", "key", "lock"]
        seen.add(float(value))
        if finished:
            break
    assert finished
    assert seen == {1.0, 2.0}


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_first_write_that_fails_anywhere_can_be_done_again(
    tmp_path: Path, failure: BaseException
) -> None:
    finished = False
    for spare in range(60):
        store = TemplateStore(tmp_path / f"{spare}" / "templates")
        finished = sabotage(lambda store=store: store.save(person()), failure, spare)  # type: ignore[misc]
        assert store.names() in ([], ["ada"])
        assert store.load_all() in ([], [person()])
        store.save(person())
        assert store.load_all() == [person()]
        assert files_in(store) == ["ada.templates", "key", "lock"]
        if finished:
            break
    assert finished


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_removal_that_fails_anywhere_leaves_all_or_nothing(
    tmp_path: Path, failure: BaseException
) -> None:
    finished = False
    for spare in range(60):
        store = TemplateStore(tmp_path / f"{spare}")
        store.save(person())
        finished = sabotage(lambda store=store: store.remove("ada"), failure, spare)  # type: ignore[misc]
        assert store.load_all() in ([], [person()])
        if finished:
            assert store.names() == []
            break
    assert finished


def test_a_full_disk_says_so(store: TemplateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(person())

    def write(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", write)
    with one_clear_line("no space left", "make room"):
        store.save(person(value=2))
    monkeypatch.undo()
    assert store.load("ada") == person()


def test_a_write_in_small_pieces_is_complete(
    store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data[:7])))
    store.save(person())
    monkeypatch.undo()
    assert store.load("ada") == person()


def test_data_is_synced_before_it_takes_the_place_and_the_folder_after(
    store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(person())
    calls: list[str] = []

    def noted(call: Callable[..., Any]) -> Callable[..., Any]:
        def note(*arguments: Any, **options: Any) -> Any:
            calls.append(call.__name__)
            return call(*arguments, **options)

        return note

    for name in ("write", "fsync", "rename"):
        monkeypatch.setattr(os, name, noted(getattr(os, name)))
    store.save(person(value=2))
    assert calls == ["write", "fsync", "rename", "fsync"]
