"""Text to a WAV file through pyttsx3, in a child process."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from daemon.errors import SpeechError
from daemon.speech.process import Child, Children
from models import files
from models.errors import UsageError

_ENGINE = Path(__file__).with_name("engine.py")
_SYNTHESIS_SECONDS = 10.0
INSTALL_ENGINE = "run: apt install espeak-ng"
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


@dataclass(frozen=True, slots=True)
class _Primed:
    """An engine that is loaded and waits for its text."""

    child: Child
    folder: "tempfile.TemporaryDirectory[str]"
    voice: Voice

    @property
    def wav(self) -> Path:
        return _wav(self.folder)


class Synthesiser:
    """Speaks into files. One engine may be primed, so that the next text is spoken at once.

    Each text has an engine of its own: pyttsx3 2.99 mixes the end of one text into the next.
    """

    def __init__(self, children: Children) -> None:
        self._children = children
        self._primed: _Primed | None = None

    def check(self, voice: Voice) -> None:
        """Raises SpeechError where pyttsx3 finds no engine. Takes a tenth of a second."""
        _result(self._children, self._children.start(_command(None, voice)), "", None)

    def prime(self, voice: Voice) -> None:
        """Loads an engine ahead of the next text, unless one waits. Raises SpeechError, Stopped.

        It gives up by itself after two minutes.
        """
        if self._waits(voice):
            return
        self.release()
        self._primed = self._start(voice)

    def release(self) -> None:
        """Ends an engine that waits."""
        primed, self._primed = self._primed, None
        if primed is not None:
            self._children.discard(primed.child)
            primed.folder.cleanup()

    @contextmanager
    def spoken(self, text: str, voice: Voice) -> Iterator[tuple[Path, str]]:
        """A WAV file of `text` for as long as the context lasts, and a warning ("" without any).

        Raises SpeechError, or Stopped.
        """
        self.prime(voice)
        primed, self._primed = self._primed, None
        assert primed is not None  # noqa: S101 - `prime` made it
        with primed.folder:
            yield primed.wav, _result(self._children, primed.child, text, primed.wav)

    def _waits(self, voice: Voice) -> bool:
        primed = self._primed
        return primed is not None and primed.voice == voice and primed.child.poll() is None

    def _start(self, voice: Voice) -> _Primed:
        try:
            folder = tempfile.TemporaryDirectory(prefix="facelatch-speech-", dir=_session_folder())
        except OSError as error:
            raise SpeechError(f"no room for speech: {error.strerror}") from error
        try:
            return _Primed(self._children.start(_command(_wav(folder), voice)), folder, voice)
        except BaseException:
            folder.cleanup()
            raise


def _session_folder() -> str | None:
    """The session's own folder, which is in memory and goes with it, whoever was killed; None where
    there is none of ours. In somebody else's, which sudo may leave in the environment, its owner
    could put another file in the place of what is made there.
    """
    folder = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    try:
        ours = files.exposure(folder.stat(), owners=(os.geteuid(),)) is None
    except (OSError, ValueError):
        return None
    return str(folder) if folder.is_absolute() and ours else None


def sound_card_present() -> bool:
    """Whether this machine can be heard: a card that plays, or a sound server elsewhere."""
    if os.environ.get("PULSE_SERVER"):
        return True
    try:
        return "playback" in _PCM_DEVICES.read_text(errors="replace")
    except OSError:
        return False


def check_engine() -> None:
    """Raises SpeechError where pyttsx3 finds no engine. Takes a tenth of a second."""
    Synthesiser(Children()).check(Voice())


def engine_command(*arguments: str) -> list[str]:
    """How the engine program is run."""
    # -P: nothing in the current folder may pass for a module of the program.
    return [sys.executable, "-P", str(_ENGINE), *arguments]


def deliver_to_file(wav: Path, path: Path) -> None:
    """Puts a copy of `wav` at `path` in one step; raises SpeechError."""
    try:
        files.write(path, wav.read_bytes(), mode=None, sync=False)
    except OSError as error:
        raise SpeechError(f"{path} cannot be written: {error.strerror}") from error


def _wav(folder: "tempfile.TemporaryDirectory[str]") -> Path:
    return Path(folder.name) / "speech.wav"


def _command(wav: Path | None, voice: Voice) -> list[str]:
    return engine_command(str(wav or ""), str(voice.rate), str(voice.volume), voice.name)


def _result(children: Children, child: Child, text: str, wav: Path | None) -> str:
    """A warning, or "". Raises SpeechError, or Stopped."""
    outcome = children.finish(child, text=text, timeout=_SYNTHESIS_SECONDS)
    if outcome.exit_code != 0:
        raise SpeechError(outcome.last_line or "the speech engine crashed", INSTALL_ENGINE)
    if wav is not None and not (wav.is_file() and wav.stat().st_size):
        raise SpeechError("the speech engine wrote nothing", INSTALL_ENGINE)
    return outcome.last_line
