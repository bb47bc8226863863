"""Cuts the chip an embedder wants out of a frame, from five landmarks."""

import numpy as np
import numpy.typing as npt

from models.errors import ImageError
from models.geometry import similarity_transform
from models.types import Box, Image, Landmarks, ReferencePoints

_MIN_SCALE = 1e-4
# Where the five points lie in a detection box, as shares of its width and height: medians of our
# MTCNN; printed by `python -m models.evaluation.landmarks ../shared/data/lfw`.
_IN_BOX = np.array(
    [(0.275, 0.388), (0.739, 0.381), (0.511, 0.583), (0.308, 0.755), (0.727, 0.749)],
    dtype=np.float32,
)


def check_image(image: Image) -> None:
    """Raises ImageError unless `image` is H x W x 3 uint8 with at least one pixel."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ImageError("a frame must be a colour picture, height x width x 3, uint8")


def align(
    image: Image,
    landmarks: Landmarks,
    reference: ReferencePoints,
    size: int,
    *,
    stretch: float = 1.0,
) -> Image:
    """The `size` x `size` chip in which `landmarks` lie on `reference` as nearly as can be.

    `reference` is (5, 2) in pixels of the chip. `stretch` is how much wider than high the chip
    shows a face that stands upright in it; other distortions are never made. What lies beyond the
    frame is black. Raises ImageError where the landmarks are not finite or coincide.
    """
    import cv2

    check_image(image)
    if not np.isfinite(landmarks).all():
        raise ImageError("landmarks are not finite")
    unstretched = np.asarray(reference / np.array([stretch, 1.0]), dtype=np.float32)
    matrix = similarity_transform(landmarks, unstretched)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < _MIN_SCALE:
        raise ImageError("landmarks coincide")
    matrix[0] *= stretch
    if scale < 0.5:
        image, matrix = _shrink(image, matrix, scale, size)
    return np.asarray(
        cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR), dtype=np.uint8
    )


def upright(landmarks: Landmarks, reference: ReferencePoints) -> Landmarks:
    """Points that `align` brings onto `reference` by moving and scaling alone: a tilted face stays
    tilted. They have the middle and the spread of `landmarks`; (5, 2).
    """
    middle, target = landmarks.mean(axis=0), reference.mean(axis=0)
    spread = float(np.linalg.norm(reference - target))
    scale = float(np.linalg.norm(landmarks - middle)) / spread
    return np.asarray((reference - target) * scale + middle, dtype=np.float32)


def landmarks_from_box(box: Box) -> Landmarks:
    """Five landmarks where a frontal face usually has them in `box` (5, 2)."""
    origin = np.array([box.left, box.top], dtype=np.float32)
    extent = np.array([box.width, box.height], dtype=np.float32)
    return (origin + _IN_BOX * extent).astype(np.float32)


def _shrink(
    image: Image, matrix: npt.NDArray[np.float32], scale: float, size: int
) -> tuple[Image, npt.NDArray[np.float32]]:
    """Crop to what the chip shows and average down, so that warping does not alias."""
    import cv2

    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]]) @ inverse.T
    height, width = image.shape[:2]
    left, top = np.floor(corners.min(axis=0)).astype(int) - 2
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 2
    left, right = np.clip([left, right], 0, width)
    top, bottom = np.clip([top, bottom], 0, height)
    if right - left < 2 or bottom - top < 2:
        raise ImageError("the face lies outside the frame")
    # Whole-number shrinking keeps pixel centres exact and takes OpenCV's fast path.
    factor = max(int(1.0 / scale), 1)
    factor = min(factor, (right - left) // 2, (bottom - top) // 2)
    right -= (right - left) % factor
    bottom -= (bottom - top) % factor
    crop = image[top:bottom, left:right]
    small = cv2.resize(crop, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    # Centre of small pixel i is full pixel factor * i + (factor - 1) / 2.
    offset = np.array([left, top]) + (factor - 1) / 2
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ offset
    moved[:, :2] *= factor
    return np.asarray(small, dtype=np.uint8), moved.astype(np.float32)
