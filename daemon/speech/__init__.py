"""The spoken welcome: what is said, who says it, and what is missing where nobody can.

pyttsx3 and its engine run in a short-lived child process. In ours, pyttsx3 2.99 would print to
standard output, ignore Ctrl-C while it plays (it calls `system`), cut long texts short, and take
us along if the engine's library crashed or hung.
"""

from daemon.speech.greeting import DEFAULT_GREETING, Greeting, daytime, sayable
from daemon.speech.speaker import FileSpeaker, Loudspeaker, SilentSpeaker, Speaker
from daemon.speech.synthesis import (
    Voice,
    check_engine,
    check_player,
    sound_card_present,
    speak_to_file,
)

__all__ = [
    "DEFAULT_GREETING",
    "FileSpeaker",
    "Greeting",
    "Loudspeaker",
    "SilentSpeaker",
    "Speaker",
    "Voice",
    "check_engine",
    "check_player",
    "daytime",
    "sayable",
    "sound_card_present",
    "speak_to_file",
]
