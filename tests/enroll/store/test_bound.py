"""Where templates belong, which key opens them, and how they come from an older version."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enroll.errors import StoreError
from enroll.store import envelope
from enroll.store.codec import TEMPLATES
from enroll.store.keys import CREDENTIAL, Key, read_credential
from enroll.store.store import TemplateStore
from enroll.template import Appearance, Person
from tests.enroll.people import CREATED, EVERYBODY, person
from tests.enroll.stored import files_in, one_clear_line

UID = os.geteuid()


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine's id."""
    return write_id(tmp_path / "machine-id", 1)


def write_id(file: Path, number: int) -> Path:
    file.write_text(f"{number:032x}\n")
    return file


@pytest.fixture
def store(tmp_path: Path, machine: Path) -> TemplateStore:
    return TemplateStore(tmp_path / "templates", machine_id=machine)


def credential(secret: bytes | None = None) -> Key:
    return Key(secret or envelope.new_secret(), credential=True)


# --- the machine


def test_a_file_of_another_machine_is_refused_and_kept(store: TemplateStore, machine: Path) -> None:
    store.save(person())
    file = store.folder / "ada.templates"
    content = file.read_bytes()
    write_id(machine, 2)
    for act in (
        lambda: store.load("ada"),
        lambda: store.save(person(value=2)),
        lambda: store.add_appearance("ada", person().appearances[0]),
    ):
        with one_clear_line("another machine", "facelatch export"):
            act()
    assert file.read_bytes() == content
    write_id(machine, 1)
    assert store.load("ada") == person()


def test_a_label_of_this_machine_on_a_file_of_another_does_not_open(
    store: TemplateStore, machine: Path
) -> None:
    store.save(person())
    file = store.folder / "ada.templates"
    tag = envelope.label(TEMPLATES, file.read_bytes()).machine
    write_id(machine, 2)
    store.save(person("bob"))
    other = envelope.label(TEMPLATES, (store.folder / "bob.templates").read_bytes()).machine
    assert tag != other
    file.write_bytes(file.read_bytes().replace(tag, other, 1))
    with one_clear_line("damaged, or sealed with another key"):
        store.load("ada")


def test_a_machine_that_loses_its_id_opens_nothing(store: TemplateStore, machine: Path) -> None:
    store.save(person())
    before = store.bound
    machine.unlink()
    assert (before, store.bound) == (True, False)
    with one_clear_line("another machine"):
        store.load("ada")


def test_a_machine_without_an_id_has_a_store_all_the_same(
    store: TemplateStore, machine: Path
) -> None:
    machine.write_text("uninitialized\n")
    store.save(person())
    assert store.load("ada") == person()


# --- the account


def test_a_new_user_of_an_old_name_is_not_let_in(tmp_path: Path, machine: Path) -> None:
    accounts = {"ada": 1000}
    store = TemplateStore(tmp_path / "t", account=accounts.get, machine_id=machine)
    store.save(person())
    accounts["ada"] = 1001
    with one_clear_line("user number 1000", "ada is 1001", "facelatch remove"):
        store.load("ada")
    with one_clear_line("user number 1000", "ada is 1001", "facelatch remove"):
        store.add_appearance("ada", person().appearances[0])
    store.remove("ada")
    store.save(person(value=2))
    assert store.load("ada") == person(value=2)


def test_a_name_of_nobody_is_refused_but_can_be_removed(tmp_path: Path, machine: Path) -> None:
    accounts = {"ada": 1000}
    store = TemplateStore(tmp_path / "t", account=accounts.get, machine_id=machine)
    store.save(person())
    del accounts["ada"]
    with one_clear_line("no user ada"):
        store.load("ada")
    with one_clear_line("no user ada"):
        store.save(person())
    assert store.names() == ["ada"]
    store.remove("ada")
    assert store.names() == []


# --- the credential


