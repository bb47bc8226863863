"""What every source of frames is, and what sources share: a constructor, pace, printable names."""

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

from models.types import Image

PATIENCE = 5.0
"""Seconds a working camera or file may take for one frame; cameras need one or two to wake up."""

_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a source. `time` is in seconds on the source's own clock, never falling.

    `name` is what a person would call it where it is a file of its own, else empty.
    """

    image: Image
    time: float
    index: int
    name: str = ""


class FrameSource(Protocol):
    """Two methods that matter: `read` and `close`. Opening happens in the constructor's helper.

    `live` is True where frames arrive on their own clock, so that stale ones are dropped; False
    where each frame waits to be taken (pictures, files read as fast as possible).
    """

    @property
    def description(self) -> str:
        """What a person would call it, such as "/dev/video0" or "clip.mp4"."""
        ...

    @property
    def live(self) -> bool:
        """Whether frames that nobody takes are lost."""
        ...

    @property
    def still(self) -> bool:
        """Whether each frame is a picture of its own, unlike the moments of a camera or clip."""
        ...

    @property
    def patience(self) -> float:
        """Longest time in seconds one `read` may take while all is well."""
        ...

    def read(self) -> Frame | None:
        """The next frame, or None at the end; raises SourceError. May block."""
        ...

    def close(self) -> None:
        """Releases the source; may be called twice and from another thread."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *args: object) -> None: ...


class BasicSource(ABC):
    """A FrameSource without the reading: see `FrameSource` for what each member means."""

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
