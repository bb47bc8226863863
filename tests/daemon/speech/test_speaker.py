"""Speech: a real engine is measured; a missing, failing or hanging one harms nobody."""

import os
import queue
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.errors import SpeechError
from daemon.speech import (
    FileSpeaker,
    Loudspeaker,
    Voice,
    check_engine,
    check_player,
    sound_card_present,
    speak_to_file,
    synthesis,
)
from models.errors import UsageError
from tests.daemon.speech.sounds import (
    HANGS,
    HANGS_WHEN_SPEAKING,
    PATIENCE,
    SPEAKS,
    closing,
    measured,
    wait_for,
)
from tests.data import ROOT


@pytest.mark.parametrize(
    "fields",
    [
        {"rate": 0},
        {"rate": 10_000},
        {"volume": -0.1},
        {"volume": 1.1},
        {"volume": float("nan")},
        {"name": "x" * 65},
        {"name": "a\nb"},
    ],
)
def test_a_voice_has_bounds(fields: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Voice(**fields)  # type: ignore[arg-type]


# --- the real engine, measured


@pytest.mark.usefixtures("real_engine")
def test_the_welcome_has_sound(tmp_path: Path) -> None:
    out = tmp_path / "welcome.wav"
    assert speak_to_file("Welcome back, Ada", out) == "Welcome back, Ada"
    seconds, loudness = measured(out)
    assert 0.8 < seconds < 4.0
    assert loudness > 0.02
    assert [path.name for path in tmp_path.iterdir()] == ["welcome.wav"]


@pytest.mark.usefixtures("real_engine")
def test_a_long_text_is_spoken_to_its_end(tmp_path: Path) -> None:
    """pyttsx3 2.99 returns before its engine is done with one."""
    short, long = tmp_path / "short.wav", tmp_path / "long.wav"
    speak_to_file("It is a fine day.", short)
    speak_to_file("It is a fine day. " * 11, long)
    assert measured(long)[0] > 8 * measured(short)[0]


@pytest.mark.usefixtures("real_engine")
def test_rate_and_volume_are_heard(tmp_path: Path) -> None:
    def spoken(voice: Voice) -> tuple[float, float]:
        speak_to_file("Welcome back, Ada Lovelace", tmp_path / "out.wav", voice=voice)
        return measured(tmp_path / "out.wav")

    slow, fast, quiet = spoken(Voice(rate=100)), spoken(Voice(rate=300)), spoken(Voice(volume=0.2))
    assert slow[0] > 1.5 * fast[0]
    assert quiet[1] < 0.5 * spoken(Voice())[1]


@pytest.mark.usefixtures("real_engine")
def test_phoneme_tricks_are_words_to_the_engine(tmp_path: Path) -> None:
    trick, plain = tmp_path / "trick.wav", tmp_path / "plain.wav"
    speak_to_file("[[h@'loU]]", trick)
    speak_to_file("h@'loU", plain)
    assert trick.read_bytes() == plain.read_bytes()


@pytest.mark.usefixtures("real_engine")
def test_an_unknown_voice_is_a_warning_and_still_heard(tmp_path: Path) -> None:
    warnings: list[str] = []
    out = tmp_path / "out.wav"
    with closing(FileSpeaker(out, voice=Voice("no-such-voice"), warn=warnings.append)) as speaker:
        speaker.say("Welcome")
        assert speaker.finish(PATIENCE)
    assert measured(out)[1] > 0.02
    assert len(warnings) == 1
    assert "no-such-voice" in warnings[0]


@pytest.mark.usefixtures("real_engine")
def test_the_loudspeaker_plays_what_was_spoken(
    tmp_path: Path, player: Callable[[str], None]
) -> None:
    heard = tmp_path / "heard.wav"
    player(f'[ "$1" = -q ] && cp "$2" {heard}')
    warnings: list[str] = []
    with closing(Loudspeaker(warn=warnings.append)) as speaker:
        speaker.say("Welcome back, Ada")
        assert speaker.finish(PATIENCE)
    assert warnings == []
    assert measured(heard)[1] > 0.02


# --- what is missing or broken


def test_what_cannot_be_said_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="nothing to say"):
        speak_to_file("...", tmp_path / "out.wav")
    assert not list(tmp_path.iterdir())


def test_without_aplay_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Callable[[str], None]
) -> None:
    engine(SPEAKS)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechError, match="apt install alsa-utils"):
        check_player()
    warnings: list[str] = []
    with closing(Loudspeaker(warn=warnings.append)) as speaker:
        for _ in range(3):
            speaker.say("Welcome")
        assert speaker.finish(PATIENCE)
    assert len(warnings) == 1
    assert "apt install alsa-utils" in warnings[0]


def test_without_an_engine_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyttsx3.py").write_text("def init():\n    raise RuntimeError('not\\nthere')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(SpeechError) as caught:
        check_engine()
    assert str(caught.value) == "no speech engine (not there); run: apt install espeak-ng"
    warnings: list[str] = []
    with closing(FileSpeaker(tmp_path / "out.wav", warn=warnings.append)) as speaker:
        speaker.say("Welcome")
        assert speaker.finish(PATIENCE)
    assert warnings == [str(caught.value)]


def test_the_current_folder_is_no_place_for_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyttsx3.py").write_text("raise SystemExit('taken over')\n")
    monkeypatch.chdir(tmp_path)
    try:
        check_engine()
    except SpeechError as error:
        assert "taken over" not in str(error)


def test_an_engine_that_crashes_is_a_warning(tmp_path: Path, engine: Callable[[str], None]) -> None:
    engine("os.abort()")
    with pytest.raises(SpeechError, match="crashed"):
        speak_to_file("Welcome", tmp_path / "out.wav")


