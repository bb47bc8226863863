"""Where a head points, from five landmarks. Pure; without OpenCV, for who decides."""

from dataclasses import dataclass

import numpy as np

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
    eyes = (landmarks[0] + landmarks[1]) / 2
    across = (landmarks[1] - landmarks[0]).astype(np.float64)
    roll = float(np.arctan2(across[1], across[0]))
    down = np.array([-np.sin(roll), np.cos(roll)])
    along = np.array([np.cos(roll), np.sin(roll)])
    mouth = float(((landmarks[3] + landmarks[4]) / 2 - eyes) @ down)
    nose = (landmarks[2] - eyes).astype(np.float64)
    # The nose's own line runs from between the eyes to the mouth, tilted where the face is.
    middle = float(((landmarks[3] + landmarks[4]) / 2 - eyes) @ along) * _NOSE_SHARE
    yaw = np.arctan2((float(nose @ along) - middle) / _NOSE_DEPTH, float(np.hypot(*across)))
    rise = _NOSE_SHARE * mouth - float(nose @ down)
    pitch = np.arctan2(rise * _EYES_TO_MOUTH / _NOSE_DEPTH, mouth)
    return Pose(*(float(np.degrees(angle)) for angle in (yaw, pitch, roll)))
