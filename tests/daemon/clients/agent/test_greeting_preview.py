"""The greeting from the command line."""

from pathlib import Path

import pytest

from daemon.clients.agent import greeting_preview
from daemon.clients.cli.main import main
from daemon.errors import SpeechError
from daemon.speech import VoiceInfo, check_engine


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What reached the player."""
    try:
        check_engine()
    except SpeechError as error:
        pytest.skip(f"no speech engine here: {error}")
    folder, heard = tmp_path / "bin", tmp_path / "heard.wav"
    folder.mkdir()
    (folder / "aplay").write_text(f'#!/bin/sh\n/bin/cp "$2" {heard}\n')
    (folder / "aplay").chmod(0o700)
    monkeypatch.setenv("PATH", str(folder))
    return heard


def test_the_greeting_is_said_also_where_it_is_off(
    tmp_path: Path, played: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "agent.toml"
    settings.write_text('[greeting]\nenabled = false\ntemplate = "Hello {name} after {away}"\n')
    assert main(["agent", "--greet", "--settings", str(settings)]) == 0
    assert capsys.readouterr().out.endswith(" after 45 minutes\n")
    assert played.stat().st_size > 10_000


def test_a_greeting_that_cannot_be_said_says_why(
    tmp_path: Path, played: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (played.parent / "bin" / "aplay").unlink()
    assert main(["agent", "--greet", "--settings", str(tmp_path / "none.toml")]) == 2
    assert "apt install alsa-utils" in capsys.readouterr().err


def test_voices_are_listed_and_the_fitting_one_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [VoiceInfo("gmw/de", "German", "de"), VoiceInfo("gmw/en", "English", "en-gb")]
    monkeypatch.setattr(greeting_preview, "list_voices", lambda: found)
    monkeypatch.setenv("LANGUAGE", "de")
    rows = greeting_preview.voices(tmp_path / "none.toml")
    assert [(row["voice"], row["auto"]) for row in rows] == [("gmw/de", "yes"), ("gmw/en", None)]


def test_only_one_thing_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["agent", "--greet", "--voices"])
    assert "not allowed with" in capsys.readouterr().err
