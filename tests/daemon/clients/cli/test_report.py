"""A bug report tells nothing of who somebody is."""

import pwd
import socket
from pathlib import Path
from typing import Any

import pytest

from daemon.clients.cli import doctor_checks, log, report
from daemon.clients.cli.doctor_checks import Finding
from daemon.clients.cli.main import main
from models.errors import FacelatchError

PEOPLE = [
    pwd.struct_passwd(("root", "x", 0, 0, "root", "/root", "/bin/bash")),
    pwd.struct_passwd(("ada", "x", 1000, 1000, "Ada Lovelace,,,", "/home/ada", "/bin/bash")),
]
SECRETS = ("ada", "lovelace", "kitchen", "0.123", "192.168", "fe80", "lovelace@", "/home", "aa:bb")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Ada's template (distance 0.123)", "<name>'s template (distance <number>)"),
        ("cannot read /home/ada/x.mp4: gone", "cannot read <path>: gone"),
        ("rtsp://ada:secret@camera/1 is silent", "<address> is silent"),
        ("no route to 192.168.1.7:554", "no route to <address>"),
        ("from fe80:0:0:1 or aa:bb:cc:dd:ee:ff", "from <address> or <address>"),
        ("write to ada@example.org", "write to <address>"),
        ("adapted, not adamant", "adapted, not adamant"),
        ("two\nlines", "two lines"),
        ("/dev/video0 is used by another program", "/dev/video0 is used by another program"),
    ],
)
def test_names_places_and_figures_are_taken_out(said: str, written: str) -> None:
    assert report.scrubbed(said, ["ada", "Ada", "Lovelace"]) == written


def test_what_is_long_is_cut() -> None:
    assert len(report.scrubbed("x" * 10_000, [])) <= 300


def test_decisions_are_counted_and_nobody_is_named() -> None:
    entries: list[dict[str, Any]] = [
        {"verdict": "matched", "reason": "", "user": "ada", "distance": 0.1, "time": "today"},
        {"verdict": "matched", "user": "bob"},
        {"message": "the configuration was reloaded"},
    ]
    assert report.counted(entries) == ["2 x matched", "1 x other"]


def test_a_whole_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = "Ada of kitchen at 192.168.1.7 or fe80:0:0:0:1, aa:bb:cc:dd:ee:ff: 0.123 in /home/ada/x"

    def refuses() -> None:
        raise FacelatchError(said)

    monkeypatch.setattr(pwd, "getpwall", lambda: PEOPLE)
    monkeypatch.setattr(socket, "gethostname", lambda: "kitchen")
    monkeypatch.setattr(
        doctor_checks, "examine", lambda: [Finding("camera", fine=False, found=said)]
    )
    monkeypatch.setattr("daemon.clients.dbus_client.Client", refuses)
    monkeypatch.setattr(log, "read", lambda _: [{"verdict": "matched", "user": "ada"}])
    place = tmp_path / "report.txt"
    assert main(["report", "--output", str(place)]) == 0
    assert "read it before you send it" in capsys.readouterr().err
    text = place.read_text()
    assert main(["report", "--output", "-"]) == 0
    assert capsys.readouterr().out == text
    for title in ("program", "machine", "checks", "service", "decisions of a week"):
        assert f"[{title}]" in text
    assert "-- camera: <name> of <name> at <address>" in text
    assert "cannot be told: FacelatchError: <name>" in text
    assert "1 x matched" in text
    assert not [secret for secret in SECRETS if secret in text.lower().replace("adapt", "")]
