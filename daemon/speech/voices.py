"""The voices of the engine, and which of them speaks a language."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from daemon.errors import SpeechError
from daemon.speech.process import Children
from daemon.speech.synthesis import INSTALL_ENGINE, engine_command
from models.text import printable

_SECONDS = 10.0
_MOST_VOICES = 2000
_SAME_LANGUAGE = {"no": "nb", "zh": "cmn", "iw": "he", "in": "id", "sh": "hr", "nn": "nb"}
"""Locales' names for languages that engines call otherwise."""


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """One voice: `id` is what a setting names."""

    id: str
    name: str
    language: str


def list_voices(children: Children | None = None) -> list[VoiceInfo]:
    """All voices that pyttsx3 finds, by language. Raises SpeechError, or Stopped by `children`."""
    starter = children or Children()
    child = starter.start(engine_command("--voices"), keep_output=True)
    outcome = starter.finish(child, timeout=_SECONDS)
    if outcome.exit_code != 0:
        raise SpeechError(outcome.last_line or "the speech engine crashed", INSTALL_ENGINE)
    return parse(outcome.output)


def voice_for(locale: str, voices: Sequence[VoiceInfo]) -> str:
    """The id of the voice for a locale such as "de_AT.UTF-8"; "" where none speaks it.

    The territory's own voice comes first, then one of the language that has no territory.
    """
    tag = locale.split(".", maxsplit=1)[0].split("@", maxsplit=1)[0].replace("_", "-").lower()
    language, _, territory = tag.partition("-")
    language = _SAME_LANGUAGE.get(language, language)
    if not language or language in ("c", "posix"):
        return ""
    spoken = [(one.language.lower(), one.id) for one in voices]
    for wanted in (f"{language}-{territory}", language, f"{language}-{language}"):
        for name, id_ in spoken:
            if name == wanted or id_.lower().rpartition("/")[2] == wanted:
                return id_
    return next((id_ for name, id_ in spoken if name.split("-")[0] == language), "")


def parse(output: bytes) -> list[VoiceInfo]:
    """What the engine program printed. Raises SpeechError where it is no list of voices."""
    try:
        found = [
            VoiceInfo(_word(one["id"]), _word(one["name"]), _word(one["language"]))
            for one in json.loads(output)[:_MOST_VOICES]
        ]
    except (ValueError, TypeError, KeyError):
        raise SpeechError("the speech engine lists its voices in an unknown way") from None
    return sorted(found, key=lambda voice: (voice.language, voice.name))


def _word(value: object) -> str:
    return printable(str(value), 64, instead="")
