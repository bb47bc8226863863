"""What the files of a person are called."""

import hashlib
from urllib.parse import quote, unquote

from enroll.template import check_name
from models.errors import UsageError

TEMPLATES = ".templates"
USES = ".uses"
_HASHED = "~"  # never in a plain file name, see _stem
_LONGEST_STEM = 180  # of the 255 bytes a file system takes


def file_of(name: str) -> str:
    """The file of a person's templates."""
    return _stem(name) + TEMPLATES


def uses_of(name: str) -> str:
    """The file of a person's uses."""
    return _stem(name) + USES


def name_in(file: str) -> str | None:
    """Whose templates a file has, by its name: None where only its content says, "" where it is
    none of ours.
    """
    stem = file.removesuffix(TEMPLATES)
    if _HASHED in stem:
        return None
    try:
        name = check_name(unquote(stem, errors="strict"))
    except (UsageError, UnicodeDecodeError):
        return ""
    return name if file_of(name) == file else ""


def _stem(name: str) -> str:
    """Percent-encoded, and where that is too long, cut and hashed."""
    stem = quote(name, safe="").replace(_HASHED, "%7E")
    if len(stem) > _LONGEST_STEM:
        digest = hashlib.sha256(name.encode()).hexdigest()[:32]
        stem = f"{stem[: _LONGEST_STEM - 33].rsplit('%', 1)[0]}{_HASHED}{digest}"
    return stem
