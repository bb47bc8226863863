"""A face's own axes, from its five landmarks. Pure; without OpenCV, for who decides."""

import math
from dataclasses import dataclass

import numpy as np

from models.types import Array, Landmarks


@dataclass(frozen=True, slots=True)
class FaceFrame:
    """A face's own axes: origin between eyes and mouth, x along the eyes, lengths in `unit`.

    `unit` is the distance of the eyes in pixels, or what the distance from eyes to mouth says it
    would be on a face seen from the front, whichever is larger.
    """

    x: float
    y: float
    unit: float
    angle: float
    """Radians by which the eyes' line is turned."""

    @classmethod
    def of(cls, landmarks: Landmarks) -> "FaceFrame | None":
        """None where landmarks are no usable face (not finite, or under 6 px)."""
        points = np.asarray(landmarks, dtype=np.float64)
        if points.shape != (5, 2) or not np.isfinite(points).all():
            return None
        eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
        level = points[1] - points[0]
        unit = max(float(np.hypot(*level)), 0.9 * float(np.hypot(*(mouth - eyes))))
        if not 6.0 <= unit <= 4000.0:
            return None
        middle = (eyes + mouth) / 2
        return cls(float(middle[0]), float(middle[1]), unit, math.atan2(level[1], level[0]))

    def inside(self, points: Array) -> Array:
        """Points (n, 2) of the frame in the face's axes."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        turn = np.array([[cos, -sin], [sin, cos]])
        return np.asarray((points - np.array([self.x, self.y])) @ turn / self.unit, np.float32)

    def is_near(self, other: "FaceFrame", *, most_shift: float, most_growth: float) -> bool:
        """Whether `other` went at most `most_shift` units and changed size at most by a factor."""
        gone = math.hypot(other.x - self.x, other.y - self.y) / self.unit
        return gone <= most_shift and 1 / most_growth <= other.unit / self.unit <= most_growth
