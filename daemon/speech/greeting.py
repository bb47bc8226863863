"""What is said: a template with a few fields, filled in as data and made safe to speak. Pure."""

import re
import string
import unicodedata
from dataclasses import dataclass

from models.errors import UsageError

DEFAULT_GREETING = "Welcome back, {name}"
LONGEST_TEXT = 200
FIELDS = ("name", "daytime", "away")
# What engines may take for markup (SSML, entities) or for phonemes ("[[...]]").
_MARKUP = frozenset("<>[]{}&|\\^`")
_UNKNOWN = "\0"  # stands where a field has no value; no text that is made safe has it
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+")


@dataclass(frozen=True, slots=True)
class Daytimes:
    """What `{daytime}` is, in the language that is spoken."""

    morning: str = "Good morning"
    afternoon: str = "Good afternoon"
    evening: str = "Good evening"

    def at(self, hour: int) -> str:
        """The morning begins at 5, the afternoon at 12, the evening at 18 o'clock."""
        if 5 <= hour < 12:
            return self.morning
        return self.afternoon if 12 <= hour < 18 else self.evening


ENGLISH = Daytimes()


class Greeting:
    """A greeting template such as "{daytime}, {name}. You were away {away}."

    Only the fields of FIELDS are filled in, bare: no attribute, index, conversion or format can
    be asked for, as `str.format` would allow. Raises UsageError for anything else.
    """

    def __init__(self, template: str = DEFAULT_GREETING) -> None:
        if not 1 <= len(template) <= LONGEST_TEXT:
            raise UsageError(f"a greeting has 1 to {LONGEST_TEXT} characters")
        try:
            parsed = list(string.Formatter().parse(template))
        except ValueError:
            raise _not_a_greeting() from None
        for _, field, spec, conversion in parsed:
            if field is not None and (field not in FIELDS or spec or conversion):
                raise _not_a_greeting()
        self._parts = [(sayable_part(text), field) for text, field, _, _ in parsed]

    def render(self, name: str, *, hour: int, away: str = "", daytimes: Daytimes = ENGLISH) -> str:
        """The words for `name` at `hour` (0..23), safe to speak.

        `away` is the time away in words, "" where nobody knows it: the sentence that would tell
        it is then left out.
        """
        known = {"name": name, "daytime": daytimes.at(hour), "away": away}
        values = {field: sayable_part(value) or _UNKNOWN for field, value in known.items()}
        filled = "".join(text + (values[field] if field else "") for text, field in self._parts)
        return sayable(_without_unknown(filled))


def daytime(hour: int) -> str:
    """ "Good morning" from 5, "Good afternoon" from 12, "Good evening" from 18 o'clock."""
    return ENGLISH.at(hour)


def sayable(text: str) -> str:
    """`text` without markup, control and invisible characters, at most 200 characters.

    "" where nothing is left that has a sound.
    """
    words = " ".join(sayable_part(text).split())[:LONGEST_TEXT].strip()
    return words if any(character.isalnum() for character in words) else ""


def sayable_part(text: str) -> str:
    """`text` with a space in place of each character that must not reach an engine."""
    return "".join(" " if _unspeakable(character) else character for character in text)


def _without_unknown(filled: str) -> str:
    known = [one for one in _SENTENCE_END.split(filled) if _UNKNOWN not in one]
    return " ".join(known) if known else filled.replace(_UNKNOWN, "")


def _unspeakable(character: str) -> bool:
    return character in _MARKUP or unicodedata.category(character)[0] == "C"


def _not_a_greeting() -> UsageError:
    return UsageError(
        "a greeting has no fields but {name}, {daytime} and {away}",
        f"for example: {DEFAULT_GREETING!r}",
    )
