"""The files that the agent was started from, as they are now."""

from pathlib import Path

import daemon
from daemon.clients.agent.installation import Standing

_OURS = (Path(daemon.__file__), Path(__file__))
"""Each file is made anew by every installation."""


class Files:
    """The files as they are now; called, it says what became of them."""

    def __init__(self, paths: tuple[Path, ...] = _OURS) -> None:
        self._paths = paths
        self._before = self._identities()

    def __call__(self) -> Standing:
        """Compares the files with those that were there at the start."""
        now = self._identities()
        if None in now:
            return Standing.GONE
        return Standing.SAME if now == self._before else Standing.REPLACED

    def _identities(self) -> list[tuple[int, int] | None]:
        return [_identity(path) for path in self._paths]


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
