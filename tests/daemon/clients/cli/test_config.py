"""`facelatch config`: as a person meets it."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from daemon import config
from daemon.clients.cli.main import main
from tests.data import ROOT

GOOD = "[schedule]\nidle_rate = 5\n"
BAD = "[schedule]\nidle_rat = 5\nlinger_seconds = -1\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(GOOD)
    path.chmod(0o600)
    return path


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test depends on what is installed on this machine."""
    none = tmp_path / "etc" / "config.toml"
    monkeypatch.setattr(config, "DEFAULT_FILE", none)
    monkeypatch.setattr("daemon.config.files.load.__defaults__", (none,))


def test_show_is_the_effective_configuration(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "show", str(file)]) == 0
    shown = capsys.readouterr().out
    assert f"idle_rate = 5.0  # {file}" in shown
    assert tomllib.loads(shown)["schedule"]["idle_rate"] == 5.0
    assert tomllib.loads(shown)["camera"]["source"] == "auto"


def test_show_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", str(file), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["schedule"]["idle_rate"]["origin"] == str(file)


def test_show_of_what_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show"]) == 0
    assert "idle_rate = 2.0  # default" in capsys.readouterr().out


def test_show_of_a_broken_file_is_one_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(BAD)
    assert main(["config", "show", str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "(and 1 more)" in captured.err


def test_check_says_that_all_is_right(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check", str(file)]) == 0
    assert capsys.readouterr().out == f"all is right: {file}\n"


def test_check_of_what_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check"]) == 0
    assert "no file, everything is default" in capsys.readouterr().out


def test_check_names_every_problem(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(BAD)
    assert main(["config", "check", str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        f"facelatch: {file}: schedule.idle_rat: is no setting; did you mean idle_rate?",
        f"facelatch: {file}: schedule.linger_seconds: must be a number from 0.2 to 60, is -1",
    ]


def test_check_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "ok": True,
        "problems": [],
        "files": [str(file)],
    }
    file.write_text(BAD)
    assert main(["config", "check", str(file), "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert not report["ok"]
    assert report["problems"][0] == {
        "where": f"{file}: schedule.idle_rat",
        "message": "is no setting",
        "hint": "did you mean idle_rate?",
    }


@pytest.mark.parametrize("action", ["show", "check"])
def test_a_file_that_is_not_there(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", action, "/nowhere/x.toml"]) == 2
    assert "there is no file '/nowhere/x.toml'" in capsys.readouterr().err


def test_it_loads_nothing_heavy() -> None:
    code = (
        "import sys; from daemon.clients.cli.main import main; main(['config', 'show']);"
        "assert not {'numpy', 'cv2', 'ai_edge_litert'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
