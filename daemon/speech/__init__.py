"""The spoken welcome: what is said, who says it, and what is missing where nobody can.

pyttsx3 and its engine run in a short-lived child process. In ours, pyttsx3 2.99 would print to
standard output, ignore Ctrl-C while it plays (it calls `system`), cut long texts short, and take
us along if the engine's library crashed or hung.
"""

from daemon.speech.greeting import (
    DEFAULT_GREETING,
    ENGLISH,
    Daytimes,
    Greeting,
    daytime,
    sayable,
)
from daemon.speech.multilingual import speak_to_file
from daemon.speech.mute import muted
from daemon.speech.players import check as check_player
from daemon.speech.speaker import (
    FileSpeaker,
    Loudspeaker,
    SessionSpeaker,
    Speaker,
)
from daemon.speech.synthesis import (
    Voice,
    check_engine,
    sound_card_present,
)
from daemon.speech.voices import VoiceInfo, list_voices, voice_for

__all__ = [
    "DEFAULT_GREETING",
    "ENGLISH",
    "Daytimes",
    "FileSpeaker",
    "Greeting",
    "Loudspeaker",
    "SessionSpeaker",
    "Speaker",
    "Voice",
    "VoiceInfo",
    "check_engine",
    "check_player",
    "daytime",
    "list_voices",
    "muted",
    "sayable",
    "sound_card_present",
    "speak_to_file",
    "voice_for",
]
