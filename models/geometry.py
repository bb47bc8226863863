"""Boxes and transforms. Pure NumPy."""

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


def similarity_transform(
    source: npt.NDArray[np.floating], target: npt.NDArray[np.floating]
) -> Array:
    """Rotation, uniform scale and shift that bring `source` nearest to `target`, as (2, 3).

    Both are (n, 2) points, n >= 2. Least squares after Umeyama, "Least-squares estimation of
    transformation parameters between two point patterns", PAMI 1991; never a reflection. Points
    that all coincide give a transform of scale 0.
    """
    src = np.asarray(source, dtype=np.float64)
    dst = np.asarray(target, dtype=np.float64)
    src_mean, dst_mean = src.mean(axis=0), dst.mean(axis=0)
    src_centred, dst_centred = src - src_mean, dst - dst_mean
    variance = float((src_centred**2).sum())
    u, singular, vt = np.linalg.svd(dst_centred.T @ src_centred)
    sign = np.array([1.0, 1.0 if np.linalg.det(u @ vt) >= 0 else -1.0])
    rotation = (u * sign) @ vt
    scale = float((singular * sign).sum()) / variance if variance > 0 else 0.0
    shift = dst_mean - scale * rotation @ src_mean
    return np.hstack([scale * rotation, shift[:, None]]).astype(np.float32)
