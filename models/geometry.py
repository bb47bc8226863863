"""Boxes and transforms. Pure NumPy."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.types import Array, Box


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    inner = max(width, 0.0) * max(height, 0.0)
    union = a.area + b.area - inner
    return inner / union if union > 0 else 0.0


def pixels(box: Box, shape: Sequence[int]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the pixels that `box` touches in a picture of `shape` (height,
    width, ...): `image[top:bottom, left:right]`. The box must not be NaN.
    """
    height, width = shape[0], shape[1]
    left, right = min(max(box.left, 0.0), width), min(max(box.right, 0.0), width)
    top, bottom = min(max(box.top, 0.0), height), min(max(box.bottom, 0.0), height)
    return math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)


def similarity_transform(
    source: npt.NDArray[np.floating], target: npt.NDArray[np.floating]
) -> Array:
    """Rotation, uniform scale and shift that bring `source` nearest to `target`, as (2, 3).

    Both are (n, 2) points, n >= 2. Least squares after Umeyama, "Least-squares estimation of
    transformation parameters between two point patterns", PAMI 1991; never a reflection. Points
    that all coincide give a transform of scale 0.
    """
    # Of points in a plane, written as complex numbers, rotation and scale are one factor, and its
    # least squares are solved without a decomposition: six times faster.
    src, dst = _complex(source), _complex(target)
    src_mean, dst_mean = src.sum() / src.size, dst.sum() / dst.size
    centred = src - src_mean
    variance = float(np.vdot(centred, centred).real)
    factor = complex(np.vdot(centred, dst)) / variance if variance > 0 else 0j
    shift = complex(dst_mean - factor * src_mean)
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]],
        dtype=np.float32,
    )


def _complex(points: npt.NDArray[np.floating]) -> npt.NDArray[np.complex128]:
    return np.ascontiguousarray(points, dtype=np.float64).view(np.complex128)[:, 0]
