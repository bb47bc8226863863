"""Surfaces before a pinhole camera: flat, bent or shaped like a head, turned in three dimensions.

A surface is a picture with a height over each of its points. It is drawn by looking up, for each
pixel of the frame, the point of the surface that is seen there: a fixed-point iteration on a coarse
grid, exact to a tenth of a pixel for turns up to 15 degrees. What one part of a surface hides of
another is not drawn, nor is the change of light on a surface that turns.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.synthetic.drawing import Size
from models.synthetic.motion import Placement
from models.types import Array, Image, Landmarks

FOCAL = 0.87
"""Focal length in longer sides of the frame: 60 degrees along it, as webcams have."""
EYES_MM = 63.0
"""Mean distance of the pupils: Dodgson, "Variation and extrema of human interpupillary distance",
2004."""

_GRID = 8  # pixels of the frame between points that are looked up exactly
_ROUNDS = 5
_CELLS = 96  # cells of the height's grid, a side


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """`picture` H x W x 4 uint8, colour already multiplied by the fourth, its alpha.

    `height` (n, n) float32 in mm towards the camera, over the whole picture. `centre` is the
    picture's point (x, y) about which it turns, `mm` how many millimetres a pixel of it is wide.
    """

    picture: npt.NDArray[np.uint8]
    height: Array
    centre: tuple[float, float]
    mm: float


def focal(size: Size) -> float:
    """Focal length in pixels of a camera with frames of `size`."""
    return FOCAL * max(size)


def project(points: npt.NDArray[np.float64], at: Placement, distance: float, size: Size) -> Array:
    """Where (..., 3) points in mm about the turning point are seen in a frame of `size`: (..., 2).

    The turning point is `distance` mm before the camera, in the middle, but for `at`.
    """
    seen = points @ at.rotation().T + np.array(at.shift) + np.array([0.0, 0.0, distance])
    middle = np.array([size[0] / 2, size[1] / 2])
    return np.asarray(focal(size) * seen[..., :2] / seen[..., 2:] + middle, dtype=np.float32)


def draw(surface: Surface, at: Placement, distance: float, scene: Image) -> Image:
    """`surface` before `scene` (H x W x 3), `distance` mm before the camera but for `at`."""
    size = (scene.shape[1], scene.shape[0])
    left, top, right, bottom = _bounds(surface, at, distance, size)
    if right - left < 2 or bottom - top < 2:
        return scene
    across, down = _lookup(surface, at, distance, size, (left, top, right, bottom))
    looked_up = cv2.remap(
        surface.picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    patch = np.asarray(looked_up, dtype=np.uint8)
    out = scene.copy()
    out[top:bottom, left:right] = over(patch, scene[top:bottom, left:right])
    return out


def over(layer: npt.NDArray[np.uint8], scene: Image) -> Image:
    """`layer` (H x W x 4, colour multiplied by alpha) before `scene` of the same size."""
    behind = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(layer, 3)), cv2.COLOR_GRAY2BGR)
    rest = cv2.multiply(scene, behind, scale=1 / 255)
    return np.asarray(cv2.add(rest, cv2.cvtColor(layer, cv2.COLOR_BGRA2BGR)), dtype=np.uint8)


def _grid(surface: Surface) -> tuple[Array, Array]:
    """Pixel coordinates of the height's grid, (n, n) each."""
    rows, columns = surface.picture.shape[:2]
    cells = surface.height.shape[0]
    x = np.linspace(0, columns - 1, cells, dtype=np.float32)
    y = np.linspace(0, rows - 1, cells, dtype=np.float32)
    across, down = np.meshgrid(x, y)
    return across, down


def _seen(surface: Surface, at: Placement, distance: float, size: Size) -> Array:
    """Where the points of the height's grid are seen, (n, n, 2)."""
    across, down = _grid(surface)
    points = np.stack(
        [
            (across - surface.centre[0]) * surface.mm,
            (down - surface.centre[1]) * surface.mm,
            -surface.height,
        ],
        axis=-1,
    )
    return project(points.astype(np.float64), at, distance, size)


