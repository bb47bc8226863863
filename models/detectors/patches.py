"""What the networks of MTCNN look at: levels of a pyramid, and square patches of one size."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from models.types import Array, Box, Image

CELL = 12
"""Side of P-Net's window in pixels of a level."""

LONGEST_SIDE = 1920
"""Pixels; longer pictures are shrunk before detection, so that their cost is bounded."""

_BEYOND = (128, 128, 128)  # grey: the networks see it as 0
_MOST_LEVELS = 30


def bounded(image: Image) -> tuple[Image, float]:
    """`image` with no side longer than `LONGEST_SIDE`, and how many times it was shrunk (>= 1)."""
    height, width = image.shape[:2]
    factor = max(height, width) / LONGEST_SIDE
    if factor <= 1.0:
        return image, 1.0
    size = (max(round(width / factor), 1), max(round(height / factor), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), factor


def scales(height: int, width: int, *, min_face: int, scale_factor: float) -> list[float]:
    """Sizes of a pyramid's levels, in shares of the picture.

    In the first a face of `min_face` pixels fills P-Net's window, in the last the window fills the
    picture's shorter side.
    """
    found: list[float] = []
    scale = CELL / min_face
    while int(min(height, width) * scale) >= CELL and len(found) < _MOST_LEVELS:
        found.append(scale)
        scale *= scale_factor
    return found


def pyramid(image: Image, levels: list[float]) -> Iterator[Array]:
    """`image` at each of the `levels` sizes: 1 x h x w x 3 float32, means of the pixels covered.

    Means come from one integral image: a mean of the frame's pixels under each pixel of the level,
    edges weighted, is four look-ups. Resizing each level from the whole frame costs three times
    as much; resizing each from the one before is cheap too, but moves landmarks visibly.
    """
    height, width = image.shape[:2]
    integral = np.asarray(cv2.integral(image), dtype=np.int32).reshape(-1, 3)
    for scale in levels:
        yield _means(integral, (height, width), (int(height * scale), int(width * scale)))[None]


def rough_pyramid(image: Image, levels: list[float]) -> Iterator[Array]:
    """`pyramid` at a quarter of its cost: each level is sampled from the picture halved until it is
    less than twice as large, for who need not find what `pyramid` finds to the pixel.
    """
    height, width = image.shape[:2]
    halved = image
    for scale in levels:
        size = (int(width * scale), int(height * scale))
        while halved.shape[1] >= 2 * size[0] and halved.shape[0] >= 2 * size[1]:
            half = (halved.shape[1] // 2, halved.shape[0] // 2)
            halved = np.asarray(cv2.resize(halved, half, interpolation=cv2.INTER_AREA))
        level = cv2.resize(halved, size, interpolation=cv2.INTER_LINEAR)
        yield np.asarray(level, dtype=np.float32)[None]


def cut(image: Image, boxes: Array, size: int) -> Array:
    """Each box of `image`, sampled at `size` x `size` points: (n, size, size, 3) float32.

    The outermost points lie on the box's edges; what is beyond the picture is grey. A box counts
    the pixels of a row as 0..width, pixel centres as 0..width - 1, as the package `mtcnn` does.
    """
    height, width = image.shape[:2]
    shrink = np.array([(width - 1) / width, (height - 1) / height], dtype=np.float32)
    first, last = boxes[:, None, :2] * shrink, boxes[:, None, 2:] * shrink
    points = first + np.linspace(0.0, 1.0, size, dtype=np.float32)[:, None] * (last - first)
    shape = (len(boxes), size, size)
    columns = np.broadcast_to(points[:, None, :, 0], shape).reshape(-1, size)
    rows = np.broadcast_to(points[:, :, None, 1], shape).reshape(-1, size)
    sampled = cv2.remap(
        image,
        columns,
        rows,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=_BEYOND,
    )
    return sampled.reshape(*shape, 3).astype(np.float32)


def cut_quickly(image: Image, box: Box, size: int) -> Array:
    """`cut` of a single box, (1, size, size, 3), in half its time; places differ by 1/32 pixel."""
    height, width = image.shape[:2]
    left, right = (side * (width - 1) / width for side in (box.left, box.right))
    top, bottom = (side * (height - 1) / height for side in (box.top, box.bottom))
    across, down = (right - left) / (size - 1), (bottom - top) / (size - 1)
    sampled = cv2.warpAffine(
        image,
        np.array([[across, 0.0, left], [0.0, down, top]]),
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=_BEYOND,
    )
    return np.asarray(sampled, dtype=np.float32)[None]


def _means(
    integral: npt.NDArray[np.int32], frame: tuple[int, int], level: tuple[int, int]
) -> Array:
    """Means over the cells of a `level` grid laid over the frame: (*level, 3) float32."""
    rows, down = _edges(frame[0], level[0])
    columns, across = _edges(frame[1], level[1])
    stride = frame[1] + 1
    corner = rows[:, None] * stride + columns
    above = _between(integral, corner, corner + 1, across[:, None])
    below = _between(integral, corner + stride, corner + stride + 1, across[:, None])
    sums = above + (below - above) * down[:, None, None]
    sums = sums[1:] - sums[:-1]
    sums = sums[:, 1:] - sums[:, :-1]
    share = level[0] * level[1] / (frame[0] * frame[1])
    return np.asarray(sums * share, dtype=np.float32)


def _between(
    integral: npt.NDArray[np.int32],
    before: npt.NDArray[np.intp],
    after: npt.NDArray[np.intp],
    share: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    start = integral.take(before, axis=0)
    return np.asarray(start + (integral.take(after, axis=0) - start) * share)


def _edges(length: int, cells: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Edges of `cells` equal cells over `length` pixels: whole pixels before, and the rest."""
    edges = np.arange(cells + 1, dtype=np.float64) * (length / cells)
    whole = np.minimum(edges.astype(np.intp), length - 1)
    return whole, np.asarray(edges - whole, dtype=np.float64)
