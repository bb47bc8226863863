"""Two quick commands in every kind of terminal; `scripts/terminal-trial` tries all of them."""

from pathlib import Path

import pytest

from enroll.store.store import TemplateStore
from tests.daemon.clients.cli.terminal_trial import (
    NAME,
    SETTINGS,
    Outcome,
    Setting,
    commands,
    faults,
    run,
)
from tests.daemon.fakes import ADA, person

_BY_NAME = {one.name: one for one in SETTINGS}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Somebody is enrolled whose name Latin-1 lacks."""
    (appearance,) = person(NAME, ADA).appearances
    TemplateStore(tmp_path / "templates").add_appearance(NAME, appearance)
    return tmp_path


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.name)
def test_who_is_enrolled_is_told_in_every_terminal(folder: Path, setting: Setting) -> None:
    got = run(commands(folder)["list"], setting, folder)
    usual = Outcome(0, "some lines", "")
    assert faults("list", got, usual, setting) == []
    if setting.name == "Latin-1":
        assert "????" in got.out
    elif not setting.output:
        assert NAME in got.out


@pytest.mark.parametrize("name", ["40 columns", "Turkish", "no HOME", "closed output"])
def test_who_is_not_enrolled_is_told_in_a_line(folder: Path, name: str) -> None:
    got = run(commands(folder)["list nobody"], _BY_NAME[name], folder)
    assert (got.code, got.out) == (2, "")
    assert got.err == "facelatch: nobody is not enrolled; see: facelatch list\n"