def _bounds(
    surface: Surface, at: Placement, distance: float, size: Size
) -> tuple[int, int, int, int]:
    seen = _seen(surface, at, distance, size).reshape(-1, 2)
    low = np.maximum(np.floor(seen.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(seen.max(axis=0)).astype(int) + 1, size)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _lookup(
    surface: Surface,
    at: Placement,
    distance: float,
    size: Size,
    bounds: tuple[int, int, int, int],
) -> tuple[Array, Array]:
    """For each pixel within `bounds` the point (x, y) of the picture that is seen there."""
    seen = _seen(surface, at, distance, size)
    across, down = _grid(surface)
    flat = np.stack([across.ravel(), down.ravel(), np.ones(across.size, np.float32)], axis=1)
    affine, *_ = np.linalg.lstsq(flat, seen.reshape(-1, 2), rcond=None)
    rest = (seen - (flat @ affine).reshape(seen.shape)).astype(np.float32)
    left, top, right, bottom = bounds
    wide, high = (right - left) // _GRID + 2, (bottom - top) // _GRID + 2
    x, y = np.meshgrid(
        np.linspace(left, right - 1, wide), np.linspace(top, bottom - 1, high), copy=False
    )
    target = np.stack([x, y], axis=-1)
    inverse = np.linalg.inv(affine[:2])
    cells = np.float32(surface.height.shape[0] - 1)
    scale = cells / np.array(
        [surface.picture.shape[1] - 1, surface.picture.shape[0] - 1], np.float32
    )
    found = (target - affine[2]) @ inverse
    for _ in range(_ROUNDS):
        places = (found * scale).astype(np.float32)
        bent = cv2.remap(
            rest, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        found = (target - bent - affine[2]) @ inverse
    wanted = (right - left, bottom - top)
    maps = [
        _stretched(np.ascontiguousarray(found[..., axis], dtype=np.float32), wanted)
        for axis in (0, 1)
    ]
    return maps[0], maps[1]


def _stretched(coarse: Array, size: Size) -> Array:
    """`coarse` between its own outermost points, sampled at `size` points."""
    x = np.linspace(0, coarse.shape[1] - 1, size[0], dtype=np.float32)
    y = np.linspace(0, coarse.shape[0] - 1, size[1], dtype=np.float32)
    index = np.clip(x.astype(int), 0, coarse.shape[1] - 2)
    share = x - index
    rows = coarse[:, index] * (1 - share) + coarse[:, index + 1] * share
    index = np.clip(y.astype(int), 0, coarse.shape[0] - 2)
    share = (y - index)[:, None]
    return np.asarray(rows[index] * (1 - share) + rows[index + 1] * share, dtype=np.float32)


# A generic head, in mm: half of its breadth and of its height from chin to crown, rounded for grown
# people; less deep than an ellipsoid of them: a face is flatter. No measurement of anybody.
_HALF_BREADTH, _HALF_HEIGHT, _HALF_DEPTH = 79.0, 116.0, 72.0
_NOSE_MM, _NOSE_WIDE, _NOSE_TALL = 13.0, 11.0, 17.0
_NECK_DEPTH = 20.0  # behind the ellipsoid's middle; shoulders and hair lie there
_PATCH_WIDE, _PATCH_TALL, _PATCH_ABOVE = 420, 640, 210  # mm, a pixel each
_EYES_ABOVE = 14.0  # of the eyes above the middle of the head
_FACE_DOWN = 36.0  # from the eyes to the tip of the nose


def head_surface(image: Image, landmarks: Landmarks, *, stature: float = 1.0) -> Surface:
    """The photo's face on a generic head: an ellipsoid with a nose, shoulders far behind.

    The nose's tip lies about 0.27 of the eyes' distance before the plane of eyes and mouth.
    `stature` scales all heights: 1 is a usual head.
    """
    patch = _face_patch(image, landmarks)
    x, y = np.meshgrid(
        np.arange(_PATCH_WIDE, dtype=np.float32) - _PATCH_WIDE / 2,
        np.arange(_PATCH_TALL, dtype=np.float32) - _PATCH_ABOVE,
    )
    alpha = _silhouette(x, y)
    cells_x = np.linspace(x[0, 0], x[0, -1], _CELLS, dtype=np.float32)
    cells_y = np.linspace(y[0, 0], y[-1, 0], _CELLS, dtype=np.float32)
    height = _head_height(*np.meshgrid(cells_x, cells_y)) * np.float32(stature)
    colour = cv2.multiply(patch, cv2.merge((alpha, alpha, alpha)), scale=1 / 255)
    picture = np.asarray(cv2.merge((*cv2.split(colour), alpha)), dtype=np.uint8)
    return Surface(picture, height, (_PATCH_WIDE / 2, float(_PATCH_ABOVE)), 1.0)


def _face_patch(image: Image, landmarks: Landmarks) -> Image:
    """The photo around its face, upright, so that its eyes are as far apart as usual eyes."""
    eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0)
    level = landmarks[1] - landmarks[0]
    # Turned faces have their eyes nearer together: the way to the mouth tells their size too.
    reach = max(float(np.hypot(*level)), 0.9 * float(np.hypot(*(mouth - eyes))), 1.0)
    angle = float(np.degrees(np.arctan2(level[1], level[0])))
    centre = (float(eyes[0]), float(eyes[1]))
    turn = cv2.getRotationMatrix2D(centre, angle, EYES_MM / reach)
    matrix = np.asarray(turn, dtype=np.float64)
    matrix[:, 2] += np.array([_PATCH_WIDE / 2, _PATCH_ABOVE - _EYES_ABOVE]) - eyes
    warped = cv2.warpAffine(
        image,
        matrix,
        (_PATCH_WIDE, _PATCH_TALL),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(warped, dtype=np.uint8)


def _head_height(x: Array, y: Array) -> Array:
    inside = 1.0 - (x / _HALF_BREADTH) ** 2 - (y / _HALF_HEIGHT) ** 2
    head = _HALF_DEPTH * np.sqrt(np.clip(inside, 0.0, 1.0))
    tip = _FACE_DOWN - _EYES_ABOVE
    nose = _NOSE_MM * np.exp(-((x / _NOSE_WIDE) ** 2))
    # From its root between the eyes the nose rises to the tip and falls off quickly below it.
    along = np.where(y < tip, 2.0 * _NOSE_TALL, 0.6 * _NOSE_TALL)
    nose = nose * np.exp(-(((y - tip) / along) ** 2))
    raw = np.maximum(head, -_NECK_DEPTH) + nose
    return np.asarray(cv2.GaussianBlur(raw.astype(np.float32), (0, 0), 1.2), dtype=np.float32)


def _silhouette(x: Array, y: Array) -> npt.NDArray[np.uint8]:
    """Head with hair, and shoulders, as alpha with soft edges."""
    head = (x / (1.12 * _HALF_BREADTH)) ** 2 + ((y + 6.0) / (1.08 * _HALF_HEIGHT)) ** 2 < 1.0
    shoulders = (x / 205.0) ** 2 + ((y - 260.0) / 140.0) ** 2 < 1.0
    chest = (np.abs(x) < 205.0) & (y > 260.0)
    neck = (np.abs(x) < 55.0) & (y > 60.0)
    alpha = np.where(head | shoulders | chest | neck, 255, 0).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), 2.0), dtype=np.uint8)
