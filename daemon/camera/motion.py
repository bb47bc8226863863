"""Whether anything moves before the camera. Pure NumPy."""

import numpy as np
import numpy.typing as npt

from models.types import Image

_ROWS = 48
_LEVELS = 20
"""Grey levels; what is less is noise of a camera in the dark."""


class Motion:
    """How much each frame differs from the one before."""

    def __init__(self) -> None:
        self._last: npt.NDArray[np.int16] | None = None

    def change(self, image: Image) -> float:
        """Share of the picture (0 to 1) that differs; infinity for the first frame."""
        height, width = image.shape[:2]
        # Every tenth pixel or so, in green: enough for a face, and next to nothing to compute.
        step = max(min(height, width) // _ROWS, 1)
        small = image[::step, ::step, 1].astype(np.int16)
        last, self._last = self._last, small
        if last is None or last.shape != small.shape:
            return float("inf")
        return float(np.mean(np.abs(small - last) > _LEVELS))
