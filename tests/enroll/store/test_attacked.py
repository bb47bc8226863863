"""Somebody who may write where the templates lie, and what that gets them.

Each test says who it is. What cannot be kept from them is here too, so that it stays said.
"""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from enroll.errors import NotEnrolledError, StoreError
from enroll.store import codec, envelope, private_folder, sealed_files
from enroll.store.binding import Place
from enroll.store.codec import TEMPLATES
from enroll.store.keys import Key
from enroll.store.store import TemplateStore
from enroll.store.usage import Use
from enroll.template import Person
from tests.enroll.people import CREATED, EVERYBODY, appearance, person
from tests.enroll.stored import files_in, one_clear_line

ACCOUNTS = {"ada": 1000, "bob": 1001}
KEY = Key(bytes(range(32)), credential=True)


@pytest.fixture
def store(tmp_path: Path) -> TemplateStore:
    """The service's, with two users."""
    (tmp_path / "machine-id").write_text("1" * 32)
    store = TemplateStore(
        tmp_path / "templates",
        account=ACCOUNTS.get,
        machine_id=tmp_path / "machine-id",
        credential=KEY,
    )
    store.save(person("ada", 1))
    store.save(person("bob", 2))
    return store


def file_of(store: TemplateStore, name: str) -> Path:
    return store.folder / f"{name}.templates"


# --- has the disk, has not the key


def test_bob_s_face_under_ada_s_name(store: TemplateStore) -> None:
    bobs = file_of(store, "bob").read_bytes()
    ada = file_of(store, "ada")
    kept = ada.read_bytes()
    with_ada_s_label = bobs.replace(b"bob", b"ada", 1)
    uid = (1000).to_bytes(4, "big")
    for forged in (
        bobs,
        with_ada_s_label,
        with_ada_s_label.replace((1001).to_bytes(4, "big"), uid, 1),
        kept[: len(kept) // 2] + bobs[len(bobs) // 2 :],
        kept[:39] + bobs[39:],  # ada's label, bob's nonce and seal
    ):
        assert forged != kept
        ada.write_bytes(forged)
        with one_clear_line("ada.templates"):
            store.load("ada")
    ada.write_bytes(kept)
    assert store.load("ada") == person("ada", 1)


@pytest.mark.parametrize("secret", [bytes(32), bytes(range(1, 33))])
def test_a_file_of_one_s_own_under_a_key_of_one_s_own(store: TemplateStore, secret: bytes) -> None:
    place = store._access.seal(None).place("ada")
    (store.folder / "key").write_bytes(secret)
    (store.folder / "key").chmod(0o400)
    named = store.folder / f"key-{envelope.key_id(secret).hex()}"
    shutil.copy2(store.folder / "key", named)
    for forged in (
        codec.seal(person("ada", 666), secret, place),
        # ... that says the credential sealed it:
        codec.seal(person("ada", 666), secret, place).replace(envelope.key_id(secret), KEY.id, 1),
    ):
        file_of(store, "ada").write_bytes(forged)
        with pytest.raises(StoreError):
            store.load("ada")


def test_ada_s_file_of_another_machine_with_the_same_key(store: TemplateStore) -> None:
    """Two machines made from one disk, key and all."""
    place = Place(bytes(16), 1000)
    file_of(store, "ada").write_bytes(codec.seal(person("ada", 666), KEY.secret, place))
    with one_clear_line("another machine"):
        store.load("ada")


def test_an_older_file_put_back_is_believed(store: TemplateStore) -> None:
    """Not kept from them: nothing on the disk could tell, for it can be put back too.

    docs/templates.md says so; without the key all they bring back is the same person, as enrolled
    before.
    """
    older = file_of(store, "ada").read_bytes()
    store.add_appearance("ada", appearance(3, "glasses"))
    store.remove_appearance("ada", "default")
    assert [one.name for one in store.load("ada").appearances] == ["glasses"]
    file_of(store, "ada").write_bytes(older)
    assert store.load("ada") == person("ada", 1)


def test_no_older_file_is_left_lying_about(store: TemplateStore) -> None:
    older = file_of(store, "ada").read_bytes()
    store.add_appearance("ada", appearance(3, "glasses"))
    store.remove_appearance("ada", "default")
    assert files_in(store) == ["ada.templates", "bob.templates", "lock"]
    assert all(older not in path.read_bytes() for path in store.folder.iterdir())


# --- plants things in the folder


@pytest.mark.parametrize("name", ["ada.templates", "lock"])
def test_a_link_to_a_file_that_must_not_be_written(
    store: TemplateStore, tmp_path: Path, name: str
) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"mine")
    target.chmod(0o600)
    (store.folder / name).unlink()
    (store.folder / name).symlink_to(target)
    with one_clear_line("symbolic link"):
        store.save(person("ada", 2))
    assert target.read_bytes() == b"mine"
    if name != "lock":
        store.remove("ada")
        assert target.read_bytes() == b"mine"


def test_a_hard_link_to_ada_s_file_is_told_at_its_removal(
    store: TemplateStore, tmp_path: Path
) -> None:
    os.link(file_of(store, "ada"), tmp_path / "kept")
    store.keep_uses("ada", {("default", "resnet:0"): Use(1, CREATED)})
    removal = store.remove("ada")
    (doubt,) = removal.doubts
    assert "1 more links elsewhere" in doubt
    # A write makes a new file: the link keeps what was, and nothing written later.
    os.link(file_of(store, "bob"), tmp_path / "bob")
    store.save(person("bob", 9))
    assert store.remove("bob").doubts == ()


