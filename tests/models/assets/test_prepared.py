"""Converted networks on disk: damage, garbage and other people's files are never used."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import files
from models.assets import prepared, shipped
from models.assets.catalogue import ModelSpec
from models.errors import CorruptNetworkError, ModelError, NotPreparedError, UsageError
from models.types import Precision
from tests.data import ROOT
from tests.models.fakes import download, model
from tests.strategies import JSON

SPEC = model(download("https://release.invalid/weights.bin"), networks=("one", "two"))
PLAIN, SMALL = b"one in float32", b"one in int8"
NETWORKS: dict[str, dict[Precision, bytes]] = {
    "one": {"float32": PLAIN, "int8": SMALL},
    "two": {"float32": b"two in float32", "int8": b"two in int8"},
}
ANOTHER_USER = 65534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder() -> Path:
    """The folder of a conversion that is in order."""
    write()
    return prepared.folder(SPEC)


def write(spec: ModelSpec = SPEC) -> prepared.Manifest:
    return prepared.write(spec, NETWORKS, "int8", {"cosine": 0.999})


def is_refused(spec: ModelSpec = SPEC) -> None:
    """Every way in notices that what is there must not be used."""
    with pytest.raises(CorruptNetworkError, match="facelatch models prepare fake"):
        prepared.verify(spec)
    with pytest.raises(CorruptNetworkError):
        for network in spec.networks:
            for precision in ("float32", "int8"):
                prepared.load_network(spec, network, precision)


# What works


def test_what_was_written_is_read_back(folder: Path) -> None:
    manifest = prepared.verify(SPEC)
    assert manifest == write()
    assert manifest.check == {"cosine": 0.999}
    assert prepared.load_network(SPEC, "one") == SMALL
    assert prepared.load_network(SPEC, "one", "float32") == PLAIN
    assert {path.name for path in folder.parent.iterdir()} == {folder.name}


def test_before_it_is_written_it_is_not_prepared() -> None:
    for attempt in (prepared.read_manifest, prepared.verify):
        with pytest.raises(NotPreparedError) as caught:
            attempt(SPEC)
        assert caught.value.model == "fake"
    with pytest.raises(NotPreparedError):
        prepared.load_network(SPEC, "one")


def test_what_came_with_the_environment_is_read_until_another_is_made_here(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = tmp_path / "brought"
    brought.mkdir()
    folder.rename(brought / folder.name)
    with pytest.raises(NotPreparedError):
        prepared.verify(SPEC)
    monkeypatch.setattr(shipped, "networks", lambda: brought)
    assert prepared.place(SPEC) == brought / folder.name
    assert prepared.load_network(SPEC, "one", "float32") == PLAIN
    write()
    assert prepared.place(SPEC) == folder


def test_other_weights_or_another_converter_have_another_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = model(download("https://release.invalid/weights.bin", b"x"), networks=("one", "two"))
    assert prepared.folder(other) != folder
    monkeypatch.setattr(prepared, "CONVERTER_VERSION", prepared.CONVERTER_VERSION + 1)
    with pytest.raises(NotPreparedError):
        prepared.verify(SPEC)


def test_a_precision_that_was_not_made_is_not_promised() -> None:
    plain: dict[str, dict[Precision, bytes]] = {
        name: {"float32": made["float32"]} for name, made in NETWORKS.items()
    }
    prepared.write(SPEC, plain, "float32", {})
    assert prepared.load_network(SPEC, "one") == PLAIN
    with pytest.raises(UsageError, match="use float32"):
        prepared.load_network(SPEC, "one", "int8")


def test_no_umask_makes_it_writable_by_others_or_hides_it() -> None:
    for mask in (0o000, 0o077):
        before = os.umask(mask)
        try:
            write()
        finally:
            os.umask(before)
        target = prepared.folder(SPEC)
        assert target.stat().st_mode & 0o777 == 0o755
        assert {path.stat().st_mode & 0o777 for path in target.iterdir()} == {0o644}
        prepared.verify(SPEC)


def test_writing_replaces_whatever_was_there(folder: Path) -> None:
    (folder / "manifest.json").write_text("garbage")
    write()
    prepared.verify(SPEC)
    shutil.rmtree(folder)
    folder.write_text("a file where the folder should be")
    is_refused()
    write()
    prepared.verify(SPEC)
    assert {path.name for path in folder.parent.iterdir()} == {folder.name}


def test_writing_follows_no_link(folder: Path, tmp_path: Path) -> None:
    folder.rename(tmp_path / "precious")
    (tmp_path / "precious" / "manifest.json").write_text("garbage")
    folder.symlink_to(tmp_path / "precious")
    write()
    prepared.verify(SPEC)
    assert (tmp_path / "precious" / "manifest.json").read_text() == "garbage"
    assert [path for path in folder.parent.iterdir() if path.is_symlink()] == []


def test_networks_of_another_model_are_not_written() -> None:
    with pytest.raises(ValueError, match="manifest"):
        prepared.write(SPEC, {"one": NETWORKS["one"]}, "int8", {})
    with pytest.raises(NotPreparedError):
        prepared.verify(SPEC)
    assert list(prepared.folder(SPEC).parent.iterdir()) == []


def test_a_failure_while_writing_keeps_the_old_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write", full)
    with pytest.raises(ModelError, match="No space left on device; make room"):
        write()
    prepared.verify(SPEC)
    assert {path.name for path in folder.parent.iterdir()} == {folder.name}


# Damage


@pytest.mark.parametrize("name", ["one.float32.tflite", "one.int8.tflite", "two.int8.tflite"])
def test_every_changed_bit_of_a_network_is_noticed(folder: Path, name: str) -> None:
    path = folder / name
    content = path.read_bytes()
    for place in range(len(content)):
        for bit in range(8):
            damaged = bytearray(content)
            damaged[place] ^= 1 << bit
            path.write_bytes(damaged)
            with pytest.raises(CorruptNetworkError, match=name):
                prepared.verify(SPEC)
    path.write_bytes(content)
    prepared.verify(SPEC)


@pytest.mark.parametrize("length", [0, 1, len(SMALL) - 1, len(SMALL) + 1, 10_000])
def test_a_network_of_another_length_is_noticed(folder: Path, length: int) -> None:
    (folder / "one.int8.tflite").write_bytes((SMALL * 1000)[:length])
    is_refused()


def test_every_changed_byte_of_the_manifest_is_harmless(folder: Path) -> None:
    """A digest of the manifest is nowhere; yet no change of it may bring in other networks."""
    path = folder / "manifest.json"
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            prepared.verify(SPEC)
            assert prepared.load_network(SPEC, "one") in (PLAIN, SMALL)
        except CorruptNetworkError:
            pass


@pytest.mark.parametrize("name", ["manifest.json", "one.int8.tflite"])
def test_a_missing_file_is_noticed(folder: Path, name: str) -> None:
    (folder / name).unlink()
    is_refused()


@pytest.mark.parametrize("name", ["manifest.json", "one.int8.tflite"])
def test_what_is_no_file_is_noticed_and_does_not_hang(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    is_refused()
    (folder / name).unlink()
    (folder / name).mkdir()
    is_refused()


in_a_folder = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)


@in_a_folder
@given(content=st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_garbage_in_place_of_the_manifest_is_refused(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    is_refused()


@in_a_folder
@given(
    path=st.sampled_from(
        [
            ("model",),
            ("source_sha256",),
            ("converter_version",),
            ("precision",),
            ("check",),
            ("networks",),
            ("networks", "one"),
            ("networks", "one", "int8"),
            ("networks", "one", "int8", "file"),
            ("networks", "one", "int8", "sha256"),
            ("networks", "one", "int8", "size"),
            ("more",),
            ("networks", "more"),
            ("networks", "one", "more"),
            ("networks", "one", "int8", "more"),
        ]
    ),
    value=JSON,
)
def test_garbage_in_a_field_of_the_manifest_is_refused(
    folder: Path, path: tuple[str, ...], value: Any
) -> None:
    whole = json.loads(_intact(folder))
    place = whole
    for key in path[:-1]:
        place = place[key]
    if value == place.get(path[-1]) or (path == ("check",) and isinstance(value, dict)):
        return
    place[path[-1]] = value
    (folder / "manifest.json").write_text(json.dumps(whole))
    is_refused()


def _intact(folder: Path) -> bytes:
    """The manifest as it was before the first example."""
    kept = folder.parents[1] / "intact.json"
    if not kept.exists():
        kept.write_bytes((folder / "manifest.json").read_bytes())
    return kept.read_bytes()


@pytest.mark.parametrize(
    "name", ["../one.int8.tflite", "/etc/passwd", "", ".", "..", "a/b", "one\0", "x" * 200]
)
def test_a_manifest_cannot_name_a_file_elsewhere(folder: Path, name: str) -> None:
    whole = json.loads((folder / "manifest.json").read_bytes())
    whole["networks"]["one"]["int8"]["file"] = name
    (folder / "manifest.json").write_text(json.dumps(whole))
    is_refused()


@pytest.mark.parametrize("content", [b"[" * 100_000, b" " * 2_000_000, b'{"a":' * 100_000])
def test_a_manifest_that_is_too_deep_or_too_long_is_refused(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    is_refused()


# Other people


@pytest.mark.parametrize("name", [".", "manifest.json", "one.int8.tflite"])
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_what_others_can_change_is_not_used(folder: Path, name: str, mode: int) -> None:
    path = folder / name
    path.chmod(path.stat().st_mode | mode)
    is_refused()
    write()
    prepared.verify(SPEC)


@needs_root
@pytest.mark.parametrize("name", [".", "manifest.json", "one.int8.tflite"])
def test_what_belongs_to_somebody_else_is_not_used(folder: Path, name: str) -> None:
    os.chown(folder / name, ANOTHER_USER, ANOTHER_USER)
    is_refused()
    write()
    prepared.verify(SPEC)


@needs_root
def test_what_root_prepared_serves_every_user(folder: Path) -> None:
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    assert _as_another_user(folder, "prepared.verify(SPEC)") == "fine"
    (folder / "one.int8.tflite").chmod(0o600)
    assert "cannot read" in _as_another_user(folder, "prepared.verify(SPEC)")


def _as_another_user(folder: Path, action: str) -> str:
    """What `action` says in a process of another user, who is shown the same cache."""
    code = f"""
