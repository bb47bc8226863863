"""The agent's voice: the right one, only what it is told, without waiting."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from daemon.clients.agent.messages import Speak
from daemon.clients.agent.settings import Greeting, Settings
from daemon.clients.agent.speaking import Speaking, locale_of
from daemon.errors import SpeechError
from daemon.speech import VoiceInfo, synthesis
from tests.daemon.speech.sounds import wait_for

PATIENCE = 60.0
VOICES = [VoiceInfo("gmw/de", "German", "de"), VoiceInfo("gmw/en", "English", "en-gb")]
ENGINE = """
import sys
file, rate, volume, voice = sys.argv[1:5]
text = sys.stdin.read()
if file:
    open(file, "w").write(f"{voice} {rate} {volume}: {text}")
"""


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What reached the loudspeaker, a line each; the engine writes how it was asked."""
    engine, folder, heard = tmp_path / "engine.py", tmp_path / "bin", tmp_path / "heard"
    engine.write_text(ENGINE)
    folder.mkdir()
    for name, script in (
        ("aplay", f'/bin/cat "$2" >> {heard}; echo >> {heard}'),
        ("pactl", f"/bin/cat {tmp_path}/mute"),
    ):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o700)
    monkeypatch.setattr(synthesis, "_ENGINE", engine)
    monkeypatch.setenv("PATH", str(folder))
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "de_AT.UTF-8")
    return heard


@pytest.fixture
def speaking(heard: Path) -> Iterator[Speaking]:
    assert heard
    speaking = Speaking(warn=pytest.fail, list_voices=lambda _: VOICES)
    yield speaking
    speaking.close()


def test_the_voice_is_that_of_the_language(speaking: Speaking, heard: Path) -> None:
    speaking.apply(Settings(greeting=Greeting(rate=120, volume=0.5)))
    speaking.say(Speak("Willkommen"))
    assert speaking.finish(PATIENCE)
    assert heard.read_text() == "gmw/de 120 0.5: Willkommen\n"
    speaking.apply(Settings(greeting=Greeting(voice="whisper")))
    speaking.say(Speak("Hallo"))
    assert speaking.finish(PATIENCE)
    assert heard.read_text().splitlines()[1] == "whisper 165 1.0: Hallo"


def test_a_muted_session_hears_only_a_test(speaking: Speaking, heard: Path) -> None:
    heard.with_name("mute").write_text("Mute: yes\n")
    speaking.say(Speak("an arrival"))
    speaking.say(Speak("a test", test=True))
    assert speaking.finish(PATIENCE)
    assert heard.read_text() == " 165 1.0: a test\n"


def test_what_is_primed_is_said(speaking: Speaking, heard: Path) -> None:
    for step in (speaking.prime, speaking.release, speaking.prime):
        step()
        assert speaking.finish(PATIENCE)
    speaking.say(Speak("Hallo"))
    assert speaking.finish(PATIENCE)
    assert heard.read_text() == " 165 1.0: Hallo\n"


def test_voices_are_listed_once_and_a_failure_is_one_warning(heard: Path) -> None:
    warn, listing = Mock(), Mock(side_effect=SpeechError("no voices"))
    speaking = Speaking(warn=warn, list_voices=listing)
    try:
        speaking.apply(Settings(greeting=Greeting()))
        speaking.apply(Settings(greeting=Greeting()))
        speaking.say(Speak("Hallo"))
        assert speaking.finish(PATIENCE)
    finally:
        speaking.close()
    assert listing.call_count == 1
    assert [call.args for call in warn.call_args_list] == [("no voices",)]
    assert heard.read_text() == " 165 1.0: Hallo\n"


def test_a_flood_is_a_few_words(speaking: Speaking, heard: Path) -> None:
    for number in range(1000):
        speaking.say(Speak(f"number {number}"))
    assert speaking.finish(PATIENCE)
    assert len(heard.read_text().splitlines()) <= 5


@pytest.mark.parametrize(
    ("greeting", "locale"),
    [
        (Greeting(), "de_AT"),
        (Greeting(language="de"), "de_AT"),
        (Greeting(language="tlh"), "en"),
        (Greeting(template="Bonjour {name}"), "de_AT"),
        (Greeting(template="Bonjour {name}", language="fr_CA"), "fr_CA"),
    ],
)
@pytest.mark.usefixtures("heard")
def test_the_voice_speaks_the_language_of_the_text(greeting: Greeting, locale: str) -> None:
    assert locale_of(greeting) == locale


def test_a_player_that_hangs_holds_nobody_up(heard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from daemon.speech import players

    monkeypatch.setattr(players, "_SLOW_SECONDS", 0.3)
    monkeypatch.setattr(players, "_LONGEST_SECONDS", 0.0)
    aplay = heard.with_name("bin") / "aplay"
    good = aplay.read_text()
    aplay.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    warn = Mock()
    speaking = Speaking(warn=warn, list_voices=lambda _: VOICES)
    try:
        speaking.say(Speak("first"))
        assert speaking.finish(PATIENCE)
        aplay.write_text(good)
        speaking.say(Speak("second"))
        assert speaking.finish(PATIENCE)
    finally:
        speaking.close()
    assert heard.read_text() == " 165 1.0: second\n"
    assert [call.args for call in warn.call_args_list] == [("aplay does not finish",)]


def test_a_missing_engine_is_said_once(heard: Path) -> None:
    engine = heard.with_name("engine.py")
    engine.write_text("raise SystemExit('no speech engine (not there)')\n")
    warn = Mock()
    speaking = Speaking(warn=warn)
    try:
        speaking.apply(Settings())
        speaking.prime()
        speaking.say(Speak("Hallo"))
        assert speaking.finish(PATIENCE)
    finally:
        speaking.close()
    assert [call.args for call in warn.call_args_list] == [
        ("no speech engine (not there); run: apt install espeak-ng",)
    ]


def test_closing_ends_an_engine_that_hangs_over_its_voices(heard: Path) -> None:
    engine, pid = heard.with_name("engine.py"), heard.with_name("pid")
    engine.write_text(
        "import os, sys, time\n"
        "if sys.argv[1] == '--voices':\n"
        f"    open({str(pid)!r} + 'x', 'w').write(str(os.getpid()))\n"
        f"    os.rename({str(pid)!r} + 'x', {str(pid)!r}); time.sleep(600)\n"
    )
    speaking = Speaking(warn=pytest.fail)
    speaking.apply(Settings())
    wait_for(pid)
    speaking.close()
    assert not Path("/proc", pid.read_text(), "fd", "0").exists()
