"""A camera that hangs upside down or on its side: its frames, upright."""

import math
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from daemon.sources.base import BasicSource, Frame, FrameSource
from models.types import Image

_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


def turned(source: FrameSource, degrees: int) -> FrameSource:
    """The frames of `source`, each turned clockwise by 0, 90, 180 or 270 degrees."""
    return source if degrees == 0 else TurnedSource(source, degrees)


class TurnedSource(BasicSource):
    """See `turned`; raises KeyError for any other number of degrees."""

    def __init__(self, source: FrameSource, degrees: int) -> None:
        super().__init__(
            source.description, live=source.live, still=source.still, patience=source.patience
        )
        self._source = source
        self._turn = _TURNS[degrees]
        # Where the source can pass a frame over without decoding it, so can this.
        self.skip: Callable[[], bool] | None = getattr(source, "skip", None)
        self.held: float = getattr(source, "held", math.inf)

    def read(self) -> Frame | None:
        """The next frame, upright, or None at the end; raises SourceError."""
        frame = self._source.read()
        return None if frame is None else replace(frame, image=self._upright(frame.image))

    def _upright(self, image: Image) -> Image:
        return np.ascontiguousarray(cv2.rotate(image, self._turn), dtype=np.uint8)

    def close(self) -> None:
        """Releases the source."""
        self._source.close()
