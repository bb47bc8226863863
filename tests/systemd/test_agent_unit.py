"""The agent is started once in each graphical session, whoever starts the session."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.data import ROOT

UNIT = ROOT / "systemd" / "facelatch-agent.service"
ENTRY = ROOT / "systemd" / "facelatch-agent.desktop"
# Of systemd 254; Debian 12 has 252.
NEWER = ("RestartSteps", "RestartMaxDelaySec")


def _read(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser


def test_both_start_the_same_program_and_systemd_passes_over_the_entry() -> None:
    unit, entry = _read(UNIT), _read(ENTRY)
    assert unit["Service"]["ExecStart"] == entry["Desktop Entry"]["Exec"]
    # Else systemd-xdg-autostart-generator makes a second unit of it.
    assert entry["Desktop Entry"]["X-systemd-skip"] == "true"
    assert "DBusActivatable" not in entry["Desktop Entry"]


def test_it_lives_and_ends_with_the_session_and_comes_back_after_a_fault() -> None:
    unit = _read(UNIT)
    assert unit["Unit"]["PartOf"] == "graphical-session.target"
    assert unit["Unit"]["After"] == "graphical-session.target"
    assert unit["Install"]["WantedBy"] == "graphical-session.target"
    assert unit["Service"]["Restart"] == "on-failure"
    assert float(unit["Service"]["RestartSec"]) >= 1


def test_it_is_not_for_users_of_the_system() -> None:
    """A login screen runs a desktop as a user of its own, whose windows strangers see."""
    assert _read(UNIT)["Unit"]["ConditionUser"] == "!@system"


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    # The program is not installed where the tests run.
    copy = tmp_path / UNIT.name
    command = _read(UNIT)["Service"]["ExecStart"]
    copy.write_text(UNIT.read_text().replace(command, "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", copy],
        env={"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [
        line
        for line in done.stderr.splitlines()
        if copy.name in line and not any(key in line for key in NEWER)
    ]
    assert (done.returncode, complaints) == (0, [])
