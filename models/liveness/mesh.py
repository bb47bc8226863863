"""The face mesh: 468 points in three dimensions, from five landmarks and the frame.

The network and its points are MediaPipe's (Kartynnik, Ablavatski, Grishchenko, Grundmann:
"Real-time facial surface geometry from monocular video on mobile GPUs", 2019). It was trained on
faces turned upright; its depth is a learned guess of a typical head and no measurement: it finds
the same depth in a photograph.
"""

from typing import Protocol

import cv2
import numpy as np

from models.assets import prepared
from models.assets.catalogue import spec
from models.assets.runtime import Network
from models.errors import ImageError, ModelError
from models.liveness.evidence import Mesh
from models.types import Array, Detection, Image, Landmarks

POINTS = 468
_SIZE = 192  # pixels of the network's input
_UNIT = 0.27  # of the input's side: the distance of the eyes
_EYES_BY_MOUTH = 0.866
"""Distance of the eyes over that of eyes and mouth, seen from the front (of the usual 112 x 112
template of aligned faces); keeps the scale of a face turned aside."""
_LEAST_UNIT = 4.0  # pixels; less shows no face


class MeshFinder(Protocol):
    """Finds the mesh of a face that a detector found."""

    def find(self, image: Image, face: Detection) -> Mesh:
        """The mesh of `face` in `image`; raises ImageError where its landmarks span no face."""
        ...


class FaceMesh:
    """The converted network; satisfies `MeshFinder`. Not for use by two threads at once.

    Raises NotPreparedError or CorruptModelError where the network cannot be loaded.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._network = Network(prepared.load_network(spec("facemesh"), "mesh"), threads=threads)

    def find(self, image: Image, face: Detection) -> Mesh:
        """The mesh of `face` in pixels of `image`.

        Raises ImageError where the landmarks span no face, ModelError where the network answers
        with anything but numbers.
        """
        matrix = crop_matrix(face.landmarks)
        crop = cv2.warpAffine(image, matrix, (_SIZE, _SIZE), flags=cv2.INTER_LINEAR)
        rgb = cv2.cvtColor(crop, cv2.COLOR_BGR2RGB).astype(np.float32) / np.float32(255)
        answer = self._network.run(rgb[None])[0][0]
        if not np.isfinite(answer).all():
            raise ModelError("facemesh gave points that are not finite")
        return Mesh(_in_frame(answer[:-1].reshape(POINTS, 3), matrix), float(answer[-1]))


def crop_matrix(landmarks: Landmarks) -> Array:
    """(2, 3) from the frame to the network's input: the face upright and in the middle.

    Raises ImageError where the landmarks span no face.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    if not np.isfinite(points).all():
        raise ImageError("the landmarks span no face")
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    across = points[1] - points[0]
    unit = max(float(np.hypot(*across)), _EYES_BY_MOUTH * float(np.hypot(*(mouth - eyes))))
    if unit < _LEAST_UNIT:
        raise ImageError("the landmarks span no face")
    angle = np.arctan2(across[1], across[0])
    scale = _UNIT * _SIZE / unit
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    shift = _SIZE / 2 - turn @ ((eyes + mouth) / 2)
    return np.hstack([turn, shift[:, None]]).astype(np.float32)


def _in_frame(points: Array, matrix: Array) -> Array:
    """Points of the input in pixels of the frame; depth in the same unit."""
    scale = np.float32(np.hypot(matrix[0, 0], matrix[0, 1]))
    back = np.linalg.inv(matrix[:, :2].astype(np.float64))
    flat = (points[:, :2] - matrix[:, 2]) @ back.T
    return np.hstack([flat, points[:, 2:] / scale]).astype(np.float32)
