"""Frames of the demo are drawn once in a run of the tests: they are the same each time.

Imported by the servers of `tests.bus.forking` that start camera workers. These have the first
SECONDS of each clip from a file that all of them map into memory, each frame put there by the first
who wants it. The file is that of the environment's DRAWN; without one everybody draws.
"""

import mmap
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from daemon.sources import demo
from models.synthetic.clip import FPS
from models.synthetic.drawing import CLIP_SIZE
from models.types import Image
from tests.bus.forking import DRAWN

SECONDS = 4.0
"""Longer than nearly all that a test looks at; a second of three clips takes 83 MB."""
_PARTS = ("owner", "stranger", "empty")
_FRAMES = round(SECONDS * FPS)
_PLACES = len(_PARTS) * _FRAMES
_SHAPE = (CLIP_SIZE[1], CLIP_SIZE[0], 3)


class Drawn:
    """What is in the file, and room for the rest."""

    def __init__(self, file: Path) -> None:
        pixels = _PLACES * int(np.prod(_SHAPE))
        # A byte for each frame, 1 once it is there, follows the pixels. What nobody wrote is 0, and
        # takes no room.
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        os.truncate(descriptor, pixels + _PLACES)
        shared = mmap.mmap(descriptor, pixels + _PLACES)
        os.close(descriptor)
        self._frames: npt.NDArray[np.uint8] = np.frombuffer(shared, np.uint8, pixels)
        self._frames = self._frames.reshape(_PLACES, *_SHAPE)
        self._there: npt.NDArray[np.uint8] = np.frombuffer(shared, np.uint8, _PLACES, pixels)

    def frame_at(
        self, clip: demo.Clip, index: int, draw: Callable[[demo.Clip, int], Image]
    ) -> Image:
        """Picture number `index` of `clip`, to whoever asks as their own."""
        part = clip.description.removeprefix("demo:")
        if part not in _PARTS or index >= _FRAMES:
            return draw(clip, index)
        place = _PARTS.index(part) * _FRAMES + index
        if not self._there[place]:
            # Two at once write the same.
            self._frames[place] = draw(clip, index)
            self._there[place] = 1
        kept: Image = self._frames[place]
        return kept.copy()


def keep(file: Path) -> None:
    """From now on the demo's clips of this process, and of its forks, come from there."""
    drawn, draw = Drawn(file), demo.Clip.frame_at

    def frame_at(clip: demo.Clip, index: int) -> Image:
        return drawn.frame_at(clip, index, draw)

    setattr(demo.Clip, "frame_at", frame_at)  # noqa: B010 - a method, which mypy minds


if DRAWN in os.environ:
    keep(Path(os.environ[DRAWN]))
