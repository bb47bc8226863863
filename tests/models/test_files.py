"""Files are replaced in one step, and who else could have changed them is found."""

import os
import stat
from pathlib import Path

import pytest

from models import files
from models.files import Exposure


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def _alone(path: Path) -> bool:
    return [found.name for found in path.parent.iterdir()] == [path.name]


def test_what_is_written_replaces_what_was_there_and_leaves_nothing_else(path: Path) -> None:
    path.write_bytes(b"old")
    files.write(path, b"new")
    assert path.read_bytes() == b"new"
    assert _alone(path)


@pytest.mark.parametrize("mask", [0o000, 0o077])
@pytest.mark.parametrize(("mode", "expected"), [(0o644, 0o644), (0o600, 0o600), (None, 0o666)])
def test_the_mode_is_as_asked_or_as_the_umask_says(
    path: Path, mask: int, mode: int | None, expected: int
) -> None:
    before = os.umask(mask)
    try:
        files.write(path, b"", mode=mode, sync=False)
    finally:
        os.umask(before)
    masked = expected & ~mask if mode is None else expected
    assert stat.S_IMODE(path.stat().st_mode) == masked


def test_a_file_that_may_not_be_replaced_stays(path: Path) -> None:
    path.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        files.write(path, b"new", replace=False)
    assert path.read_bytes() == b"old"
    assert _alone(path)


def test_a_new_file_needs_no_replacing(path: Path) -> None:
    files.write(path, b"new", replace=False)
    assert path.read_bytes() == b"new"
    assert _alone(path)


def test_a_link_is_replaced_and_not_written_through(path: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder" / "target"
    target.write_bytes(b"precious")
    path.symlink_to(target)
    files.write(path, b"new")
    assert not path.is_symlink()
    assert target.read_bytes() == b"precious"


def test_a_check_that_fails_keeps_the_old_file(path: Path) -> None:
    path.write_bytes(b"old")

    def check(written: Path) -> None:
        assert written.read_bytes() == b"new"
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        files.write(path, b"new", check=check)
    assert path.read_bytes() == b"old"
    assert _alone(path)


def test_a_name_in_an_open_folder_follows_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        folder.rename(tmp_path / "elsewhere")
        files.write(Path("file"), b"new", folder=descriptor)
    finally:
        os.close(descriptor)
    assert (tmp_path / "elsewhere" / "file").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("mode", "others", "found"),
    [
        (0o644, files.OTHERS_WRITE, None),
        (0o664, files.OTHERS_WRITE, Exposure.MODE),
        (0o602, files.OTHERS_WRITE, Exposure.MODE),
        (0o640, 0o077, Exposure.MODE),
        (0o700, 0o077, None),
    ],
)
def test_the_mode_says_who_else_gets_at_a_file(
    path: Path, mode: int, others: int, found: Exposure | None
) -> None:
    path.touch()
    path.chmod(mode)
    assert files.exposure(path.stat(), others=others) is found


def test_a_file_of_a_user_that_is_not_meant_is_not_ours(path: Path) -> None:
    path.touch(mode=0o600)
    status = path.stat()
    assert files.exposure(status) is None
    assert files.exposure(status, owners=(os.geteuid(),)) is None
    assert files.exposure(status, owners=(os.geteuid() + 1,)) is Exposure.OWNER


@pytest.mark.parametrize(
    ("folder", "sticky", "found"),
    [(True, True, None), (True, False, Exposure.MODE), (False, True, Exposure.MODE)],
)
def test_in_a_sticky_folder_only_the_owner_replaces_a_file(
    path: Path, folder: bool, sticky: bool, found: Exposure | None
) -> None:
    if folder:
        path.mkdir()
    else:
        path.touch()
    path.chmod(0o1777)
    assert files.exposure(path.stat(), sticky=sticky) is found


def _folder(path: Path, content: str) -> Path:
    path.mkdir()
    (path / "file").write_text(content)
    return path


@pytest.mark.parametrize("there", ["nothing", "folder", "file", "link", "left by a crash"])
def test_a_folder_takes_the_place_of_whatever_is_there(tmp_path: Path, there: str) -> None:
    target, aside = tmp_path / "target", tmp_path / "aside"
    elsewhere = _folder(tmp_path / "elsewhere", "kept")
    if there == "folder":
        _folder(target, "old")
    elif there == "file":
        target.write_text("old")
    elif there == "link":
        target.symlink_to(elsewhere)
    elif there == "left by a crash":
        _folder(aside, "older")
    files.replace_folder(_folder(tmp_path / "new", "new"), target, aside=aside)
    assert (target / "file").read_text() == "new"
    assert (elsewhere / "file").read_text() == "kept"
    assert {path.name for path in tmp_path.iterdir()} == {"target", "elsewhere"}


def test_a_link_is_removed_and_not_what_it_points_to(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(_folder(tmp_path / "elsewhere", "kept"))
    files.remove_whole(link)
    files.remove_whole(link)
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]
    assert (tmp_path / "elsewhere" / "file").exists()
