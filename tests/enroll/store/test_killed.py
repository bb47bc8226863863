"""A process that is really killed, or whose disk really fails, at every step of a change."""

import errno
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from enroll.errors import NotEnrolledError, StoreError
from enroll.store.keys import Key
from enroll.store.store import TemplateStore
from enroll.store.usage import Use
from enroll.template import Appearance, Person
from tests.enroll.people import CREATED, EVERYBODY, appearance, person
from tests.enroll.stored import files_in, one_clear_line

CALLS = (
    *("open", "read", "write", "close", "fstat", "fsync", "stat", "mkdir"),
    *("rename", "link", "unlink", "listdir", "posix_fadvise"),
)
MOST_STEPS = 120
Change = Callable[[TemplateStore], object]

ADA = Person("ada", (appearance(1), appearance(2, "glasses")))
BOB = person("bob", 5)
KEY = ("default", "resnet:0")
CREDENTIAL = Key(bytes(range(32)), credential=True)


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def counted(patch: pytest.MonkeyPatch, act: Callable[[int], None]) -> None:
    """Tells `act` the number of each call of the system, before it is made."""
    count = 0

    def watched(call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            act(count)
            return call(*arguments, **options)

        return made

    for name in CALLS:
        patch.setattr(os, name, watched(getattr(os, name)))


def killed_before(step: int, store: TemplateStore, change: Change) -> bool:
    """Makes `change` in a child that dies by SIGKILL before that call; True where it lived on."""
    child = os.fork()
    if child == 0:
        try:
            with pytest.MonkeyPatch.context() as patch:
                counted(patch, lambda count: die() if count == step else None)
                change(store)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


def everything(store: TemplateStore) -> dict[str, Person]:
    return {name: store.load(name) for name in store.names()}


GLASSES = replace(ADA.appearances[1], created="2025-05-05T05:05:05Z")
RENAMED = ADA.renamed("glasses", "spectacles")
CHANGES: dict[str, tuple[Change, dict[str, Person]]] = {
    "save": (lambda store: store.save(person("ada", 9)), {"ada": person("ada", 9), "bob": BOB}),
    "first of a new person": (
        lambda store: store.save(person("eve", 7)),
        {"ada": ADA, "bob": BOB, "eve": person("eve", 7)},
    ),
    "add an appearance": (
        lambda store: store.add_appearance("ada", GLASSES),
        {"ada": ADA.with_appearance(GLASSES), "bob": BOB},
    ),
    "remove an appearance": (
        lambda store: store.remove_appearance("ada", "glasses"),
        {"ada": Person("ada", ADA.appearances[:1]), "bob": BOB},
    ),
    "rename an appearance": (
        lambda store: store.rename_appearance("ada", "glasses", "spectacles"),
        {"ada": RENAMED, "bob": BOB},
    ),
    "remove": (lambda store: store.remove("ada"), {"bob": BOB}),
    "count uses": (
        lambda store: store.keep_uses("ada", {KEY: Use(3, CREATED)}),
        {"ada": ADA, "bob": BOB},
    ),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of both, which every step gets a copy of."""
    store = TemplateStore(tmp_path_factory.mktemp("written") / "templates")
    store.save(ADA)
    store.save(BOB)
    store.keep_uses("ada", {KEY: Use(2, CREATED)})
    return store.folder


def prepared(written: Path, folder: Path) -> TemplateStore:
    return TemplateStore(Path(shutil.copytree(written, folder)))


@pytest.mark.parametrize("name", CHANGES)
def test_killed_at_any_call_the_old_or_the_new_is_there(
    tmp_path: Path, written: Path, name: str
) -> None:
    change, after = CHANGES[name]
    before = {"ada": ADA, "bob": BOB}
    finished, seen = False, []
    for step in range(1, MOST_STEPS):
        store = prepared(written, tmp_path / str(step))
        finished = killed_before(step, store, change)
        found = everything(store)
        assert found in (before, after), f"killed before call {step}"
        assert not finished or found == after
        if "ada" not in found:
            assert not [file for file in files_in(store) if file.startswith("ada")]
        seen.append(found)
        # Whoever writes next tidies up, and nothing of the dead writer is left.
        store.save(BOB)
        assert not [file for file in files_in(store) if file.startswith(".")]
        assert everything(store) == found
        shutil.rmtree(store.folder)
        if finished:
            break
    assert finished
    assert len(seen) > 5
    assert seen[0] == before
    # Once the new is there it stays: the old never comes back with a later death.
    first = next(index for index, found in enumerate(seen) if found == after)
    assert all(found == after for found in seen[first:])


def test_killed_at_any_call_of_the_very_first_write(tmp_path: Path) -> None:
    finished = False
    for step in range(1, MOST_STEPS):
        store = TemplateStore(tmp_path / str(step) / "templates")
        finished = killed_before(step, store, lambda one: one.save(ADA))
        assert everything(store) in ({}, {"ada": ADA})
        store.save(ADA)
        assert everything(store) == {"ada": ADA}
        assert files_in(store) == ["ada.templates", "key", "lock"]
        if finished:
            break
    assert finished


def test_killed_at_any_call_of_a_change_of_keys(tmp_path: Path, written: Path) -> None:
    finished = False
    for step in range(1, 2 * MOST_STEPS):
        store = prepared(written, tmp_path / str(step))
        finished = killed_before(step, store, lambda one: one.reseal(CREDENTIAL, adopt=EVERYBODY))
        # Taken once more it comes to its end, from wherever it was.
        assert store.reseal(CREDENTIAL, adopt=EVERYBODY) == []
        guarded = TemplateStore(store.folder, credential=CREDENTIAL)
        assert everything(guarded) == {"ada": ADA, "bob": BOB}
        assert "key" not in files_in(store)
        shutil.rmtree(store.folder)
        if finished:
            break
    assert finished


# --- disks that really fail


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of that size; skips where none can be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def big(value: float) -> Person:
    """Somebody whose file has some 256 KiB."""
    rows = np.full((64, 1024), value, np.float32)
    return Person("ada", (Appearance("default", CREATED, "resnet:0", "euclidean", rows),))


def test_a_disk_that_is_full_keeps_what_it_has(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "400k") as disk:
        store = TemplateStore(disk / "templates")
        store.save(big(1))
        with one_clear_line("no space left", "make room"):
            store.save(big(2))
        assert store.load("ada") == big(1)
        assert files_in(store) == ["ada.templates", "key", "lock"]
        with one_clear_line("no space left"):
            store.save(Person("bob", big(3).appearances))
        assert store.names() == ["ada"]
        # To make room by forgetting somebody works on a full disk.
        (disk / "rest").write_bytes(bytes(os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize))
        store.remove("ada")
        store.save(big(2))
        assert store.load("ada") == big(2)


def test_a_disk_that_becomes_read_only_can_still_be_read(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        store = TemplateStore(disk / "templates")
        store.save(ADA)
        store.keep_uses("ada", {KEY: Use(2, CREATED)})
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for act in (
            lambda: store.save(person("ada", 2)),
            lambda: store.remove("ada"),
            lambda: store.remove_appearance("ada", "default"),
            lambda: store.keep_uses("ada", {KEY: Use(3, CREATED)}),
        ):
            with one_clear_line("read-only"):
                act()
        assert store.load("ada") == ADA
        assert store.uses("ada") == {KEY: Use(2, CREATED)}


def test_a_limit_on_the_size_of_files_is_a_clear_line(tmp_path: Path) -> None:
    store = TemplateStore(tmp_path / "templates")
    store.save(ADA)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python ignores the signal that comes with it, and gets the error.
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))
    try:
        with one_clear_line("file too large"):
            store.save(person("ada", 2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.load("ada") == ADA
    assert files_in(store) == ["ada.templates", "key", "lock"]


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS])
@pytest.mark.parametrize("name", CHANGES)
def test_an_error_at_any_call_is_a_clear_line_and_loses_nothing(
    tmp_path: Path, written: Path, name: str, error: int
) -> None:
    change, after = CHANGES[name]
    before = {"ada": ADA, "bob": BOB}
    for step in range(1, MOST_STEPS):
        store = prepared(written, tmp_path / str(step))
        finished = failing_at(step, store, change, error)
        found = everything(store)
        assert found in (before, after), f"failed at call {step}"
        assert not finished or found == after
        shutil.rmtree(store.folder)
        if finished:
            return
    pytest.fail("it never came to its end")


def failing_at(step: int, store: TemplateStore, change: Change, error: int) -> bool:
    """Makes `change` where one call of the system fails; True where none was left to fail."""
    reached = False

    def fail(count: int) -> None:
        nonlocal reached
        if count == step:
            reached = True
            raise OSError(error, os.strerror(error))

    with pytest.MonkeyPatch.context() as patch:
        counted(patch, fail)
        try:
            change(store)
        except (StoreError, NotEnrolledError) as problem:
            assert str(problem).isprintable()
        except OSError as problem:
            # Only of closing, when everything is on the disk, or of the lock.
            assert problem.errno == error
    return not reached


def test_what_the_disk_did_not_keep_never_takes_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that says yes and writes something else: what is read back decides."""
    store = TemplateStore(tmp_path / "templates")
    store.save(ADA)
    write = os.write

    def lying(descriptor: int, data: bytes) -> int:
        write(descriptor, bytes(len(data)))
        return len(data)

    monkeypatch.setattr(os, "write", lying)
    with one_clear_line("did not keep what was written", "untouched"):
        store.save(person("ada", 2))
    monkeypatch.undo()
    assert store.load("ada") == ADA
    assert files_in(store) == ["ada.templates", "key", "lock"]
