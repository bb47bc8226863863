"""What every source of frames is."""

from dataclasses import dataclass
from typing import Protocol, Self

from models.types import Image


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
