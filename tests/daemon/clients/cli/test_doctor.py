"""`facelatch doctor`: one line a check, and what mends it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import pytest

from daemon.clients import gtk
from daemon.clients.cli import doctor_checks, pam
from daemon.clients.cli.doctor_checks import Finding
from daemon.clients.cli.main import main
from daemon.errors import SpeechError
from daemon.install import pam_files
from daemon.install.pam_files import Folders
from daemon.install.pam_text import Steps
from tests.data import ROOT

WELL: dict[str, Any] = {
    "state": "ready",
    "problem": "",
    "configuration-problem": "",
    "camera": "/dev/video0",
    "infrared": True,
    "embedder": "resnet",
    "precision": "int8",
    "appearances": 2,
    "locked-out": False,
}
LOADED = """
import sys
from daemon.clients.cli.main import main
main(["doctor", "--json"])
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


class Service:
    """Stands in for the client of a running daemon."""

    status: dict[str, Any] | None = None
    cameras: tuple[dict[str, Any], ...] = ()
    picture = ("face-seen", "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """There is no connection."""

    @property
    def running(self) -> bool:
        return self.status is not None

    def call(self, member: str) -> object:
        answers = {"ListCameras": self.cameras, "CheckCamera": self.picture}
        return answers.get(member, self.status)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(doctor_checks, "Client", Service)


def findings(monkeypatch: pytest.MonkeyPatch, **changed: object) -> dict[str, Finding]:
    status = WELL | {name.replace("_", "-"): value for name, value in changed.items()}
    monkeypatch.setattr(Service, "status", status)
    return {one.check: one for one in doctor_checks.examine()}


def test_a_service_that_is_well_is_all_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(monkeypatch)
    assert found["service"] == Finding("service", fine=True, found="running, ready")
    assert found["camera"].found == "/dev/video0 (infrared)"
    assert found["model"].found == "resnet int8"
    assert found["your appearances"].found == "2 enrolled"
    assert all(found[name].fine for name in ("service", "camera", "model", "your appearances"))


def camera(path: str, obstacle: str = "", *, trusted: bool = True) -> dict[str, Any]:
    return {"path": path, "obstacle": obstacle, "trusted": trusted}


def test_cameras_that_are_passed_over_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    depth = camera("/dev/video2", "/dev/video2: format Y8I is not supported")
    new = camera("/dev/video4", "nobody has said that it is trusted", trusted=False)
    monkeypatch.setattr(Service, "cameras", (camera("/dev/video0"), depth, new, camera("")))
    found = findings(monkeypatch)["camera"]
    assert found.fine
    assert found.found == (
        "/dev/video0 (infrared); /dev/video2: format Y8I is not supported;"
        " /dev/video4: nobody has said that it is trusted"
    )


def test_where_none_may_be_used_what_trusts_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    new = camera("/dev/video4", "nobody has said that it is trusted", trusted=False)
    monkeypatch.setattr(Service, "cameras", (new,))
    found = findings(monkeypatch, camera="auto")["camera"]
    assert (found.fine, found.mend) == (False, "facelatch camera trust /dev/video4")
    assert found.found.startswith("no camera may be used; /dev/video4: nobody")


@pytest.mark.parametrize(
    ("word", "fine", "found", "mend"),
    [
        ("face-seen", True, "upright", ""),
        ("looking", True, "nobody is before the camera to tell which way up it hangs", ""),
        ("turn-the-picture-around", False, "the camera hangs upside down", "= 180 in /etc"),
        ("turn-the-picture-left", False, "the camera hangs on its side", "= 270 in /etc"),
        ("turn-the-picture-right", False, "the camera hangs on its side", "= 90 in /etc"),
        ("do-not-turn-the-picture", False, "pictures are turned wrongly", "= 0 in /etc"),
        ("picture-is-black", False, "The picture is black: is the shutter closed?", ""),
    ],
)
def test_a_camera_that_hangs_upside_down_is_found(
    word: str, fine: bool, found: str, mend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Service, "picture", (word, ""))
    finding = findings(monkeypatch)["picture"]
    assert (finding.fine, finding.found) == (fine, found)
    assert mend in finding.mend


def test_a_camera_that_gives_no_picture_is_told_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Service, "picture", ("looking", "there is no camera"))
    assert findings(monkeypatch)["picture"].found == "not looked at: there is no camera"


@pytest.mark.parametrize(
    ("changed", "check", "line", "mend"),
    [
        ({"appearances": 0}, "your appearances", "your face is not enrolled", "facelatch enroll"),
        (
            {"locked_out": True},
            "your appearances",
            "too many failed attempts",
            "type your password once",
        ),
        ({"state": "no-model", "problem": "no facenet"}, "model", "no facenet", "facelatch setup"),
        ({"state": "no-camera"}, "camera", "no-camera", "close what uses"),
        ({"configuration_problem": "x: wrong"}, "service", "x: wrong", "facelatch config check"),
    ],
)
def test_what_the_service_lacks_is_said(
    changed: dict[str, Any], check: str, line: str, mend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = findings(monkeypatch, **changed)[check]
    assert not finding.fine
    assert finding.found == line
    assert mend in finding.mend


def test_without_a_service_the_rest_is_checked_all_the_same() -> None:
    found = {one.check: one for one in doctor_checks.examine()}
    assert found["service"].mend == "sudo systemctl start facelatch"
    assert not found["model"].fine
    assert found["settings"].fine


def test_what_is_not_installed_comes_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: str) -> None:
        raise gtk.GtkError("PyGObject is not installed", "run: sudo apt install python3-gi")

    monkeypatch.setattr(gtk, "check", missing)
    found = findings(monkeypatch)
    assert found["PyGObject"].mend == "sudo apt install python3-gi"
    assert not found["tray library"].fine


def test_a_machine_without_speech_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise SpeechError("no speech engine", "run: apt install espeak-ng")

    monkeypatch.setattr("daemon.speech.check_player", lambda: None)
    monkeypatch.setattr("daemon.speech.check_engine", missing)
    finding = findings(monkeypatch)["speech"]
    assert (finding.fine, finding.mend) == (False, "apt install espeak-ng")


def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: str) -> None:
        raise RuntimeError("surprise")

    monkeypatch.setattr(gtk, "check", broken)
    finding = findings(monkeypatch)["PyGObject"]
    assert not finding.fine
    assert "surprise" in finding.found


def test_a_mistake_in_the_settings_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config" / "facelatch" / "agent.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[greetings]")
    finding = findings(monkeypatch)["settings"]
    assert not finding.fine
    assert "did you mean greeting" in finding.found


def test_where_a_face_is_asked_for_and_what_took_it_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pam_files, "Folders", lambda: Folders(tmp_path))
    assert findings(monkeypatch)["sudo and logins"].found == "the password alone, as ever"
    folders = Folders(tmp_path)
    folders.own.mkdir(parents=True)
    plain = b"auth required pam_unix.so\n"
    (folders.own / "su").write_bytes(plain)
    helper = tmp_path / "helper"
    monkeypatch.setattr(pam, "steps_of", lambda _service: Steps(str(helper), 10.0))
    pam_files.apply(folders, pam_files.enabling(folders, "su", Steps(str(helper), 10.0)))
    missing = findings(monkeypatch)["sudo and logins"]
    assert (missing.fine, missing.mend) == (False, "sudo facelatch setup")
    helper.touch(0o755)
    assert findings(monkeypatch)["sudo and logins"].found == "a face for su"
    (folders.own / "su").write_bytes(plain)
    lost = findings(monkeypatch)["sudo and logins"]
    assert not lost.fine and lost.found.startswith("su: was on")
    assert lost.mend == "sudo facelatch pam restore su"


def test_each_finding_is_a_line_and_the_exit_code_tells(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (
        Finding("tray", fine=True, found="here"),
        Finding("x", fine=False, found="y", mend="z"),
    )
    monkeypatch.setattr(doctor_checks, "examine", lambda: iter([one]))
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out == "ok  tray:           here\n"
    monkeypatch.setattr(doctor_checks, "examine", lambda: iter([one, other]))
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out.splitlines()[1] == "--  x:              y; z"
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[1]["mend"] == "z"


def test_nothing_heavy_is_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"cv2", "numpy", "ai_edge_litert", "tensorflow", "pystray", "PIL"}
