"""Looks that are renamed, removed, and moved to another machine, on the command line."""

import getpass
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from daemon.clients.cli import stores
from daemon.clients.cli.passphrase import ask
from enroll.errors import StoreError
from enroll.store import archive
from enroll.store.store import TemplateStore
from enroll.template import Adapted, Appearance, Person
from models.errors import UsageError
from tests.daemon.clients.conftest import Call

CREATED = "2025-03-01T12:00:00Z"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def appearance(name: str = "default", value: float = 1.0) -> Appearance:
    rows = np.full((2, 64), value, dtype=np.float32)
    return Appearance(name, CREATED, "resnet:0", "euclidean", rows, 0.8)


@pytest.fixture(autouse=True)
def no_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """This machine's own service is nobody's business here, nor its bus; scrypt at its cheapest."""
    monkeypatch.setattr(stores, "SERVICE_FOLDER", tmp_path / "no" / "templates")
    monkeypatch.setenv("FACELATCH_BUS", f"unix:path={tmp_path}/no-bus")
    monkeypatch.setattr(archive, "_COST", archive._LEAST_COST)


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A file with a passphrase."""
    file = tmp_path / "words"
    file.write_text("correct horse battery\nand more\n")
    return file


@pytest.fixture
def here(tmp_path: Path) -> TemplateStore:
    """Where Ada is enrolled."""
    store = TemplateStore(tmp_path / "here")
    store.save(Person("Ada", (appearance(), appearance("glasses", 2.0))))
    return store


def test_appearances_go_to_another_machine(
    facelatch: Call, here: TemplateStore, words: Path, tmp_path: Path
) -> None:
    file, there = tmp_path / "ada.sealed", TemplateStore(tmp_path / "there")
    common = ("--passphrase-file", words, "--store")
    done = facelatch("export", "Ada", file, *common, here.folder)
    assert (done.code, done.out) == (0, f"exported 2 appearances of Ada to {file}\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = facelatch("import", file, *common, there.folder)
    assert (done.code, done.out) == (0, "imported 2 appearances of Ada: 'default', 'glasses'\n")
    assert there.load("Ada") == here.load("Ada")
    # Taken in twice, nothing changes.
    done = facelatch("import", file, *common, there.folder)
    assert (done.code, done.out) == (0, "imported 0 appearances of Ada: \n")
    done = facelatch("import", file, "--as", "Ada L.", *common, there.folder)
    assert done.code == 0
    assert there.load("Ada L.").appearances == here.load("Ada").appearances


def test_an_export_replaces_nothing_unless_it_is_told_to(
    facelatch: Call, here: TemplateStore, words: Path, tmp_path: Path
) -> None:
    file = tmp_path / "precious"
    file.write_text("mine")
    call = ("export", "Ada", file, "--passphrase-file", words, "--store", here.folder)
    assert "is there already" in facelatch(*call).complaint
    assert file.read_text() == "mine"
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    assert "is there already" in facelatch(*call).complaint
    assert not (tmp_path / "elsewhere").exists()
    assert facelatch(*call, "--force").code == 0
    assert not file.is_symlink()
    assert not (tmp_path / "elsewhere").exists()
    assert sorted(one.name for one in tmp_path.iterdir() if "precious" in one.name) == ["precious"]


def test_an_import_takes_no_appearances_place_unless_it_is_told_to(
    facelatch: Call, here: TemplateStore, words: Path, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    common = ("--passphrase-file", words, "--store", here.folder)
    assert facelatch("export", "Ada", file, *common).code == 0
    changed = Person("Ada", (appearance(value=5.0), appearance("hat")))
    here.save(changed)
    assert "other appearances called 'default'" in facelatch("import", file, *common).complaint
    assert here.load("Ada") == changed
    assert facelatch("import", file, "--replace", *common).code == 0
    assert {one.name: one.embeddings[0, 0] for one in here.load("Ada").appearances} == {
        "default": 1.0,
        "glasses": 2.0,
        "hat": 1.0,
    }


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x8fFLARCH\n\0\1" + bytes(60)])
def test_what_is_no_archive_is_one_line(
    facelatch: Call, words: Path, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "file").write_bytes(content)
    done = facelatch("import", tmp_path / "file", "--passphrase-file", words)
    assert done.code == 2
    assert done.complaint.startswith("facelatch: ")
    assert not (tmp_path / "data").exists()


def test_what_is_no_file_is_one_line(facelatch: Call, words: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path, tmp_path / "missing", Path("/dev/zero")):
        assert facelatch("import", place, "--passphrase-file", words).code == 2
    assert facelatch("import", words, "--passphrase-file", tmp_path / "missing").code == 2
    assert facelatch("export", "Ada", tmp_path / "x", "--store", tmp_path / "y").code == 2
    assert not (tmp_path / "x").exists()


def test_an_export_to_nowhere_is_one_line(
    facelatch: Call, here: TemplateStore, words: Path, tmp_path: Path
) -> None:
    where = tmp_path / "no such folder" / "file"
    done = facelatch("export", "Ada", where, "--passphrase-file", words, "--store", here.folder)
    assert "no such file or directory" in done.complaint


def typed(*answers: str) -> Iterator[str]:
    yield from answers


def test_a_new_passphrase_is_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = typed("correct horse", "correct house", "correct horse", "correct horse", "one time")
    monkeypatch.setattr(getpass, "getpass", lambda _: next(answers))
    with pytest.raises(UsageError, match="differ"):
        ask(None, twice=True)
    assert ask(None, twice=True) == "correct horse"
    assert ask(None, twice=False) == "one time"


@pytest.mark.parametrize("content", [b"short\n", b"", b"\xff" * 20, b"x" * 10**6])
def test_a_file_without_a_passphrase_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "words").write_bytes(content)
    with pytest.raises(UsageError):
        ask(tmp_path / "words", twice=True)


# --- one's own appearances


def test_an_appearance_is_renamed_and_removed_without_a_service(
    facelatch: Call, here: TemplateStore
) -> None:
    store = ("--store", here.folder)
    assert facelatch("rename", "glasses", "spectacles", "--user", "Ada", *store).code == 0
    assert "already" in facelatch("rename", "default", "spectacles", "--user", "Ada", *store).err
    assert "no appearance" in facelatch("rename", "hat", "cap", "--user", "Ada", *store).complaint
    assert facelatch("remove", "Ada", "--look", "default", *store).out == "removed Ada, default\n"
    (row,) = facelatch("list", "--json", *store).json
    assert row == {
        "name": "Ada",
        "appearance": "spectacles",
        "created": CREATED,
        "model": "resnet:0",
        "pictures": 2,
        "quality": 0.8,
        "adapted": 0,
        "uses": 0,
        "last used": None,
        "camera": None,
    }
    assert "no appearance" in facelatch("remove", "Ada", "--look", "default", *store).complaint
    assert facelatch("remove", "Ada", "--look", "spectacles", *store).code == 0
    assert facelatch("list", "--json", *store).json == []


def test_a_list_says_what_protects_the_templates(facelatch: Call, here: TemplateStore) -> None:
    last = facelatch("list", "--store", here.folder).out.strip().splitlines()[-1]
    assert last == "sealed with a key file beside the templates"
    assert "Not protected from" in " ".join(facelatch("list", "--help").out.split())


def test_a_removal_says_what_is_gone_and_what_nobody_can_say(
    facelatch: Call, here: TemplateStore, tmp_path: Path
) -> None:
    os.link(here.folder / "Ada.templates", tmp_path / "another link")
    lines = facelatch("remove", "Ada", "--store", here.folder).out.splitlines()
    assert lines[:2] == ["removed Ada", f"  gone: {here.folder / 'Ada.templates'}"]
    assert any("doubt" in line and "1 more link" in line for line in lines)
    assert "cannot be proven" in lines[-1]
    assert not (here.folder / "Ada.templates").exists()
    assert "not enrolled" in facelatch("remove", "Ada", "--store", here.folder).complaint


def test_what_was_learnt_is_taken_away_alone(facelatch: Call, here: TemplateStore) -> None:
    learnt = Appearance(
        *("default", CREATED, "resnet:0", "euclidean"),
        appearance().embeddings,
        0.8,
        (Adapted(CREATED, np.ones(64, np.float32)),),
    )
    here.save(Person("Ada", (learnt, appearance("glasses", 2.0))))
    store = ("--store", here.folder)
    assert facelatch("list", "--json", *store).json[0]["adapted"] == 1
    assert facelatch("remove", "Ada", "--adapted", "--look", "hat", *store).code == 2
    assert facelatch("remove", "Ada", "--adapted", *store).out == "Ada: as enrolled\n"
    assert here.load("Ada") == Person("Ada", (appearance(), appearance("glasses", 2.0)))


# --- the service's templates


def test_only_root_reads_the_service_s(
    facelatch: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for command in (("export", "ada", tmp_path / "x"), ("import", words)):
        done = facelatch(*command, "--service", "--passphrase-file", words)
        assert "only root" in done.complaint
    assert "only root" in facelatch("protect").complaint


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The service's folder, which belongs to nobody (65534), where that user can reach it."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    folder = root / "state" / "templates"
    folder.mkdir(parents=True)
    for path in (folder, folder.parent):
        path.chmod(0o700)
        os.chown(path, 65534, 65534)
    monkeypatch.setattr(stores, "SERVICE_FOLDER", folder)
    monkeypatch.setattr(stores, "SEALED_CREDENTIAL", root / "credential")
    yield folder
    shutil.rmtree(root)


@needs_root
def test_root_imports_and_exports_with_the_service_s_rights(
    facelatch: Call, here: TemplateStore, service: Path, words: Path, tmp_path: Path
) -> None:
    file = tmp_path / "ada.sealed"
    options = ("--passphrase-file", words)
    assert facelatch("export", "Ada", file, *options, "--store", here.folder).code == 0
    done = facelatch("import", file, "--as", "nobody", *options)
    assert done.code == 0, done.err
    files = {path.name: path.stat() for path in service.iterdir()}
    assert set(files) == {"key", "lock", "nobody.templates"}
    assert {status.st_uid for status in files.values()} == {65534}
    assert os.geteuid() == 0
    out = tmp_path / "nobody.sealed"
    assert facelatch("export", "nobody", out, *options, "--service").code == 0
    assert out.stat().st_uid == 0
    found = archive.unpack(out.read_bytes(), "correct horse battery")
    assert found.appearances == here.load("Ada").appearances
    no_user = facelatch("import", file, *options)
    assert "no user Ada" in no_user.complaint


@needs_root
def test_a_folder_of_somebody_who_is_gone_is_one_line(
    facelatch: Call, service: Path, words: Path, tmp_path: Path
) -> None:
    os.chown(service.parent, 54321, 54321)
    done = facelatch("export", "nobody", tmp_path / "x", "--passphrase-file", words)
    assert "54321" in done.complaint
    assert os.geteuid() == 0


@needs_root
def test_rights_come_back_after_an_error(service: Path) -> None:
    groups = os.getgroups()
    with pytest.raises(StoreError), stores.acting_as(65534):
        assert os.geteuid() == 65534
        raise StoreError("something")
    assert (os.geteuid(), os.getegid(), os.getgroups()) == (0, os.getgid(), groups)
    assert service.exists()


@needs_root
@pytest.mark.skipif(shutil.which("systemd-creds") is None, reason="systemd-creds is not here")
def test_the_service_s_templates_are_sealed_by_systemd(facelatch: Call, service: Path) -> None:
    chosen = stores.service_store()
    with chosen.opened() as store:
        store.save(Person("nobody", (appearance(),)))
        assert store.key_kind() == "file"
    refused = facelatch("protect", "--with-key", "host")
    assert refused.code == 2
    assert "--adopt nobody" in refused.complaint
    assert not stores.SEALED_CREDENTIAL.exists()
    done = facelatch("protect", "--with-key", "host", "--adopt", "nobody")
    assert done.code == 0, done.err
    assert "systemctl restart" in done.out
    assert sorted(path.name for path in service.iterdir()) == ["lock", "nobody.templates"]
    sealed = stores.SEALED_CREDENTIAL
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    with stores.service_store().opened() as store:
        assert store.load("nobody").appearances == (appearance(),)
        assert store.key_kind() == "credential"
    kept = sealed.read_bytes()
    assert facelatch("protect").code == 0
    assert sealed.read_bytes() == kept


@needs_root
@pytest.mark.skipif(shutil.which("systemd-creds") is None, reason="systemd-creds is not here")
def test_a_face_that_somebody_laid_there_with_a_key_of_theirs_is_not_made_genuine(
    facelatch: Call, service: Path
) -> None:
    with stores.service_store().opened() as store:
        store.save(Person("nobody", (appearance(),)))
    assert facelatch("protect", "--with-key", "host", "--adopt", "nobody").code == 0
    with stores.acting_as(65534):
        TemplateStore(service).save(Person("mallory", (appearance(),)))
    assert "--adopt mallory" in facelatch("protect").complaint
    with stores.service_store().opened() as store, pytest.raises(StoreError):
        store.load("mallory")
