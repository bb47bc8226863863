"""`facelatch setup`, the command line of it; tests/machine runs it for real."""

import os

import pytest

from daemon.clients.cli.main import main
from daemon.install import plan
from daemon.install.steps import Do


def test_only_root_installs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for arguments in (["setup"], ["setup", "--remove"]):
        assert main(arguments) == 2
        assert "only root can install the service; run: sudo" in capsys.readouterr().err


def test_keeping_data_is_about_removing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "--keep-data"]) == 2
    assert "goes with --remove" in capsys.readouterr().err


def test_trying_takes_no_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken: list[str] = []
    found = [
        Do("do this", lambda: taken.append("this")),
        Do("do that", lambda: taken.append("that"), lambda: False),
    ]
    monkeypatch.setattr(plan, "remove", lambda *_, **__: found)
    assert main(["setup", "--remove", "--dry-run"]) == 0
    assert capsys.readouterr().out == "would do this\n"
    assert taken == []


def test_what_is_done_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken: list[str] = []
    found = [Do("do this", lambda: taken.append("this"))]
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "umask", lambda _: 0)
    monkeypatch.setattr(plan, "remove", lambda *_, **__: found)
    assert main(["setup", "--remove"]) == 0
    assert capsys.readouterr().out == "do this\n"
    assert taken == ["this"]
    found.clear()
    assert main(["setup", "--remove"]) == 0
    assert capsys.readouterr().out == "nothing to do\n"
