"""The voices of the engine, and which of them speaks a language."""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from daemon.errors import SpeechError
from daemon.speech.synthesis import INSTALL_ENGINE, engine_command

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


def list_voices() -> list[VoiceInfo]:
    """All voices that pyttsx3 finds, by language. Raises SpeechError."""
    command = engine_command("--voices")
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as child:
            return _listed(child)
    except OSError as error:
        raise SpeechError(f"{command[0]} cannot be run: {error.strerror}") from error


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


def _listed(child: "subprocess.Popen[bytes]") -> list[VoiceInfo]:
    try:
        output, problem = child.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        raise SpeechError("the speech engine does not list its voices") from None
    if child.returncode != 0:
        lines = problem.decode(errors="replace").strip().splitlines()
        reason = lines[-1][:200] if lines else "the speech engine crashed"
        raise SpeechError(reason, INSTALL_ENGINE)
    return parse(output)


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
    return "".join(char for char in str(value)[:64] if char.isprintable())
