"""What systemd itself says about the unit, and what no figure of it tells."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.data import ROOT

FOLDER = ROOT / "systemd"
UNIT = FOLDER / "facelatch.service"
MOST_EXPOSURE = 0.6
CONFINED = ("facelatch.service", "facelatch-camera.service", "facelatch-unlocker.service")

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def _analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False
    )


def _settings(unit: str = "facelatch.service") -> dict[str, list[str]]:
    """Every value of each key of [Service], those of repeated keys too."""
    values: dict[str, list[str]] = {}
    for line in (
        (FOLDER / unit).read_text().partition("[Service]")[2].partition("[Install]")[0].splitlines()
    ):
        key, found, value = line.partition("=")
        if found and not line.startswith("#"):
            values.setdefault(key, []).append(value)
    return values


@needs_systemd
@pytest.mark.parametrize("unit", CONFINED)
def test_exposure_is_low(unit: str) -> None:
    threshold = f"--threshold={round(MOST_EXPOSURE * 10)}"
    done = _analyze("security", "--offline=true", threshold, "--no-pager", FOLDER / unit)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr


@needs_systemd
def test_the_threshold_can_fail(tmp_path: Path) -> None:
    open_unit = tmp_path / "open.service"
    open_unit.write_text("[Service]\nExecStart=/bin/true\n")
    assert _analyze("security", "--offline=true", "--threshold=15", open_unit).returncode != 0


@needs_systemd
@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("facelatch.service", "/opt/facelatch/venv/bin/facelatch daemon"),
        ("facelatch-camera.service", "/opt/facelatch/venv/bin/python -I -m daemon.camera"),
        ("facelatch-unlocker.service", "/opt/facelatch/venv/bin/python -I -m daemon.unlocker"),
        (
            "facelatch-unlock@.service",
            "/opt/facelatch/venv/bin/python -I -m daemon.unlocking.as_user",
        ),
    ],
)
def test_unit_is_clean(name: str, program: str, tmp_path: Path) -> None:
    # The program is not installed where the tests run; nothing else is changed.
    copy = tmp_path / name.replace("@", "@ada")
    text = (FOLDER / name).read_text()
    assert f"ExecStart={program}\n" in text
    copy.write_text(text.replace(program, "/bin/true"))
    done = _analyze("verify", "--man=no", "--recursive-errors=no", copy)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("unit", CONFINED)
def test_no_way_out_but_local_sockets(unit: str) -> None:
    settings = _settings(unit)
    assert settings["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert settings["PrivateNetwork"] == ["yes"]


def test_only_the_worker_has_devices_and_only_cameras() -> None:
    for unit in CONFINED:
        assert _settings(unit)["DevicePolicy"] == ["closed"]
        allowed = ["char-video4linux rw"] if "camera" in unit else None
        assert _settings(unit).get("DeviceAllow") == allowed
    # A device class is resolved when the worker starts: its module must be there by then.
    text = (FOLDER / "facelatch-camera.service").read_text()
    assert "After=modprobe@videodev.service" in text


def test_the_worker_is_nobody_and_keeps_nothing() -> None:
    settings = _settings("facelatch-camera.service")
    assert settings["DynamicUser"] == ["yes"]
    assert settings["SupplementaryGroups"] == ["video"]
    assert "StateDirectory" not in settings
    assert "/run/dbus" in settings["InaccessiblePaths"][0]


@pytest.mark.parametrize(
    ("name", "user"),
    [
        ("facelatch-camera.socket", "facelatch"),
        ("facelatch-unlocker.socket", "facelatch"),
        ("facelatch-unlock@.socket", "facelatch-unlocker"),
    ],
)
def test_each_socket_is_for_one_user_alone(name: str, user: str) -> None:
    lines = (FOLDER / name).read_text().splitlines()
    assert f"SocketUser={user}" in lines
    assert "SocketMode=0600" in lines


@pytest.mark.parametrize("unit", CONFINED)
def test_nothing_is_gained(unit: str) -> None:
    settings = _settings(unit)
    assert settings["CapabilityBoundingSet"] == settings["AmbientCapabilities"] == [""]
    assert settings["NoNewPrivileges"] == ["yes"]
    assert settings["User"] == [unit.removesuffix(".service")]
    assert settings["SystemCallFilter"][0] == "@system-service"


def test_what_unlocks_as_a_user_is_never_more_than_that_user() -> None:
    text = (FOLDER / "facelatch-unlock@.service").read_text()
    # "+", "!" and PermissionsStartOnly= are systemd's ways to run a part of a unit as root.
    assert "\nUser=%I\n" in text
    assert "PermissionsStartOnly" not in text
    commands = [line.partition("=") for line in text.splitlines() if line.startswith("Exec")]
    assert [(name, program[0]) for name, _, program in commands] == [("ExecStart", "/")]
    assert "\nNoNewPrivileges=yes\nCapabilityBoundingSet=\nAmbientCapabilities=\n" in text


def test_templates_reach_neither_swap_nor_core_dumps() -> None:
    settings = _settings()
    assert settings["MemorySwapMax"] == settings["LimitCORE"] == ["0"]
    assert settings["StateDirectoryMode"] == ["0700"]


def test_the_processor_stays_visible() -> None:
    # Measured: without /proc/cpuinfo an embedding takes 780 ms in place of 3.
    assert _settings("facelatch-camera.service").get("ProcSubset", ["all"]) == ["all"]


def test_installed_by_enabling() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read(UNIT)
    activation = configparser.ConfigParser()
    activation.read(FOLDER / "org.facelatch.Facelatch1.service")
    # Disabling the unit takes the alias away, and with it starting through the bus.
    assert activation["D-BUS Service"]["SystemdService"] == unit["Install"]["Alias"]
    assert activation["D-BUS Service"]["Name"] == unit["Service"]["BusName"]


@needs_systemd
def test_accounts_and_folders_are_made(tmp_path: Path) -> None:
    if shutil.which("systemd-sysusers") is None:
        pytest.skip("systemd-sysusers is not on this machine")
    (tmp_path / "etc").mkdir()
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", FOLDER / "facelatch.sysusers"],
        check=True,
        capture_output=True,
    )
    homes = {}
    for line in (tmp_path / "etc/passwd").read_text().splitlines():
        name, _, uid, *_, home, shell = line.split(":")
        homes[name] = home
        assert 0 < int(uid) < 1000
        assert shell.endswith("nologin")
    assert homes == {"facelatch": "/var/lib/facelatch", "facelatch-unlocker": "/"}
