"""What is said: a template with two fields, filled in as data and made safe to speak. Pure."""

import string
import unicodedata

from models.errors import UsageError

DEFAULT_GREETING = "Welcome back, {name}"
LONGEST_TEXT = 200
_FIELDS = ("name", "daytime")
# What engines may take for markup (SSML, entities) or for phonemes ("[[...]]").
_MARKUP = frozenset("<>[]{}&|\\^`")


class Greeting:
    """A greeting template such as "{daytime}, {name}".

    Only `{name}` and `{daytime}` are filled in, bare: no attribute, index, conversion or format
    can be asked for, as `str.format` would allow. Raises UsageError for anything else.
    """

    def __init__(self, template: str = DEFAULT_GREETING) -> None:
        if not 1 <= len(template) <= LONGEST_TEXT:
            raise UsageError(f"a greeting has 1 to {LONGEST_TEXT} characters")
        try:
            parsed = list(string.Formatter().parse(template))
        except ValueError:
            raise _not_a_greeting() from None
        for _, field, spec, conversion in parsed:
            if field is not None and (field not in _FIELDS or spec or conversion):
                raise _not_a_greeting()
        self._parts = [(text, field) for text, field, _, _ in parsed]

    def render(self, name: str, *, hour: int) -> str:
        """The words for `name` at `hour` (0..23), safe to speak."""
        values = {None: "", "name": name, "daytime": daytime(hour)}
        return sayable("".join(text + values[field] for text, field in self._parts))


def daytime(hour: int) -> str:
    """ "Good morning" from 5, "Good afternoon" from 12, "Good evening" from 18 o'clock."""
    if 5 <= hour < 12:
        return "Good morning"
    return "Good afternoon" if 12 <= hour < 18 else "Good evening"


def sayable(text: str) -> str:
    """`text` without markup, control and invisible characters, at most 200 characters.

    "" where nothing is left that has a sound.
    """
    plain = "".join(" " if _unspeakable(character) else character for character in text)
    words = " ".join(plain.split())[:LONGEST_TEXT].strip()
    return words if any(character.isalnum() for character in words) else ""


def _unspeakable(character: str) -> bool:
    return character in _MARKUP or unicodedata.category(character)[0] == "C"


def _not_a_greeting() -> UsageError:
    return UsageError(
        "a greeting has no fields but {name} and {daytime}", f"for example: {DEFAULT_GREETING!r}"
    )
