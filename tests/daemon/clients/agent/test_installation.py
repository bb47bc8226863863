"""What the agent does when the program it was started from was replaced, or removed."""

import os
import shutil
from datetime import datetime
from pathlib import Path

from daemon.clients.agent.files import Files
from daemon.clients.agent.installation import Installation, Standing
from daemon.clients.agent.messages import (
    DaemonDown,
    DaemonUp,
    Effect,
    Elapsed,
    Ending,
    Fact,
    Later,
    Stop,
)

_NOW = datetime(2026, 11, 26, 9, 0).astimezone()
UP, DOWN, LATER = DaemonUp({}), DaemonDown(), Elapsed("installation")


def told(machine: Installation, *facts: Fact) -> list[Effect]:
    """All that it does about these."""
    return [effect for fact in facts for effect in machine.react(fact, _NOW)]


def test_files_that_stay_say_nothing_while_the_service_is_there() -> None:
    machine = Installation(lambda: Standing.SAME)
    assert told(machine, UP, Elapsed("camera")) == []
    assert told(machine, LATER) == []  # one that was begun before it came


def test_while_there_is_no_service_it_looks_again() -> None:
    machine = Installation(lambda: Standing.SAME)
    ((first,), (second,)) = told(machine, DOWN), told(machine, LATER)
    assert isinstance(first, Later)
    assert first == second


def test_after_an_upgrade_the_agent_begins_anew() -> None:
    standing = Standing.SAME
    machine = Installation(lambda: standing)
    told(machine, UP, DOWN)
    standing = Standing.REPLACED
    assert told(machine, UP) == [Stop(Ending.AGAIN)]


def test_after_a_removal_it_ends_once_it_is_sure() -> None:
    machine = Installation(lambda: Standing.GONE)
    (wait,) = told(machine, DOWN)
    assert isinstance(wait, Later)
    assert told(machine, LATER) == [Stop()]


def test_an_upgrade_in_between_is_no_removal() -> None:
    standing = Standing.GONE
    machine = Installation(lambda: standing)
    told(machine, DOWN)
    standing = Standing.REPLACED
    assert told(machine, LATER) == [Stop(Ending.AGAIN)]


def test_files_are_compared_with_those_of_the_start(tmp_path: Path) -> None:
    here, new = tmp_path / "venv", tmp_path / "venv.new"
    for folder in (here, new):
        folder.mkdir()
        (folder / "a.py").write_text("")
        os.utime(folder / "a.py", (1, 1))  # as a copy keeps it
    files = Files((here / "a.py",))
    assert files() is Standing.SAME
    here.rename(tmp_path / "venv.old")
    assert files() is Standing.GONE
    new.rename(here)
    shutil.rmtree(tmp_path / "venv.old")
    assert files() is Standing.REPLACED


def test_the_agents_own_files_are_there() -> None:
    assert Files()() is Standing.SAME