def test_an_engine_that_writes_nothing_is_a_warning(
    tmp_path: Path, engine: Callable[[str], None]
) -> None:
    engine("")
    with pytest.raises(SpeechError, match="wrote nothing"):
        speak_to_file("Welcome", tmp_path / "out.wav")


def test_an_engine_that_hangs_is_given_up(
    tmp_path: Path, engine: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine(HANGS)
    monkeypatch.setattr(synthesis, "_SYNTHESIS_SECONDS", 0.5)
    with pytest.raises(SpeechError, match="does not finish"):
        speak_to_file("Welcome", tmp_path / "out.wav")


@pytest.mark.parametrize("code", [HANGS, HANGS_WHEN_SPEAKING])
def test_closing_ends_an_engine_that_hangs(
    tmp_path: Path, engine: Callable[[str], None], code: str
) -> None:
    engine(code)
    warnings: list[str] = []
    speaker = FileSpeaker(tmp_path / "out.wav", warn=warnings.append)
    speaker.say("Welcome")
    if code == HANGS_WHEN_SPEAKING:
        wait_for(tmp_path / "engine.py.started")
    speaker.close()
    assert not speaker._thread.is_alive()
    assert warnings == []
    speaker.say("Welcome")
    speaker.close()


def test_closing_cuts_the_player_off(
    tmp_path: Path, engine: Callable[[str], None], player: Callable[[str], None]
) -> None:
    engine(SPEAKS)
    started = tmp_path / "started"
    player(f"touch {started}; sleep 60")
    speaker = Loudspeaker(warn=pytest.fail)
    speaker.say("Welcome")
    wait_for(started)
    speaker.close()
    assert not speaker._thread.is_alive()


def test_a_player_that_fails_is_a_warning_once(
    engine: Callable[[str], None], player: Callable[[str], None]
) -> None:
    engine(SPEAKS)
    player("echo first >&2; echo 'no such card' >&2; exit 1")
    warnings: list[str] = []
    with closing(Loudspeaker(warn=warnings.append)) as speaker:
        for _ in range(3):
            speaker.say("Welcome")
        assert speaker.finish(PATIENCE)
    assert warnings == ["aplay cannot play: no such card; see: aplay -l"]


def test_a_folder_that_cannot_be_written_is_a_warning(
    tmp_path: Path, engine: Callable[[str], None]
) -> None:
    engine(SPEAKS)
    warnings: list[str] = []
    with closing(FileSpeaker(tmp_path / "no" / "out.wav", warn=warnings.append)) as speaker:
        speaker.say("Welcome")
        assert speaker.finish(PATIENCE)
    assert len(warnings) == 1
    assert "cannot be written" in warnings[0]


def test_saying_never_waits_and_drops_what_would_come_too_late(
    tmp_path: Path, engine: Callable[[str], None]
) -> None:
    gate, log = tmp_path / "gate", tmp_path / "log"
    os.mkfifo(gate)
    engine(
        f"text = sys.stdin.read()\nif file:\n    open({str(gate)!r}).read()\n"
        f"    open({str(log)!r}, 'a').write(text + '\\n')\n    open(file, 'w').write(text)"
    )
    with closing(FileSpeaker(tmp_path / "out.wav", warn=pytest.fail)) as speaker:
        for number in range(100):
            speaker.say(f"number {number}")
        assert not speaker.finish(0.05)
        for _ in range(4):
            gate.write_text("")
            # Each opening of the gate is for one utterance; wait until it has passed.
            wait_for(log)
            log.rename(tmp_path / f"log{len(list(tmp_path.glob('log*')))}")
        assert speaker.finish(PATIENCE)
    said = [path.read_text() for path in sorted(tmp_path.glob("log*"))]
    assert said == [f"number {number}\n" for number in range(4)]


def test_a_warning_that_cannot_be_passed_on_harms_nobody(
    tmp_path: Path, engine: Callable[[str], None]
) -> None:
    engine("sys.stderr.write('broken'); sys.exit(1)")
    called: queue.Queue[str] = queue.Queue()

    def warn(line: str) -> None:
        called.put(line)
        raise RuntimeError("the window is gone")

    with closing(FileSpeaker(tmp_path / "out.wav", warn=warn)) as speaker:
        speaker.say("Welcome")
        assert speaker.finish(PATIENCE)
        assert called.get(timeout=PATIENCE).startswith("broken")


def test_the_engine_writes_nothing_to_our_standard_output(
    tmp_path: Path, engine: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    engine("print('noise')\n" + SPEAKS)
    speak_to_file("Welcome", tmp_path / "out.wav")
    assert capfd.readouterr() == ("", "")
    assert (tmp_path / "out.wav").read_text() == "spoken: Welcome"


def test_nothing_is_left_behind(
    tmp_path: Path, engine: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine(SPEAKS)
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(room))
    speak_to_file("Welcome", tmp_path / "out.wav")
    assert list(room.iterdir()) == []


def test_our_process_never_imports_pyttsx3() -> None:
    code = (
        "import sys; from daemon.speech import *\n"
        "try: check_engine()\nexcept Exception: pass\n"
        "sys.exit('pyttsx3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    ("devices", "server", "present"),
    [
        ("00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1\n", "", True),
        ("00-00: Camera : USB Audio : capture 1\n", "", False),
        ("", "", False),
        (None, "", False),
        (None, "tcp:example", True),
    ],
)
def test_a_sound_card_is_one_that_plays(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    devices: str | None,
    server: str,
    present: bool,
) -> None:
    if devices is not None:
        (tmp_path / "pcm").write_text(devices)
    monkeypatch.setattr(synthesis, "_PCM_DEVICES", tmp_path / "pcm")
    monkeypatch.setenv("PULSE_SERVER", server)
    assert sound_card_present() is present
