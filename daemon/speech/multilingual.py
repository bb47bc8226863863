"""Text to a WAV file by several voices: a name in another script is read by a voice of that."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from daemon.errors import SpeechError
from daemon.speech.greeting import sayable
from daemon.speech.joining import join
from daemon.speech.process import Children
from daemon.speech.scripts import Part, language_of, parts, reader
from daemon.speech.synthesis import Synthesiser, Voice, deliver_to_file
from daemon.speech.voices import VoiceInfo, list_voices


class MultilingualSynthesiser(Synthesiser):
    """A Synthesiser that gives what its voice cannot read to another one."""

    def __init__(self, children: Children) -> None:
        super().__init__(children)
        self._voices: Sequence[VoiceInfo] | None = None

    @contextmanager
    def spoken(self, text: str, voice: Voice) -> Iterator[tuple[Path, str]]:
        """As of Synthesiser. What no voice here can read is left out, with a warning."""
        found = parts(text, language_of(voice.name))
        if any(part.script for part in found):
            with self._by_several(found, voice) as spoken:
                yield spoken
            return
        with super().spoken(text, voice) as spoken:
            yield spoken

    @contextmanager
    def _by_several(self, found: Sequence[Part], voice: Voice) -> Iterator[tuple[Path, str]]:
        files: list[Path] = []
        warnings: list[str] = []
        with ExitStack() as stack:
            for part in found:
                reads = self._reader(part, voice)
                if reads is None:
                    script = part.script.capitalize()
                    warnings.append(f"no voice here reads {script}: spell the name by say_as")
                elif sayable(part.text):
                    wav, warning = stack.enter_context(super().spoken(part.text, reads))
                    files.append(wav)
                    warnings.append(warning)
            warning = next((one for one in warnings if one), "")
            if not files:
                raise SpeechError(warning or "there is nothing to say")
            joined = files[0].with_name("joined.wav")
            join(files, joined)
            yield joined, warning

    def _reader(self, part: Part, voice: Voice) -> Voice | None:
        if not part.script:
            return voice
        if self._voices is None:
            # A tenth of a second, and only whose name needs it waits for it, once.
            self._voices = list_voices(self._children)
        name = reader(part.script, self._voices)
        return replace(voice, name=name) if name else None


def speak_to_file(text: str, path: Path, *, voice: Voice | None = None) -> str:
    """Writes `text`, spoken, to a WAV file at `path`; returns what was said.

    Blocks for some tenths of a second. Raises SpeechError where there is no engine, nothing to
    say, or no writing there.
    """
    said = sayable(text)
    if not said:
        raise SpeechError("there is nothing to say")
    with MultilingualSynthesiser(Children()).spoken(said, voice or Voice()) as (wav, _):
        deliver_to_file(wav, path)
    return said
