"""Text to a WAV file through pyttsx3, a WAV file to the loudspeaker through `aplay`."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from daemon.errors import SpeechError
from daemon.speech.greeting import sayable
from daemon.speech.process import Children
from models.errors import UsageError

_ENGINE = Path(__file__).with_name("engine.py")
_SYNTHESIS_SECONDS = 10.0
_PLAYING_SECONDS = 90.0  # 200 characters at the slowest rate
_INSTALL_ENGINE = "run: apt install espeak-ng"
_INSTALL_PLAYER = "run: apt install alsa-utils"
_PCM_DEVICES = Path("/proc/asound/pcm")


@dataclass(frozen=True, slots=True)
class Voice:
    """How it sounds; raises UsageError for values out of bounds.

    `name` as `espeak-ng --voices` lists them ("en-us", "de"), "" the engine's own; `rate` 80 to
    400 words a minute; `volume` 0 to 1.
    """

    name: str = ""
    rate: int = 165
    volume: float = 1.0

    def __post_init__(self) -> None:
        if len(self.name) > 64 or (self.name and not self.name.isprintable()):
            raise UsageError("a voice is a short name", "see: espeak-ng --voices")
        if not 80 <= self.rate <= 400:
            raise UsageError("a rate of speech lies between 80 and 400 words a minute")
        if not 0.0 <= self.volume <= 1.0:
            raise UsageError("a volume lies between 0 and 1")


def sound_card_present() -> bool:
    """Whether this machine can be heard: a card that plays, or a sound server elsewhere."""
    if os.environ.get("PULSE_SERVER"):
        return True
    try:
        return "playback" in _PCM_DEVICES.read_text(errors="replace")
    except OSError:
        return False


def check_player() -> None:
    """Raises SpeechError where `aplay` is missing."""
    _player()


def check_engine() -> None:
    """Raises SpeechError where pyttsx3 finds no engine. Takes a tenth of a second."""
    run_engine(Children(), "", None, Voice())


def speak_to_file(text: str, path: Path, *, voice: Voice | None = None) -> str:
    """Writes `text`, spoken, to a WAV file at `path`; returns what was said.

    Blocks for some tenths of a second. Raises SpeechError where there is no engine, nothing to
    say, or no writing there.
    """
    said = sayable(text)
    if not said:
        raise SpeechError("there is nothing to say")
    with spoken(Children(), said, voice or Voice()) as (wav, _):
        deliver_to_file(wav, path)
    return said


@contextmanager
def spoken(children: Children, text: str, voice: Voice) -> Iterator[tuple[Path, str]]:
    """A WAV file of `text` for as long as the context lasts, and a warning ("" without any).

    Raises SpeechError, or Stopped.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="facelatch-speech-")
    except OSError as error:
        raise SpeechError(f"no room for speech: {error.strerror}") from error
    with folder as name:
        wav = Path(name) / "speech.wav"
        yield wav, run_engine(children, text, wav, voice)


def run_engine(children: Children, text: str, wav: Path | None, voice: Voice) -> str:
    """Runs the engine program; `wav` None only looks for the engine. Returns a warning or ""."""
    # -P: nothing in the current folder may pass for a module of the program.
    argv = [sys.executable, "-P", str(_ENGINE), str(wav or "")]
    outcome = children.run(
        [*argv, str(voice.rate), str(voice.volume), voice.name],
        text=text,
        timeout=_SYNTHESIS_SECONDS,
    )
    if outcome.exit_code != 0:
        raise SpeechError(outcome.last_line or "the speech engine crashed", _INSTALL_ENGINE)
    if wav is not None and not (wav.is_file() and wav.stat().st_size):
        raise SpeechError("the speech engine wrote nothing", _INSTALL_ENGINE)
    return outcome.last_line


def play(children: Children, wav: Path) -> None:
    """Plays a WAV file to its end; raises SpeechError, or Stopped."""
    outcome = children.run([_player(), "-q", str(wav)], timeout=_PLAYING_SECONDS)
    if outcome.exit_code != 0:
        reason = outcome.last_line or f"exit code {outcome.exit_code}"
        raise SpeechError(f"aplay cannot play: {reason}", "see: aplay -l")


def deliver_to_file(wav: Path, path: Path) -> None:
    """Puts a copy of `wav` at `path` in one step; raises SpeechError."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        shutil.copyfile(wav, partial)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise SpeechError(f"{path} cannot be written: {error.strerror}") from error


def _player() -> str:
    found = shutil.which("aplay")
    if found is None:
        raise SpeechError("speech stays silent without aplay", _INSTALL_PLAYER)
    return found
