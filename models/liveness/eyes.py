"""How far the eyes are open and where they look, from the face mesh and the iris network.

The iris network is MediaPipe's (Ablavatski et al.: "Real-time pupil tracking from monocular video
for digital puppetry", 2020); it takes one eye at a time, a right one mirrored.
"""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from models.assets import prepared
from models.assets.catalogue import spec
from models.assets.runtime import Network
from models.errors import ImageError, ModelError
from models.liveness.evidence import Mesh, MeshPoints
from models.types import Array, Image

_SIZE = 64  # pixels of the network's input
_WIDTHS = 2.3  # widths of an eye in it
_POINTS = 76  # of the answer; those of the outline run along the lower lid first
_CORNERS, _LOWER, _UPPER, _IRIS = (0, 8), 4, 12, 71
_LEAST_WIDTH = 4.0  # pixels of the frame between the corners of an eye

# Corners of the eyes in the mesh, left in the picture first.
_LEFT, _RIGHT = (33, 133), (362, 263)
_CHEEKS = (234, 454)


@dataclass(frozen=True, slots=True)
class Eyes:
    """What can be read in one frame."""

    opening: float
    """Height over width of the eye that is more open: 0.24 and less when shut, 0.28 and more open.
    Of the iris network's outline: the mesh's own lids close over narrow eyes that are open."""
    aside: float
    """Of the irises towards the right of the picture, in widths of an eye."""
    down: float
    """Of the irises below the line of the corners, in widths of an eye."""
    yaw: float
    """Turn of the head, radians, positive where the right of the picture is further away."""
    inward: float = 0.0
    """Of both irises together towards the nose, in widths of an eye: eyes that cross."""


class EyeReader(Protocol):
    """Reads the eyes of a face whose mesh is known."""

    def read(self, image: Image, mesh: Mesh) -> Eyes:
        """The eyes; raises ImageError where they are too small."""
        ...


class IrisReader:
    """The converted network; satisfies `EyeReader`. Not for use by two threads at once.

    Raises NotPreparedError or CorruptModelError where the network cannot be loaded.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._network = Network(prepared.load_network(spec("iris"), "iris"), threads=threads)

    def read(self, image: Image, mesh: Mesh) -> Eyes:
        """The eyes of the face `mesh` in `image`.

        Raises ImageError where they are too small, ModelError where the network answers with
        anything but numbers.
        """
        points = mesh.points
        left = measured(self._outline(image, points, _LEFT, mirrored=False))
        right = measured(self._outline(image, points, _RIGHT, mirrored=True))
        return Eyes(
            opening=max(left.opening, right.opening),
            aside=(left.aside - right.aside) / 2,
            down=(left.down + right.down) / 2,
            yaw=yaw(points),
            inward=left.aside + right.aside,
        )

    def _outline(
        self, image: Image, points: MeshPoints, corners: tuple[int, int], *, mirrored: bool
    ) -> Array:
        """76 x 2: outline and iris of one eye, in pixels of the network's input."""
        crop = cv2.warpAffine(image, eye_matrix(points, corners), (_SIZE, _SIZE))
        if mirrored:
            crop = cv2.flip(crop, 1)
        rgb = cv2.cvtColor(crop, cv2.COLOR_BGR2RGB).astype(np.float32) / np.float32(255)
        answer = self._network.run(rgb[None])[0].reshape(_POINTS, 3)[:, :2]
        if not np.isfinite(answer).all():
            raise ModelError("iris gave points that are not finite")
        return answer


@dataclass(frozen=True, slots=True)
class Eye:
    """One eye, in widths of it; `aside` is towards the second corner."""

    opening: float
    aside: float
    down: float


def measured(outline: Array) -> Eye:
    """One eye of the network's points, 76 x 2."""
    first, second = outline[list(_CORNERS)]
    along = second - first
    width = max(float(np.hypot(*along)), 1.0)
    right, down = along / width, np.array([-along[1], along[0]]) / width
    place = outline[_IRIS] - (first + second) / 2
    height = (outline[_LOWER] - outline[_UPPER]) @ down
    return Eye(float(height) / width, float(place @ right) / width, float(place @ down) / width)


def yaw(points: MeshPoints) -> float:
    """Turn of the head in radians, of the mesh."""
    across = points[_CHEEKS[1]] - points[_CHEEKS[0]]
    return float(np.arctan2(across[2], across[0]))


def eye_matrix(points: MeshPoints, corners: tuple[int, int]) -> Array:
    """(2, 3) from the frame to the network's input; raises ImageError for too small an eye."""
    ends = points[list(corners), :2].astype(np.float64)
    along = ends[1] - ends[0]
    scale = _SIZE / (_WIDTHS * _width(points, corners))
    angle = np.arctan2(along[1], along[0])
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    shift = _SIZE / 2 - turn @ ends.mean(axis=0)
    return np.hstack([turn, shift[:, None]]).astype(np.float32)


def _width(points: MeshPoints, corners: tuple[int, int]) -> float:
    width = float(np.hypot(*(points[corners[1], :2] - points[corners[0], :2])))
    if width < _LEAST_WIDTH:
        raise ImageError("the eyes are too small to be read")
    return width
