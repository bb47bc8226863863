"""What sources share: their words for a person, their context, and playing at the right pace."""

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Self

from daemon.sources.base import Frame

PATIENCE = 5.0
"""Seconds a working camera or file may take for one frame; cameras need one or two to wake up."""

_MOST_SHOWN = 200


class BasicSource(ABC):
    """A FrameSource without the reading: see `base.FrameSource` for what each member means."""

    def __init__(
        self, description: str, *, live: bool, still: bool = False, patience: float = PATIENCE
    ) -> None:
        self.description = description
        self.live = live
        self.still = still
        self.patience = patience

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame, or None at the end; raises SourceError."""

    @abstractmethod
    def close(self) -> None:
        """Releases the source; may be called twice and from another thread."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Pacer:
    """Holds frames back until they are due, as a camera would. `stop` ends any waiting at once."""

    # A gap in a file's clock must not look like a camera that hangs.
    longest_wait = 1.0

    def __init__(
        self, stop: threading.Event, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stop = stop
        self._clock = clock
        self._start: float | None = None

    def wait(self, due: float) -> None:
        """Waits until `due` seconds after the first frame, by the source's clock."""
        now = self._clock()
        if self._start is None:
            self._start = now - due
        early = self._start + due - now
        if abs(early) > self.longest_wait:
            # A gap in the file or a machine that slept: go on from here, without a rush.
            early = min(max(early, 0.0), self.longest_wait)
            self._start = now + early - due
        if early > 0:
            self._stop.wait(early)


def shown(text: str | os.PathLike[str]) -> str:
    """`text` fit for one line of a message: no control characters, not endless."""
    line = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in os.fspath(text))
    return line if len(line) <= _MOST_SHOWN else f"{line[: _MOST_SHOWN - 3]}..."
