"""Which part of a text which voice can read: a name in another script than the welcome's. Pure.

A voice spells out letters that are foreign to it, "Cyrillic ve, Cyrillic a": whoever is called Иван
hears his name from a voice of that script, between the words of another.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from daemon.speech.voices import VoiceInfo, voice_for

_VOICES = {
    "ARABIC": ("ar", "fa", "ur"),
    "ARMENIAN": ("hy",),
    "BENGALI": ("bn", "as"),
    # The Mandarin voice of Debian 12's espeak-ng (1.51) spells out the pinyin of most signs in
    # English; the Cantonese one reads them all. For Mandarin there is `say_as`.
    "CJK": ("yue", "cmn"),
    "CYRILLIC": ("ru", "uk", "bg", "be", "mk", "kk", "ky", "tt", "ba", "cv", "sr"),
    "DEVANAGARI": ("hi", "mr", "ne", "kok"),
    "ETHIOPIC": ("am",),
    "GEORGIAN": ("ka",),
    "GREEK": ("el", "grc"),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "HANGUL": ("ko",),
    "HEBREW": ("he",),
    "HIRAGANA": ("ja",),
    "KANNADA": ("kn",),
    "KATAKANA": ("ja",),
    "MALAYALAM": ("ml",),
    "MYANMAR": ("my",),
    "SINHALA": ("si",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "THAI": ("th",),
}
"""Languages of each script, the one to read it first: scripts by the first word of their letters'
names in Unicode, languages as espeak-ng calls its voices."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text. `script` is "" where the voice of the whole reads it."""

    text: str
    script: str = ""


def parts(text: str, language: str) -> tuple[Part, ...]:
    """`text`, cut where a voice of `language`, such as "en", has to give way or may go on.

    What is no letter goes with what stands before it.
    """
    found: list[Part] = []
    for character in text:
        script = _foreign(character, language)
        if found and script in (None, found[-1].script):
            found[-1] = Part(found[-1].text + character, found[-1].script)
        else:
            found.append(Part(character, script or ""))
    return tuple(found)


def reader(script: str, voices: Sequence[VoiceInfo]) -> str:
    """The id of a voice that reads `script`, "" where there is none."""
    known = (voice_for(language, voices) for language in _VOICES[script])
    return next((id_ for id_ in known if id_), "")


def language_of(voice: str) -> str:
    """The language of a voice's id or name, such as "en" of "gmw/en-us"; English by default."""
    return voice.rpartition("/")[2].partition("-")[0].lower() or "en"


def _foreign(character: str, language: str) -> str | None:
    """The script of a letter that `language` does not read, "" for its own, None for no letter."""
    if unicodedata.category(character)[0] != "L":
        return None
    script = unicodedata.name(character, "").partition(" ")[0]
    readers = _VOICES.get(script, ())
    return "" if not readers or language in readers else script
