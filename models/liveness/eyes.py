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
_POINTS, _OUTLINE, _IRIS = 76, 8, 71  # of the answer: all, the inner corner's, the iris's centre
_LEAST_WIDTH = 4.0  # pixels of the frame between the corners of an eye

# Points of the mesh: outer and inner corner, upper and lower lid; the eye further left in the
# picture first, so that "outer" of the second one is on the right.
_LEFT, _LEFT_LIDS = (33, 133), (159, 145)
_RIGHT, _RIGHT_LIDS = (362, 263), (386, 374)
_CHEEKS = (234, 454)


@dataclass(frozen=True, slots=True)
class Eyes:
    """What can be read in one frame."""

    opening: float
    """Height of the eyes over their width, mean of both: some 0.2 when shut, 0.35 when open."""
    aside: float
    """Of the irises towards the right of the picture, in widths of an eye."""
    down: float
    """Of the irises below the line of the corners, in widths of an eye."""
    yaw: float
    """Turn of the head, radians, positive where the right of the picture is further away."""


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
        left = self._iris(image, points, _LEFT, mirrored=False)
        right = self._iris(image, points, _RIGHT, mirrored=True)
        aside = (left[0] - right[0]) / 2
        down = (left[1] + right[1]) / 2
        return Eyes(opening(points), aside, down, yaw(points))

    def _iris(
        self, image: Image, points: MeshPoints, corners: tuple[int, int], *, mirrored: bool
    ) -> tuple[float, float]:
        """Place of the iris between the corners: towards the second one, and down."""
        crop = cv2.warpAffine(image, eye_matrix(points, corners), (_SIZE, _SIZE))
        if mirrored:
            crop = cv2.flip(crop, 1)
        rgb = cv2.cvtColor(crop, cv2.COLOR_BGR2RGB).astype(np.float32) / np.float32(255)
        answer = self._network.run(rgb[None])[0].reshape(_POINTS, 3)[:, :2]
        if not np.isfinite(answer).all():
            raise ModelError("iris gave points that are not finite")
        return _between(answer[0], answer[_OUTLINE], answer[_IRIS])


def opening(points: MeshPoints) -> float:
    """Height of the eyes over their width, mean of both, of the mesh."""
    pairs = ((_LEFT_LIDS, _LEFT), (_RIGHT_LIDS, _RIGHT))
    return float(np.mean([_distance(points, lids) / _width(points, eye) for lids, eye in pairs]))


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


def _between(first: Array, second: Array, iris: Array) -> tuple[float, float]:
    along = second - first
    width = max(float(np.hypot(*along)), 1.0)
    x, y = along / width
    place = iris - (first + second) / 2
    return float(place @ (x, y)) / width, float(place @ (-y, x)) / width


def _distance(points: MeshPoints, pair: tuple[int, int]) -> float:
    return float(np.hypot(*(points[pair[0], :2] - points[pair[1], :2])))


def _width(points: MeshPoints, corners: tuple[int, int]) -> float:
    width = _distance(points, corners)
    if width < _LEAST_WIDTH:
        raise ImageError("the eyes are too small to be read")
    return width