def test_with_a_credential_no_key_lies_beside_the_templates(store: TemplateStore) -> None:
    key = credential()
    store = TemplateStore(store.folder, credential=key)
    assert store.key_kind() == "credential"
    store.save(person())
    assert files_in(store) == ["ada.templates", "lock"]
    assert store.load("ada") == person()
    with one_clear_line("key", "missing"):
        TemplateStore(store.folder).load("ada")
    with one_clear_line("another key", "credential"):
        TemplateStore(store.folder, credential=credential()).load("ada")


def test_a_key_file_planted_beside_a_credential_opens_nothing(store: TemplateStore) -> None:
    """Somebody who can write to the disk, and has not the credential, brings a face of theirs."""
    plain = TemplateStore(store.folder)
    plain.save(person("ada", 666))
    assert plain.key_kind() == "file"
    guarded = TemplateStore(store.folder, credential=credential())
    with one_clear_line("another key", "facelatch protect"):
        guarded.load("ada")


def test_what_a_key_file_sealed_is_taken_over_for_those_named_only(store: TemplateStore) -> None:
    for name in ("ada", "bob"):
        store.save(person(name))
    key = credential()
    assert store.sealed_by_files(None) == ["ada", "bob"]
    (problem,) = store.reseal(key, adopt=["ada"])
    assert problem == "bob: sealed with a key file; if you trust it: --adopt bob"
    assert store.sealed_by_files(key) == ["bob"]
    assert "key" in files_in(store)


def test_everything_is_resealed_with_a_credential_and_the_key_file_goes(
    store: TemplateStore,
) -> None:
    people = [person("ada", 1), person("bob", 2)]
    for one in people:
        store.save(one)
    key = credential()
    assert store.reseal(key, adopt=EVERYBODY) == []
    assert files_in(store) == ["ada.templates", "bob.templates", "lock"]
    assert TemplateStore(store.folder, credential=key, machine_id=store._machine_id).load_all() == (
        people
    )
    assert store.reseal(key, adopt=EVERYBODY) == []


def test_a_key_file_stays_while_somebody_needs_it(store: TemplateStore) -> None:
    store.save(person("ada"))
    store.save(person("bob"))
    (store.folder / "bob.templates").write_bytes(b"garbage")
    key = credential()
    (problem,) = store.reseal(key, adopt=EVERYBODY)
    assert problem.startswith("bob: ")
    assert "key" in files_in(store)
    guarded = TemplateStore(store.folder, credential=key, machine_id=store._machine_id)
    assert guarded.load("ada") == person("ada")
    assert guarded.remove("bob").doubts == ()
    assert store.reseal(key, adopt=EVERYBODY) == []
    assert files_in(store) == ["ada.templates", "lock"]