def test_a_folder_that_is_a_link_is_not_entered(store: TemplateStore, tmp_path: Path) -> None:
    store.folder.rename(tmp_path / "elsewhere")
    store.folder.symlink_to(tmp_path / "elsewhere")
    acts: list[Callable[[], object]] = [
        store.names,
        store.key_kind,
        lambda: store.load("ada"),
        lambda: store.save(person("ada", 2)),
        lambda: store.remove("ada"),
        lambda: store.remove_appearance("ada", "default"),
        lambda: store.reseal(KEY, adopt=EVERYBODY),
    ]
    for act in acts:
        with one_clear_line("no symbolic link"):
            act()


@pytest.mark.parametrize("what", ["folder", "pipe"])
def test_something_else_in_the_lock_s_place(store: TemplateStore, what: str) -> None:
    lock = store.folder / "lock"
    lock.unlink()
    if what == "folder":
        lock.mkdir()
        with one_clear_line("directory"):
            store.save(person("ada", 2))
        assert store.load("ada") == person("ada", 1)
    else:
        os.mkfifo(lock, 0o600)
        store.save(person("ada", 2))
        assert store.load("ada") == person("ada", 2)


def test_a_lock_that_is_held_for_ever_stops_writers_only(
    store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_folder, "_LOCK_PATIENCE", 0.1)
    with (store.folder / "lock").open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for act in (lambda: store.save(person("ada", 2)), lambda: store.remove("ada")):
            with one_clear_line("another program is writing"):
                act()
        assert store.load("ada") == person("ada", 1)


def test_a_lock_that_was_unlinked_keeps_nobody_out_and_is_not_trusted(
    store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two writers would each have a lock of their own, and one would undo the other's work."""
    flock = fcntl.flock
    unlinked: list[int] = []

    def unlink_first(descriptor: int, how: int) -> None:
        if not unlinked:
            unlinked.append(descriptor)
            (store.folder / "lock").unlink()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", unlink_first)
    with (
        private_folder.PrivateFolder(store.folder) as folder,
        folder.locked(),
        (store.folder / "lock").open("r+b") as other,
        pytest.raises(BlockingIOError),
    ):
        flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert unlinked


def test_nobody_enrols_with_a_key_file_while_it_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written between the last look and the end would be lost with the key file."""
    plain = TemplateStore(tmp_path / "plain")
    plain.save(person("ada", 1))
    monkeypatch.setattr(private_folder, "_LOCK_PATIENCE", 0.05)
    said: list[str] = []
    original = sealed_files.SealedFiles.reseal

    def reseal(self: sealed_files.SealedFiles, name: str, *, adopt: bool) -> None:
        with pytest.raises(StoreError, match="another program is writing"):
            plain.save(person("bob", 2))
        said.append(name)
        original(self, name, adopt=adopt)

    monkeypatch.setattr(sealed_files.SealedFiles, "reseal", reseal)
    assert plain.reseal(KEY, adopt=EVERYBODY) == []
    assert said == ["ada"]
    # Whoever enrols before the service knows its credential is moved by the next reseal.
    plain.save(person("bob", 2))
    guarded = TemplateStore(plain.folder, credential=KEY)
    with one_clear_line("another key", "facelatch protect"):
        guarded.load("bob")
    monkeypatch.undo()
    assert plain.reseal(KEY, adopt=EVERYBODY) == []
    assert guarded.load_all() == [person("ada", 1), person("bob", 2)]


def test_thousands_of_strays_change_nothing(store: TemplateStore) -> None:
    for number in range(2000):
        (store.folder / f".unfinished-{number}").write_bytes(b"x")
        (store.folder / f"stray{number}").write_bytes(b"x")
    store.save(person("ada", 2))
    assert store.load("ada") == person("ada", 2)
    assert not [name for name in files_in(store) if name.startswith(".unfinished")]


# --- a folder that is copied elsewhere, key file and all


def test_a_whole_store_in_another_account(tmp_path: Path, store: TemplateStore) -> None:
    own = TemplateStore(tmp_path / "own", account=lambda _: 1000)
    own.save(person())
    shutil.copytree(own.folder, tmp_path / "copied")
    (tmp_path / "copied").chmod(0o700)
    with one_clear_line("user number 1000"):
        TemplateStore(tmp_path / "copied", account=lambda _: 1001).load("ada")
    with one_clear_line("another machine"):
        TemplateStore(
            tmp_path / "copied", account=lambda _: 1000, machine_id=store._machine_id
        ).load("ada")


# --- labels that lie


@pytest.mark.parametrize("length", [0, 1, 2, 4, 255, 65535])
def test_a_name_of_another_length(store: TemplateStore, length: int) -> None:
    content = bytearray(file_of(store, "ada").read_bytes())
    content[10:12] = length.to_bytes(2, "big")
    file_of(store, "ada").write_bytes(content)
    with pytest.raises(StoreError):
        store.load("ada")


@pytest.mark.parametrize("content", [b"", b"\x8fFLATCH\n", b"\x8fFLATCH\n\0\2\0\3"])
def test_a_label_that_ends_too_soon(store: TemplateStore, content: bytes) -> None:
    file_of(store, "ada").write_bytes(content)
    with one_clear_line("ada.templates"):
        store.load("ada")
    assert envelope.is_newer(TEMPLATES, content) is False


def test_nobody_else_is_hurt_by_a_bad_file(store: TemplateStore) -> None:
    file_of(store, "ada").write_bytes(b"garbage")
    assert store.load("bob") == person("bob", 2)
    store.add_appearance("bob", appearance(3, "hat"))
    assert store.names() == ["ada", "bob"]
    store.remove("ada")
    with pytest.raises(NotEnrolledError):
        store.load("ada")
    assert isinstance(store.load("bob"), Person)
