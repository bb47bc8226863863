"""Where a head points, from five landmarks. Pure; without OpenCV, for who decides."""

import math
from dataclasses import dataclass

from models.types import Landmarks

# Geometry of a face in units of the distance between the eyes, from the reference points of
# `models.embedders.spec` (eyes to mouth 1.09, nose 0.55 of the way down). The nose tip stands out
# by about 0.5 of that distance (anthropometric means: 64 mm between pupils, nose tip 30 to 35 mm
# before the plane of eyes and mouth).
_EYES_TO_MOUTH = 1.09
_NOSE_SHARE = 0.55
_NOSE_DEPTH = 0.5


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a head points, in degrees; 0, 0, 0 looks into the camera.

    `yaw` is positive toward the right of the picture, `pitch` positive upward, `roll` positive
    where the eye line falls to the right. Good to some ten degrees: five points, no camera model.
    """

    yaw: float
    pitch: float
    roll: float


def pose(landmarks: Landmarks) -> Pose:
    """Pose from five landmarks (5, 2), finite.

    Orthographic projection of a rigid face: turning by yaw moves the nose tip by depth * sin(yaw)
    while the eyes draw together by cos(yaw), so offset / eye distance = depth * tan(yaw); the
    pitch likewise from the nose's place between eyes and mouth. Coinciding points give 90 degrees.
    """
    (lx, ly), (rx, ry), (nx, ny), (ax, ay), (bx, by) = landmarks.tolist()
    eyes_x, eyes_y = (lx + rx) / 2, (ly + ry) / 2
    across_x, across_y = rx - lx, ry - ly
    roll = math.atan2(across_y, across_x)
    sine, cosine = math.sin(roll), math.cos(roll)
    mouth_x, mouth_y = (ax + bx) / 2 - eyes_x, (ay + by) / 2 - eyes_y
    nose_x, nose_y = nx - eyes_x, ny - eyes_y
    mouth = cosine * mouth_y - sine * mouth_x
    # The nose's own line runs from between the eyes to the mouth, tilted where the face is.
    middle = (cosine * mouth_x + sine * mouth_y) * _NOSE_SHARE
    beside = cosine * nose_x + sine * nose_y - middle
    yaw = math.atan2(beside / _NOSE_DEPTH, math.hypot(across_x, across_y))
    rise = _NOSE_SHARE * mouth - (cosine * nose_y - sine * nose_x)
    pitch = math.atan2(rise * _EYES_TO_MOUTH / _NOSE_DEPTH, mouth)
    return Pose(math.degrees(yaw), math.degrees(pitch), math.degrees(roll))