import os
from models.assets import prepared, shipped
from models.errors import ModelError
from tests.models.assets.test_prepared import SPEC
reached = os.open({str(folder.parents[1])!r}, os.O_RDONLY)
os.setgroups([]); os.setgid({ANOTHER_USER}); os.setuid({ANOTHER_USER})
# By descriptor, because pytest's folders let nobody else through.
os.environ["FACELATCH_CACHE"] = f"/proc/self/fd/{{reached}}"
try:
    {action}
    print("fine")
except ModelError as error:
    print(error)
"""
    root = ROOT
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_link_to_a_folder_of_ours_is_fine(folder: Path, tmp_path: Path) -> None:
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    prepared.verify(SPEC)
    (tmp_path / "elsewhere").chmod(0o777)
    is_refused()


def test_swapping_the_folder_while_it_is_read_changes_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is read through the one descriptor whose owner was checked."""
    original = files.read_trusted

    def swapped(descriptor: int, name: str, *, most: int) -> bytes:
        if not folder.is_symlink():
            folder.rename(tmp_path / "aside")
            (tmp_path / "planted").mkdir()
            folder.symlink_to(tmp_path / "planted")
        return original(descriptor, name, most=most)

    monkeypatch.setattr(files, "read_trusted", swapped)
    assert prepared.load_network(SPEC, "one") == SMALL


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_read_is_not_called_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_descriptor: int, _name: str, *, most: int) -> bytes:
        raise OSError(5, f"Input/output error after {most} bytes")

    monkeypatch.setattr(files, "read_trusted", broken)
    with pytest.raises(ModelError, match=r"cannot read .*Input/output error") as caught:
        prepared.verify(SPEC)
    assert not isinstance(caught.value, CorruptNetworkError)
