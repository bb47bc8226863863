"""Whether the frames of an open camera go on as they began. Pure but for the pictures' pixels."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from daemon.errors import SourceLostError
from models.colour import has_colour

if TYPE_CHECKING:
    from daemon.sources.base import Frame, FrameSource

_COLOURED = 3
"""Frames in a row: one may have arrived damaged."""


class StreamCheck:
    """For one time that `source` is open.

    A camera keeps its picture's size for as long as it is open: one that changes it has begun
    something else, and what was seen before counts no more. Pictures of a folder may differ.

    `on_colour` is called once, where what calls itself `infrared` shows colour all the same.
    """

    def __init__(
        self, source: "FrameSource", *, infrared: bool, on_colour: Callable[[], None]
    ) -> None:
        self._source = source
        self._size: tuple[int, int] | None = None
        self._infrared = infrared
        self._coloured = 0
        self._on_colour = on_colour

    def see(self, frame: "Frame") -> None:
        """Each frame, before anything else; raises SourceLostError, and what `on_colour` does."""
        height, width = frame.image.shape[:2]
        if not self._source.still:
            self._check_size((width, height))
        if self._infrared:
            self._coloured = self._coloured + 1 if has_colour(frame.image) else 0
            if self._coloured == _COLOURED:
                self._infrared = False
                self._on_colour()

    def _check_size(self, size: tuple[int, int]) -> None:
        before, self._size = self._size, size
        if before not in (None, size):
            new = " x ".join(map(str, size))
            raise SourceLostError(f"{self._source.description} changed its picture's size to {new}")
