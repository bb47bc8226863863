"""A store whose permissions are in the way, where root cannot help: one clear line."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from enroll.store.store import TemplateStore
from tests.enroll.people import person


def _as_nobody(folder: Path, act: Callable[[], object]) -> str:
    """What `act` says in a process of an ordinary user who owns `folder`."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            act()
            said = "done"
        except BaseException as error:  # the parent wants to know whatever it is
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        return pipe.read()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that an ordinary user can reach, as pytest's own is not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@needs_root
def test_a_folder_that_cannot_be_written_is_one_clear_line(open_path: Path) -> None:
    store = TemplateStore(open_path / "templates", account=lambda _: 65534)
    store.save(person())
    store.folder.chmod(0o500)
    said = _as_nobody(store.folder, lambda: store.save(person(value=2)))
    assert said.startswith("StoreError")
    assert "permission denied" in said
    assert _as_nobody(store.folder, lambda: store.load("ada")) == "done"


@needs_root
def test_a_file_that_cannot_be_read_is_one_clear_line(open_path: Path) -> None:
    store = TemplateStore(open_path / "templates")
    store.save(person())
    (store.folder / "ada.templates").chmod(0)
    said = _as_nobody(store.folder, lambda: store.load("ada"))
    assert said.startswith("StoreError")
    assert "permission denied" in said


@needs_root
def test_somebody_else_s_store_is_one_clear_line(open_path: Path) -> None:
    store = TemplateStore(open_path / "templates")
    store.save(person())
    other = open_path / "other"
    other.mkdir()
    said = _as_nobody(other, lambda: store.load("ada"))
    assert said.startswith("StoreError")
    assert "permission denied" in said
