"""Tables as wide as the terminal, and what becomes of them where it is not wide enough."""

import os
import re
import sys

import pytest

from daemon.clients.cli import output

ROWS = [
    {"name": "ada", "created": "2026-11-29T09:05:15Z", "last used": None, "why": "it was late"},
    {"name": "bob", "created": "2026-11-28T09:05:15Z", "last used": None, "why": "it was dark"},
]


def _terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("shutil.get_terminal_size", lambda *_: os.terminal_size((columns, 24)))


def _plain(text: str) -> str:
    """Without bold, which takes no column."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("columns", [80, 200])
def test_a_table_that_fits_is_a_line_a_row(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _terminal(monkeypatch, columns)
    output.print_table(ROWS)
    lines = _plain(capsys.readouterr().out).splitlines()
    assert [line.split()[0] for line in lines] == ["name", "ada", "bob"]
    assert "last used" not in lines[0]


def test_one_that_does_not_fit_is_a_block_a_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _terminal(monkeypatch, 38)
    output.print_table(ROWS)
    first, second = capsys.readouterr().out.split("\n\n")
    assert first.splitlines() == ["name: ada", "created: 2026-11-29T09:05:15Z", "why: it was late"]
    assert second.startswith("name: bob")


def test_a_column_that_may_fold_does_so_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _terminal(monkeypatch, 38)
    output.print_table(ROWS, folding=("why",))
    printed = _plain(capsys.readouterr().out)
    assert "name: ada" not in printed
    assert max(map(len, printed.splitlines())) <= 38


def test_a_pipe_never_folds(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table([{"name": "ada", "why": "x" * 300}])
    assert "x" * 300 in capsys.readouterr().out
