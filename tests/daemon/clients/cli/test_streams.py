"""The whole program with streams as they may be: of another encoding, full, closed, unread."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.clients.cli.streams import EXIT_PIPE

HELP = ("models", "list")
"""A command that needs nothing of the machine."""


def _facelatch(
    *arguments: str, stdout: int | None = None, redirected: str = "", encoding: str = "utf-8"
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "daemon", *arguments]
    if redirected:
        command = ["bash", "-c", f'"$@" {redirected}', "bash", *command]
    return subprocess.run(
        command,
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=subprocess.PIPE,
        text=True,
        encoding="latin-1",
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=False,
    )


def test_the_version_is_told() -> None:
    done = _facelatch("--version")
    assert done.returncode == 0
    assert re.fullmatch(r"facelatch \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told_in_one_line() -> None:
    done = _facelatch(*HELP, redirected=">/dev/full")
    assert done.returncode == 2
    assert re.fullmatch("facelatch: the output cannot be written: .*\n", done.stderr)


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("verify", "--help")])
def test_a_full_disk_is_told_of_help_and_version_too(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = _facelatch(*words, stdout=full.fileno())
    line = "facelatch: the output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, line)


def test_a_closed_output_ends_nothing() -> None:
    done = _facelatch(*HELP, redirected=">&-")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_error_output_ends_nothing() -> None:
    done = _facelatch("remove", "nobody", "--store", "/nowhere/at/all", redirected="2>&-")
    assert done.returncode == 2


def test_whoever_stops_reading_ends_it_as_a_pipe_does() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = _facelatch(*HELP, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (EXIT_PIPE, "")


def test_a_name_that_the_terminal_cannot_show_is_no_error(tmp_path: Path) -> None:
    # Of a person who is not there, so that no model is needed: the name is in the complaint.
    tmp_path.chmod(0o700)
    done = _facelatch("list", "\u0639\u0644\u064a", "--store", str(tmp_path), encoding="latin-1")
    assert done.returncode == 2
    assert "is not enrolled" in done.stderr
    assert "Traceback" not in done.stderr
