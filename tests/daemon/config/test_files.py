"""Files of configuration on a disk: found, and believed only where nobody else could write them."""

import os
from pathlib import Path

import pytest

from daemon import config
from daemon.config import Config, ConfigError
from daemon.config.files import load, load_unlock, read_file

NOT_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def main(tmp_path: Path) -> Path:
    """A folder that is as it should be, still without a file."""
    folder = tmp_path / "facelatch"
    (folder / "config.d").mkdir(parents=True)
    folder.chmod(0o755)
    (folder / "config.d").chmod(0o755)
    return folder / "config.toml"


def _write(path: Path, text: str, mode: int = 0o644) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def _problem(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value)


def test_without_any_file_all_is_default(tmp_path: Path) -> None:
    assert load(tmp_path / "none" / "config.toml").config == Config()


def test_drop_ins_go_over_the_main_file_by_name(main: Path) -> None:
    _write(main, "[schedule]\nidle_rate = 4")
    _write(main.parent / "config.d" / "90-last.toml", "[schedule]\nidle_rate = 6")
    _write(
        main.parent / "config.d" / "10-first.toml", "[schedule]\nidle_rate = 5\nlinger_seconds = 1"
    )
    loaded = load(main)
    assert loaded.config.schedule.idle_rate == 6.0
    assert loaded.config.schedule.linger_seconds == 1.0
    assert [Path(one).name for one in loaded.files] == [
        "config.toml",
        "10-first.toml",
        "90-last.toml",
    ]


def test_drop_ins_alone_will_do(main: Path) -> None:
    _write(main.parent / "config.d" / "a.toml", "[schedule]\nidle_rate = 6")
    assert load(main).config.schedule.idle_rate == 6.0


@pytest.mark.parametrize("name", [".hidden.toml", "a.toml~", "a.conf", "README"])
def test_other_files_beside_them_are_none(main: Path, name: str) -> None:
    _write(main.parent / "config.d" / name, "rubbish")
    assert load(main).config == Config()


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_file_that_others_may_write_is_not_believed(main: Path, mode: int) -> None:
    _write(main, "", mode)
    assert "may be written by others; run: chmod go-w" in _problem(main)


def test_a_drop_in_that_others_may_write_is_not_believed(main: Path) -> None:
    drop_in = _write(main.parent / "config.d" / "a.toml", "", 0o666)
    assert _problem(main).startswith(f"{drop_in}: may be written by others")


@pytest.mark.parametrize("folder", ["", "config.d"])
def test_a_folder_that_others_may_write_is_not_believed(main: Path, folder: str) -> None:
    _write(main, "")
    (main.parent / folder).chmod(0o777)
    assert f"{main.parent / folder}: may be written by others" in _problem(main)


def test_a_sticky_folder_will_do(main: Path) -> None:
    _write(main, "")
    main.parent.chmod(0o1777)
    assert load(main).config == Config()


@NOT_ROOT
def test_a_file_of_somebody_else_is_not_believed(main: Path) -> None:
    os.chown(_write(main, ""), 12345, 12345)
    assert "belongs to another user; run: chown root" in _problem(main)


def test_a_link_is_followed_to_what_is_checked(main: Path, tmp_path: Path) -> None:
    target = _write(tmp_path / "real.toml", "[schedule]\nidle_rate = 4")
    main.symlink_to(target)
    assert load(main).config.schedule.idle_rate == 4.0
    target.chmod(0o666)
    assert "may be written by others" in _problem(main)


def test_a_pipe_does_not_hang(main: Path) -> None:
    os.mkfifo(main)
    assert "is not a file" in _problem(main)


def test_a_folder_is_not_a_file(main: Path) -> None:
    main.mkdir()
    assert "is not a file" in _problem(main)


def test_a_file_too_large_is_refused_without_reading_it_all(main: Path) -> None:
    _write(main, "")
    os.truncate(main, 10**12)
    assert "is larger than 64 KiB" in _problem(main)


def test_a_loop_of_links_is_refused(main: Path) -> None:
    main.symlink_to(main)
    assert "cannot be opened: too many levels" in _problem(main)


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="cannot be opened"):
        read_file(Path("a\0b"))


def test_a_folder_of_drop_ins_that_is_a_file_is_refused(main: Path) -> None:
    (main.parent / "config.d").rmdir()
    _write(main.parent / "config.d", "")
    assert "cannot be listed: not a directory" in _problem(main)


def test_more_drop_ins_than_anybody_needs_are_refused(main: Path) -> None:
    for number in range(65):
        _write(main.parent / "config.d" / f"{number}.toml", "")
    assert "has more than 64 files" in _problem(main)


def test_problems_of_several_files_are_told_together(main: Path) -> None:
    _write(main, "", 0o666)
    _write(main.parent / "config.d" / "a.toml", "", 0o666)
    with pytest.raises(ConfigError) as caught:
        load(main)
    assert len(caught.value.problems) == 2


def test_how_to_unlock_is_read_whatever_other_sections_hold(main: Path) -> None:
    _write(main, '[camera]\nsauce = 1\n[kitchen]\n[unlock]\nusers = ["ada"]\n')
    assert "sauce" in _problem(main)
    assert load_unlock(main).users == ("ada",)


@pytest.mark.parametrize(
    "text", ["[unlock", "[unlock]\nuser = 1", '[unlock]\nmethods = {ada = ["no"]}']
)
def test_how_to_unlock_is_refused_where_it_is_not_plain(main: Path, text: str) -> None:
    _write(main, text)
    with pytest.raises(ConfigError):
        load_unlock(main)


def test_how_to_unlock_is_not_believed_where_others_may_write(main: Path) -> None:
    _write(main, '[unlock]\nusers = ["ada"]\n', 0o666)
    with pytest.raises(ConfigError):
        load_unlock(main)


def test_the_installed_place_is_the_documented_one() -> None:
    assert Path("/etc/facelatch/config.toml") == config.DEFAULT_FILE
