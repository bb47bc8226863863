"""Text from elsewhere made fit for a line that a person reads. Pure, standard library only.

Printable is what `str.isprintable` says: no control, format, bidirectional or surrogate character,
no line or paragraph separator. A terminal or a log obeys nothing of what is left.
"""


def printable(text: str, longest: int | None = None, *, instead: str = "?") -> str:
    """The first `longest` characters, each that is not printable replaced by `instead`."""
    return "".join(char if char.isprintable() else instead for char in text[:longest])


def one_line(text: str, longest: int | None = None) -> str:
    """Words with one space between them and nothing unprintable, at most `longest` characters."""
    return " ".join(printable(text, instead=" ").split())[:longest]
