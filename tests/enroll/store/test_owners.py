"""Who may read a store and what they see; another's files, links and pipes are refused."""

import os
import stat
from pathlib import Path

import pytest

from enroll.store.store import TemplateStore
from tests.enroll.people import person
from tests.enroll.stored import one_clear_line


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_may_read(store: TemplateStore) -> None:
    old = os.umask(0)
    try:
        store.save(person())
    finally:
        os.umask(old)
    assert mode(store.folder) == 0o700
    assert mode(store.folder / "key") == 0o400
    assert {mode(path) for path in store.folder.iterdir() if path.name != "key"} == {0o600}


def test_the_file_shows_no_template(store: TemplateStore) -> None:
    someone = person(value=0.123)
    store.save(someone)
    (file,) = store.folder.glob("*.templates")
    content = file.read_bytes()
    assert someone.appearances[0].embeddings[0, :2].tobytes() not in content
    assert b"resnet:0" not in content
    before = content
    store.save(someone)
    assert file.read_bytes() != before  # a fresh nonce each time


@pytest.mark.parametrize("bits", [0o040, 0o004, 0o020, 0o002, 0o010])
@pytest.mark.parametrize("which", ["", "key", "ada.templates"])
def test_what_others_may_touch_is_refused(store: TemplateStore, which: str, bits: int) -> None:
    store.save(person())
    path = store.folder / which
    path.chmod(mode(path) | bits)
    with one_clear_line("open to other users", "chmod"):
        store.load("ada")
    with one_clear_line("open to other users", "chmod"):
        store.save(person())


def test_another_user_s_folder_is_refused(
    store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(person())
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    for act in (store.names, store.load_all, lambda: store.save(person())):
        with one_clear_line("belongs to another user"):
            act()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("which", ["key", "ada.templates"])
def test_another_user_s_file_is_refused(store: TemplateStore, which: str) -> None:
    store.save(person())
    os.chown(store.folder / which, 12345, 12345)
    with one_clear_line("belongs to another user"):
        store.load("ada")


@pytest.mark.parametrize("which", ["", "key", "lock", "ada.templates"])
def test_a_symbolic_link_is_refused(store: TemplateStore, tmp_path: Path, which: str) -> None:
    store.save(person())
    path, target = store.folder / which, tmp_path / "elsewhere"
    path.rename(target)
    path.symlink_to(target)
    with one_clear_line("symbolic link"):
        store.save(person(value=2))
    if which != "lock":
        with one_clear_line("symbolic link"):
            store.load("ada")


@pytest.mark.parametrize("which", ["key", "ada.templates"])
def test_a_pipe_or_folder_in_place_of_a_file_is_refused(store: TemplateStore, which: str) -> None:
    store.save(person())
    path = store.folder / which
    path.unlink()
    os.mkfifo(path, 0o600)
    with one_clear_line("not a regular file"):
        store.load("ada")
    path.unlink()
    path.mkdir(0o700)
    with one_clear_line("not a regular file"):
        store.load("ada")
    with one_clear_line("not a regular file"):
        store.save(person())


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "templates").write_text("")
    store = TemplateStore(tmp_path / "templates")
    with one_clear_line("folder"):
        store.names()
    with one_clear_line("templates"):
        store.save(person())
