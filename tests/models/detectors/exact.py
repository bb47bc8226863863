"""The package `mtcnn` to the last digit: what it does where our detector rounds."""

import numpy as np
import numpy.typing as npt

from models.types import Array, Image

Points = npt.NDArray[np.float64]


def cut(image: Image, boxes: Array, size: int) -> Array:
    """As `models.detectors.patches.cut`, in floating point throughout."""
    height, width = image.shape[:2]
    rows, down = _lattice(boxes[:, [1, 3]], height, size)
    columns, across = _lattice(boxes[:, [0, 2]], width, size)
    picture = image.astype(np.float64)
    share = (across - np.floor(across))[:, None, :, None]
    above, below = (_row_of(picture, rows + step, columns, share) for step in (0, 1))
    fall = (down - np.floor(down))[:, :, None, None]
    patches = above * (1 - fall) + below * fall
    beyond = _outside(down, height)[:, :, None] | _outside(across, width)[:, None, :]
    patches[beyond] = 127.5
    return patches.astype(np.float32)


def _lattice(sides: Array, length: int, size: int) -> tuple[npt.NDArray[np.intp], Points]:
    ends = sides.astype(np.float64) / length * (length - 1)
    points = ends[:, :1] + np.arange(size) * ((ends[:, 1:] - ends[:, :1]) / (size - 1))
    return np.floor(points).astype(np.intp), points


def _row_of(
    picture: Points, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], share: Points
) -> Points:
    height, width = picture.shape[:2]
    row = np.clip(rows, 0, height - 1)[:, :, None]
    left, right = (np.clip(columns + step, 0, width - 1)[:, None, :] for step in (0, 1))
    return np.asarray(picture[row, left] * (1 - share) + picture[row, right] * share)


def _outside(points: Points, length: int) -> npt.NDArray[np.bool_]:
    return np.asarray((points < 0) | (points > length - 1))
