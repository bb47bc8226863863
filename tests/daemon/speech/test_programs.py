"""Which program is run: never one that somebody else could have put there."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.speech import programs

Program = Callable[[str, str], Path]


def test_the_first_on_the_path_is_found(program: Program) -> None:
    path = program("aplay", "exit 0")
    assert programs.find("aplay") == str(path)


def test_one_that_is_not_there_is_none() -> None:
    assert programs.find("no-such-program-anywhere") is None


@pytest.mark.parametrize("mode", [0o777, 0o720, 0o702])
def test_a_program_that_others_may_write_is_passed_over(program: Program, mode: int) -> None:
    path = program("facelatch-test-player", "exit 0")
    path.chmod(mode)
    assert programs.find(path.name) is None


def test_a_program_in_a_folder_that_others_may_write_is_passed_over(program: Program) -> None:
    path = program("facelatch-test-player", "exit 0")
    path.parent.chmod(0o777)
    assert programs.find(path.name) is None
    path.parent.chmod(0o755)
    path.parent.parent.chmod(0o777)
    assert programs.find(path.name) is None


def test_a_link_is_as_good_as_what_it_points_to(program: Program) -> None:
    target = program("behind-the-link", "exit 0")
    link = target.with_name("facelatch-test-player")
    link.symlink_to(target)
    assert programs.find(link.name) == str(link)
    target.chmod(0o777)
    assert programs.find(link.name) is None


def test_what_cannot_be_run_is_passed_over(program: Program) -> None:
    path = program("facelatch-test-player", "exit 0")
    path.chmod(0o600)
    assert programs.find(path.name) is None
    path.unlink()
    path.mkdir()
    assert programs.find(path.name) is None
    path.rmdir()
    path.symlink_to(path)
    assert programs.find(path.name) is None


def test_the_current_folder_is_never_searched(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = program("facelatch-test-player", "exit 0")
    monkeypatch.chdir(path.parent)
    for search in ("", ".", ":"):
        monkeypatch.setenv("PATH", search)
        assert programs.find(path.name) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file to somebody else")
def test_the_program_of_another_user_is_passed_over(program: Program) -> None:
    path = program("facelatch-test-player", "exit 0")
    os.chown(path, 12345, 12345)
    assert programs.find(path.name) is None