def test_systemd_s_folder_of_credentials_is_looked_into(
    store: TemplateStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir(0o700)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    store.save(person())  # the unit names the credential, and the machine has none
    assert store.key_kind() == "file"
    (folder / CREDENTIAL).write_bytes(envelope.new_secret())
    (folder / CREDENTIAL).chmod(0o440)  # as an access list of systemd's shows
    assert store.key_kind() == "credential"
    with one_clear_line("another key"):
        store.load("ada")


@pytest.mark.parametrize(
    "bad",
    [
        (b"short", 0o400, "not a key"),
        (bytes(33), 0o400, "not a key"),
        (b"", 0o400, "not a key"),
        (bytes(32), 0o404, "open to other users"),
        (bytes(32), 0o420, "open to other users"),
    ],
)
def test_a_bad_credential_is_no_reason_to_use_a_file(
    store: TemplateStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bad: tuple[bytes, int, str],
) -> None:
    content, mode, words = bad
    store.save(person())
    (tmp_path / CREDENTIAL).write_bytes(content)
    (tmp_path / CREDENTIAL).chmod(mode)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    for act in (lambda: store.load("ada"), lambda: store.save(person("bob"))):
        with one_clear_line(CREDENTIAL, words):
            act()


def test_a_linked_credential_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(bytes(32))
    (tmp_path / CREDENTIAL).symlink_to(tmp_path / "elsewhere")
    with one_clear_line("symbolic link"):
        read_credential(tmp_path)
    assert read_credential(None) is None


def test_a_key_is_named_by_no_part_of_it() -> None:
    key = credential()
    assert key.id not in key.secret
    assert key.secret.hex() not in repr(key)
    assert str(key.secret) not in repr(key)


# --- version 1, which knew neither key nor place


def write_old(store: TemplateStore, someone: Person) -> Path:
    """The file that version 1 wrote."""
    store.save(person("somebody else"))
    store.remove("somebody else")
    name = someone.name.encode()
    prefix = struct.pack(">8sHH", b"\x8fFLATCH\n", 1, len(name)) + name
    header = json.dumps(
        {
            "looks": [
                {
                    "name": appearance.name,
                    "created": appearance.created,
                    "model_id": appearance.model_id,
                    "metric": appearance.metric,
                    "shape": list(appearance.embeddings.shape),
                }
                for appearance in someone.appearances
            ]
        }
    ).encode()
    rows = b"".join(
        appearance.embeddings.astype("<f4").tobytes() for appearance in someone.appearances
    )
    nonce = bytes(12)
    secret = (store.folder / "key").read_bytes()
    sealed = AESGCM(secret).encrypt(nonce, struct.pack(">I", len(header)) + header + rows, prefix)
    file = store.folder / f"{someone.name}.templates"
    file.write_bytes(prefix + nonce + sealed)
    file.chmod(0o600)
    return file


def version_of(file: Path) -> int:
    return envelope.label(TEMPLATES, file.read_bytes()).version


def test_the_first_version_is_read_and_brought_forward(store: TemplateStore) -> None:
    rows = np.arange(2 * 64, dtype=np.float32).reshape(2, 64)
    someone = Person("ada", (Appearance("default", CREATED, "resnet:0", "cosine", rows),))
    file = write_old(store, someone)
    assert version_of(file) == 1
    assert store.load("ada") == someone
    assert version_of(file) == 2
    assert store.load("ada") == someone
    assert store.load("ada").appearances[0].quality is None


def test_an_appearance_added_to_the_first_version_keeps_the_old_ones(store: TemplateStore) -> None:
    file = write_old(store, person())
    store.add_appearance(
        "ada", Appearance("new", CREATED, "resnet:0", "cosine", np.ones((1, 64), np.float32))
    )
    assert version_of(file) == 2
    assert [one.name for one in store.load("ada").appearances] == ["default", "new"]


def test_the_first_version_is_read_where_nothing_can_be_written(
    store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_old(store, person())

    def rename(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "rename", rename)
    assert store.load("ada") == person()
    assert version_of(file) == 1


def test_the_first_version_does_not_open_under_a_credential(store: TemplateStore) -> None:
    """Else a key file and an old version of one's own would be a way around the credential."""
    write_old(store, person())
    with pytest.raises(StoreError, match="another key"):
        TemplateStore(store.folder, credential=credential()).load("ada")


@pytest.mark.parametrize("version", [0, 3, 255])
def test_other_versions_are_no_way_around(store: TemplateStore, version: int) -> None:
    store.save(person())
    file = store.folder / "ada.templates"
    content = bytearray(file.read_bytes())
    content[8:10] = version.to_bytes(2, "big")
    file.write_bytes(content)
    with one_clear_line("newer Facelatch" if version > 2 else "not a file of templates"):
        store.load("ada")


def test_the_second_version_relabelled_as_the_first_does_not_open(store: TemplateStore) -> None:
    store.save(person())
    file = store.folder / "ada.templates"
    content = file.read_bytes()
    file.write_bytes(content[:8] + b"\0\1" + content[10:12] + content[32:])
    assert version_of(file) == 1
    with one_clear_line("damaged, or sealed with another key"):
        store.load("ada")
