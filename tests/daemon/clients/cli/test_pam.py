"""`facelatch pam`: what it prints, whom it asks, and when it changes nothing."""

import io
import json
import os
from pathlib import Path

import pytest

from daemon.clients.cli import pam
from daemon.clients.cli.main import main
from daemon.config import Loaded, read
from daemon.config.reading import Text
from daemon.install import pam_check, pam_files, pam_text
from daemon.install.pam_files import Folders
from daemon.install.places import Places

SUDO = b"@include common-auth\n@include common-account\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """A machine with sudo, lightdm and the helper; whose password is `right`."""
    found = Folders(tmp_path)
    found.own.mkdir(parents=True)
    for name in ("sudo", "lightdm"):
        (found.own / name).write_bytes(SUDO)
    (found.own / "common-auth").write_bytes(b"auth required pam_unix.so\n")
    (found.own / "common-account").write_bytes(b"account required pam_unix.so\n")
    helper = Places(tmp_path).environment / "bin/facelatch-pam"
    helper.parent.mkdir(parents=True)
    helper.write_text("")
    helper.chmod(0o755)

    def log_in(_place: Path, _service: str, username: str, password: str) -> str:
        return "" if (username, password) == ("ada", "right") else "Authentication failure"

    monkeypatch.setattr(pam_files, "Folders", lambda: found)
    monkeypatch.setattr("daemon.install.places.of_this_program", lambda: Places(tmp_path))
    monkeypatch.setattr(pam_check, "log_in", log_in)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("sys.stdin", io.StringIO("right\n"))
    monkeypatch.setenv("SUDO_USER", "ada")
    configured(monkeypatch, "")
    return found


def configured(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The configuration of the machine."""
    loaded: Loaded = read((Text("test", text.encode()),))
    monkeypatch.setattr("daemon.config.load", lambda: loaded)


def test_on_for_sudo_in_one_command_and_off(
    machine: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pam", "enable", "--user", "ada", "sudo"]) == 0
    shown = capsys.readouterr().out
    assert f"+++ {machine.own / 'sudo'}" in shown
    assert "/bin/echo Password, or Enter alone to be recognised" in shown
    assert "a face opens no keyring" in shown and "facelatch pam disable sudo" in shown
    assert main(["pam", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"lightdm": "off", "sudo": "on"}
    assert main(["pam", "disable"]) == 0
    assert (machine.own / "sudo").read_bytes() == SUDO
    assert main(["pam", "disable", "sudo"]) == 0
    assert capsys.readouterr().out.endswith("nothing to do\n")


def test_what_an_update_took_away_is_named_until_it_is_switched_off(
    machine: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pam", "enable", "sudo"]) == 0
    (machine.own / "sudo").write_bytes(SUDO)
    capsys.readouterr()
    assert main(["pam", "status", "sudo"]) == 0
    assert "was on" in (said := capsys.readouterr().out)
    assert "run: sudo facelatch pam restore sudo" in said
    assert main(["pam", "disable"]) == 0
    capsys.readouterr()
    assert main(["pam", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"lightdm": "off", "sudo": "off"}


def test_what_an_update_took_away_comes_back_without_a_password(
    machine: Folders, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pam", "enable", "sudo", "lightdm"]) == 0
    on = (machine.own / "sudo").read_bytes()
    newer = b"# newer\n" + SUDO
    (machine.own / "sudo").write_bytes(newer)
    # One that a face would let skip a second factor now.
    (machine.own / "lightdm").write_bytes(SUDO + b"auth required pam_otp.so\n")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    capsys.readouterr()
    assert main(["pam", "restore", "--dry-run"]) == 0
    assert (machine.own / "sudo").read_bytes() == newer
    assert main(["pam", "restore"]) == 1
    said = capsys.readouterr()
    assert "on again: sudo\n" in said.out and "lightdm: pam_otp comes with or after" in said.err
    assert (machine.own / "sudo").read_bytes() == b"# newer\n" + on
    assert main(["pam", "restore", "sudo"]) == 0
    assert capsys.readouterr().out == "nothing to do\n"
    # Where PAM takes any password with them, nothing changes.
    (machine.own / "sudo").write_bytes(SUDO)
    monkeypatch.setattr(pam_check, "log_in", lambda *_: "")
    assert main(["pam", "restore", "sudo"]) == 1
    assert "PAM says another thing" in capsys.readouterr().err
    assert (machine.own / "sudo").read_bytes() == SUDO


def test_a_dry_run_shows_and_changes_nothing(
    machine: Folders, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["pam", "enable", "sudo", "--dry-run"]) == 0
    assert "look 10" in capsys.readouterr().out
    assert (machine.own / "sudo").read_bytes() == SUDO
    assert main(["pam", "enable", "sudo"]) == 2
    assert "only root" in capsys.readouterr().err


def test_a_wrong_password_changes_nothing(
    machine: Folders, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("wrong\n"))
    assert main(["pam", "enable", "sudo"]) == 2
    assert "the password of ada is not taken" in capsys.readouterr().err
    assert (machine.own / "sudo").read_bytes() == SUDO
    assert not machine.kept.exists()


def test_for_a_face_alone_nobody_is_asked_for_a_password(
    machine: Folders, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("wrong\n"))
    assert main(["pam", "enable", "facelatch-lock"]) == 0
    assert (machine.own / "facelatch-lock").exists()
    assert "on: facelatch-lock" in capsys.readouterr().out
    assert main(["pam", "disable"]) == 0
    assert not (machine.own / "facelatch-lock").exists()


def test_without_the_service(machine: Folders, capsys: pytest.CaptureFixture[str]) -> None:
    (Places(machine.root).environment / "bin/facelatch-pam").unlink()
    assert main(["pam", "enable", "sudo"]) == 2
    assert "facelatch setup" in capsys.readouterr().err


def test_a_greeter_may_look_at_once_and_sudo_never(
    machine: Folders, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(monkeypatch, '[pam]\ngreeter = "look"\nseconds = 5\n')
    assert main(["pam", "enable", "sudo", "lightdm"]) == 0
    assert "unlock.greeter = true" in capsys.readouterr().out
    greeter = (machine.own / "lightdm").read_text()
    assert "/bin/echo" not in greeter and "look 5" in greeter
    assert "/bin/echo" in (machine.own / "sudo").read_text()
    configured(monkeypatch, "")
    assert main(["pam", "status", "lightdm"]) == 0
    assert "other settings" in capsys.readouterr().out


@pytest.mark.parametrize("service", ["sddm", "xscreensaver"])
def test_what_can_show_no_line_is_told_none_and_waits_for_enter(
    machine: Folders,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    service: str,
) -> None:
    configured(monkeypatch, '[pam]\ngreeter = "look"\n')
    (machine.own / service).write_bytes(SUDO)
    assert main(["pam", "enable", service]) == 0
    found = (machine.own / service).read_text()
    assert "/bin/echo" not in found and "stdout" not in found
    assert found.index(" typed\n") < found.index(" look 10\n")
    capsys.readouterr()
    assert main(["pam", "status", service]) == 0
    assert capsys.readouterr().out.split() == [service, "on"]


def test_every_state_has_its_words() -> None:
    assert set(pam._MEANING) == {state.value for state in pam_text.State}


@pytest.mark.parametrize("setting", ["seconds = 1", "seconds = 61", 'greeter = "at-once"'])
def test_settings_are_bounded(setting: str) -> None:
    from daemon.config import ConfigError

    with pytest.raises(ConfigError):
        read((Text("test", f"[pam]\n{setting}\n".encode()),))
