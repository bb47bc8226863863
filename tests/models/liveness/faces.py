"""Meshes and observations of made-up faces."""

import numpy as np

from models.liveness.evidence import Mesh, MeshPoints, Observation
from models.types import Box, Detection, Image

FACE = Detection(Box(20, 20, 180, 220), 1.0, np.zeros((5, 2), np.float32))
LEFT, RIGHT = (33, 133), (362, 263)


def mesh_points(*, yaw: float = 0.0) -> MeshPoints:
    """A face about (100, 100) whose eyes are 30 pixels wide."""
    points = np.full((468, 3), 100, np.float32)
    points[:, 2] = 0
    for corners, x in ((LEFT, 40), (RIGHT, 130)):
        points[corners[0], :2], points[corners[1], :2] = (x, 80), (x + 30, 80)
    points[234] = (100 - 60 * np.cos(yaw), 100, -60 * np.sin(yaw))
    points[454] = (100 + 60 * np.cos(yaw), 100, 60 * np.sin(yaw))
    return points


def observation(
    image: Image, points: MeshPoints | None, *, time: float = 0.0, presence: float = 1.0
) -> Observation:
    """One frame with the face of these points."""
    mesh = None if points is None else Mesh(points, presence)
    return Observation(time, image, FACE, mesh=mesh)
