"""What the command prints: sizes, tables, notes and progress, on a terminal and in a pipe."""

import os
import pty
import subprocess
import sys

import pytest

from daemon.clients.cli import output
from tests.data import ROOT


def test_sizes_as_a_person_reads_them() -> None:
    sizes = (0, 999, 1000, 22_466_066, 999_949, 999_950, 1_234_567_890, 10**13)
    assert [output.size(count) for count in sizes] == [
        "0 B", "999 B", "1.0 kB", "22.5 MB", "999.9 kB", "1.0 MB", "1.2 GB", "10000.0 GB",
    ]  # fmt: skip


def test_a_table_takes_any_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(
        [{"a": "[bold]x[/bold]", "b": None, "c": ""}, {"a": "y" * 300, "b": 7, "c": None}]
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["a", "b"]
    assert lines[1].split() == ["[bold]x[/bold]"]
    assert lines[2].split() == ["y" * 300, "7"]
    output.print_table([])
    assert capsys.readouterr().out == ""


def test_a_note_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.note("red \x1b[31m\nand\ttwo lines")
    assert capsys.readouterr().err == "facelatch: red ?[31m and two lines\n"


def test_on_a_terminal_progress_is_drawn() -> None:
    code = """
from daemon.clients.cli import output
with output.transfers() as count:
    for done in (0, 500, 1000):
        count("weights.bin", done, 1000)
    count("unknown.bin", 5, None)
with output.working("preparing fake") as report:
    report("[bold]half[/bold] way")
"""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stderr=follower, env={**os.environ, "TERM": "xterm"}
    ) as running:
        os.close(follower)
        drawn = b""
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:
                break
            if not part:
                break
            drawn += part
    os.close(leader)
    assert running.returncode == 0
    assert b"weights.bin" in drawn
    assert b"unknown.bin" in drawn
    assert b"preparing fake" in drawn
