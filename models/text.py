"""Text from elsewhere made fit for a line that a person reads. Pure, standard library only.

Printable is what `str.isprintable` says: no control, format, bidirectional or surrogate character,
no line or paragraph separator. A terminal or a log obeys nothing of what is left.
"""

import unicodedata

_JOINERS = frozenset("\u200c\u200d")


def printable(text: str, longest: int | None = None, *, instead: str = "?") -> str:
    """The first `longest` characters, each that is not printable replaced by `instead`."""
    return "".join(char if char.isprintable() else instead for char in text[:longest])


def readable(text: str) -> str:
    """As `printable`, but a joiner within a word stays: Persian and Sinhala are spelled with it."""
    return "".join(char if _joins(text, at) else printable(char) for at, char in enumerate(text))


def _joins(text: str, at: int) -> bool:
    """Whether a joiner stands between two letters or marks that are no Latin ones."""
    around = text[at - 1 : at] + text[at + 1 : at + 2]
    return text[at] in _JOINERS and len(around) == 2 and all(map(_joined, around))


def _joined(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character)[0] in "LM"


def one_line(text: str, longest: int | None = None) -> str:
    """Words with one space between them and nothing unprintable, at most `longest` characters."""
    return " ".join(printable(text, instead=" ").split())[:longest]
