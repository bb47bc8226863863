"""One agent a session."""

import os
from pathlib import Path

import pytest

from daemon.clients.agent import single_instance
from daemon.errors import BusError
from models.errors import UsageError


def test_the_second_one_is_told_to_go(tmp_path: Path) -> None:
    first = single_instance.take_turn(tmp_path)
    assert first is not None
    assert single_instance.take_turn(tmp_path) is None
    os.close(first)
    third = single_instance.take_turn(tmp_path)
    assert third is not None
    os.close(third)


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "facelatch-agent.lock").symlink_to(tmp_path / "target")
    with pytest.raises(UsageError, match="cannot be opened"):
        single_instance.take_turn(tmp_path)
    assert not (tmp_path / "target").exists()


def test_without_a_session_there_is_no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere/at/all")
    with pytest.raises(UsageError, match="is not there"):
        single_instance.runtime_folder()


def test_a_session_without_a_bus_is_waited_for_and_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
    with pytest.raises(BusError, match="session bus"):
        single_instance.wait_for_session_bus(tries=2, wait=0.01)
