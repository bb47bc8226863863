"""Where a file is taken from: its publisher, or the mirror that `FACELATCH_MIRROR` names."""

import contextlib
import os
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from models.assets.catalogue import Download
from models.errors import UsageError
from models.text import printable


def locate(source: Download) -> str | Path:
    """The address or the path to take `source` from. Raises UsageError for a bad mirror."""
    named = os.environ.get("FACELATCH_MIRROR", "")
    if not named:
        return source.url
    if "://" not in named:
        return _folder(named) / source.filename
    try:
        parts = urlsplit(named)
        usable = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError("FACELATCH_MIRROR must be a folder or an https:// or http:// address")
    if parts.username is not None:
        # It would end in messages and logs.
        raise UsageError("FACELATCH_MIRROR must not contain a user name or password")
    path = f"{parts.path.rstrip('/')}/{quote(source.filename)}"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _folder(named: str) -> Path:
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        folder = Path(named).expanduser().absolute()
        if folder.is_dir():
            return folder
    raise UsageError(f"FACELATCH_MIRROR names no folder: {printable(named, 200)}")
