"""`facelatch doctor --fix`: what it mends, in which order, and that it asks."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.clients.cli import doctor_checks, doctor_fixes, pam
from daemon.clients.cli.doctor_checks import Finding
from daemon.clients.cli.main import main
from daemon.install import pam_files, plan, steps
from daemon.install.errors import InstallError
from daemon.install.pam_files import Folders
from daemon.install.pam_text import Steps
from daemon.install.steps import Do

PLAIN = b"auth required pam_unix.so\n"


def finding(mend: str, *, fine: bool = False) -> Finding:
    return Finding("something", fine=fine, found="missing", mend=mend)


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Root at a terminal, where two things are broken and one is well; what was mended."""
    done: list[str] = []

    def repair(*_: object, **__: object) -> Iterator[Do]:
        yield Do("mend this", lambda: done.append("this"), lambda: "this" not in done)
        yield Do("mend nothing", lambda: done.append("nothing"), lambda: False)
        yield Do("mend that", lambda: done.append("that"), lambda: "that" not in done)

    def examine() -> Iterator[Finding]:
        yield Finding("whole", fine=len(done) == 2, found=f"{len(done)} of 2")

    monkeypatch.setattr(plan, "repair", repair)
    monkeypatch.setattr(doctor_checks, "examine", examine)
    monkeypatch.setattr(pam_files, "Folders", lambda: Folders(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "umask", lambda _: 0)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    return done


def test_each_step_is_asked_for(mended: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "n" if "this" in question else ""

    monkeypatch.setattr("builtins.input", answer)
    assert main(["doctor", "--fix"]) == 1
    assert asked == ["mend this? [Y/n] ", "mend that? [Y/n] "]
    assert mended == ["that"]


def test_who_says_yes_beforehand_is_not_asked_and_what_is_whole_then_is_well(
    mended: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr("builtins.input")
    assert main(["doctor", "--fix", "--yes"]) == 0
    assert mended == ["this", "that"]
    assert "0 of 2" in capsys.readouterr().out
    assert main(["doctor", "--fix", "--yes"]) == 0
    assert "nothing that --fix can mend" in capsys.readouterr().err


def test_who_is_not_root_is_told_and_nothing_is_changed(
    mended: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["doctor", "--fix"]) == 1
    said = capsys.readouterr().err
    assert "would mend this" in said
    assert "only root can: sudo facelatch doctor --fix" in said
    assert mended == []


def test_where_nobody_can_be_asked_nothing_is_mended(
    mended: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert main(["doctor", "--fix"]) == 2
    assert main(["doctor", "--yes"]) == 2
    assert "add --yes" in capsys.readouterr().err
    assert mended == []


def test_a_step_that_fails_keeps_nothing_from_the_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done: list[str] = []

    def broken() -> None:
        raise InstallError("no bus", "start one")

    found = [Do("reload it", broken), Do("go on", lambda: done.append("on"))]
    assert doctor_fixes.mend(found, lambda _: True) == 1
    assert "could not reload it: no bus; start one" in capsys.readouterr().err
    assert done == ["on"]


def test_debians_packages_are_installed_in_one_go_and_no_other_line_is_run(
    monkeypatch: pytest.MonkeyPatch, mended: list[str]
) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(steps, "run", lambda command: ran.append(tuple(command)))
    monkeypatch.setattr(doctor_fixes, "find", lambda name: f"/usr/bin/{name}")
    found = [
        finding("sudo apt install gir1.2-gtk-3.0 python3-gi"),
        finding("apt install espeak-ng"),
        finding("sudo apt install well", fine=True),
        finding("GNOME: sudo apt install gnome-shell, log in again"),
        finding("sudo apt install x; rm -rf /"),
        finding("sudo apt install -o Dpkg::Pre-Invoke=sh"),
    ]
    doctor_fixes.mend(doctor_fixes.fixes(found), lambda _: True)
    names = ("espeak-ng", "gir1.2-gtk-3.0", "python3-gi")
    assert ran == [("apt-get", "install", "-qy", "--no-install-recommends", *names)]
    assert mended == ["this", "that"]


def test_a_face_is_asked_for_again_where_a_file_was_written_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mended: list[str]
) -> None:
    helper = tmp_path / "helper"
    helper.touch(0o755)
    folders, wanted = Folders(tmp_path), Steps(str(helper), 10.0)
    folders.own.mkdir(parents=True)
    (folders.own / "su").write_bytes(PLAIN)
    (folders.own / "sudo").write_bytes(PLAIN)
    monkeypatch.setattr(pam, "steps_of", lambda _service: wanted)
    for name in ("su", "sudo"):
        pam_files.apply(folders, pam_files.enabling(folders, name, wanted))
    (folders.own / "su").write_bytes(PLAIN)
    tried: list[str] = []
    monkeypatch.setattr(
        pam_files,
        "check_unasked",
        lambda _f, changes: tried.extend(change.service for change in changes),
    )
    texts: list[str] = []

    def agreed(text: str) -> bool:
        texts.append(text)
        return True

    doctor_fixes.mend(doctor_fixes.fixes([]), agreed)
    assert texts[-1] == "ask for a face in su again"
    assert tried == ["su"]
    assert str(helper).encode() in (folders.own / "su").read_bytes()
    assert doctor_fixes.mend(doctor_fixes.fixes([]), lambda _: True) == 0
    assert tried == ["su"]
    assert mended == ["this", "that"]
