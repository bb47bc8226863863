"""Programs of the system that are worth running: found on PATH, and nobody else's to change."""

import os
import stat
from pathlib import Path

from models import files


def find(name: str) -> str | None:
    """The first program of that name on PATH that only root or we could have put there.

    A folder on PATH that others may write is passed over, as is one that is not absolute: what
    lies there runs as whoever wrote it likes.
    """
    for folder in os.get_exec_path():
        path = Path(folder) / name
        if path.is_absolute() and trusted(path):
            return str(path)
    return None


def trusted(path: Path) -> bool:
    """Whether `path` is a program, and nobody but root or we may replace it or change it."""
    try:
        target = path.resolve(strict=True)
        if not stat.S_ISREG(target.stat().st_mode) or not os.access(target, os.X_OK):
            return False
        # The link and what it points to: whoever may write either's folder decides what runs.
        return _ours(target) and all(map(_ours, {*target.parents, *path.absolute().parents}))
    except (OSError, RuntimeError, ValueError):
        return False


def _ours(path: Path) -> bool:
    return files.exposure(path.stat(), sticky=True) is None
