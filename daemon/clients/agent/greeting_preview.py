"""The greeting from the command line: which voices there are, and how it sounds now."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from daemon.clients.agent import messages
from daemon.clients.agent.greeting import Arrival
from daemon.clients.agent.messages import Speak
from daemon.clients.agent.person import real_name
from daemon.clients.agent.settings_file import SettingsFile
from daemon.clients.agent.speaking import Speaking, locale_of
from daemon.errors import SpeechError
from daemon.speech import list_voices, voice_for

_LONGEST_SECONDS = 60.0


def voices(settings: Path) -> list[dict[str, str | None]]:
    """A row for each voice; the one that `auto` takes is marked. Raises SpeechError."""
    found = list_voices()
    fitting = voice_for(locale_of(SettingsFile(settings).read().settings.greeting), found)
    return [
        {
            "voice": one.id,
            "name": one.name,
            "language": one.language,
            "auto": "yes" if one.id == fitting else None,
        }
        for one in found
    ]


def greet(settings: Path, warn: Callable[[str], None]) -> str:
    """Says the greeting as the settings have it, also where it is off; returns what was said.

    Raises SpeechError where it cannot be said.
    """
    read = SettingsFile(settings).read()
    if read.problem:
        warn(read.problem)
    arrival = Arrival(name=real_name())
    now = datetime.now().astimezone()
    list(arrival.react(read, now))
    problems: list[str] = []
    speaking = Speaking(warn=problems.append)
    try:
        speaking.apply(read.settings)
        (effect,) = arrival.react(messages.Chosen(messages.TestGreeting()), now)
        assert isinstance(effect, Speak)  # noqa: S101 - a test is spoken
        speaking.say(effect)
        finished = speaking.finish(_LONGEST_SECONDS)
    finally:
        speaking.close()
    if problems or not finished:
        raise SpeechError(problems[0] if problems else "the greeting does not end")
    return effect.text
