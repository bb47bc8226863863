"""How usable a face in a frame is, and what its owner should do about it. Pure; no state.

Each measure falls linearly from 1, where it does no harm, to 0, where the face is useless; the
score is their product, so that one hopeless measure suffices. The bounds were read off the shared
photos, as the comment at each says.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.alignment import check_image
from models.detail import fineness, repetition
from models.geometry import pixels
from models.pose import Pose, pose
from models.types import Box, Detection, Image, Quality

_CONCERN = 0.6
"""A measure below this is worth telling its owner about."""

_PATCH = 64
"""Side in pixels to which a face is reduced before it is measured: what embedders resolve."""


@dataclass(frozen=True, slots=True)
class _Ramp:
    """0 at `useless`, 1 at `fine`, linear between; `useless` may be the larger one."""

    useless: float
    fine: float

    def __call__(self, value: float) -> float:
        share = (value - self.useless) / (self.fine - self.useless)
        return min(max(share, 0.0), 1.0)


# Read off 112 people of the LFW half, three pictures enrolled, a fourth degraded by steps, faces
# 88 px wide: `fine` is where the false rejects of either embedder begin to rise, `useless` where
# those of mobilefacenet pass one half. Of 655 undegraded faces of the shared photos only one of
# 22 px and two far out of focus scored less than MIN_QUALITY. No face, however dark its skin, came
# near the bound on darkness: the darkest had a mean of 38.
_SIZE = _Ramp(useless=16.0, fine=56.0)  # shorter side of the box in pixels; detectors need some too
_SHARPNESS = _Ramp(useless=0.013, fine=0.05)  # see _sharpness; a Gaussian blur of 4 and of 2 px
# See `models.detail`. Frames of `video/live` end at -5.2 and 0.68; of `spoof/pairs` one in fifty is
# below -5.5, of LFW one picture in fourteen (out of focus), of other photos one in a hundred; none
# is below 0.57. Reduced to 30 pixels and enlarged again, the same faces have a median of -5.4 to
# -6.7, or of 0.07 to 0.27 where pixels were repeated; three in four of 24 pixels are below -5.7.
_FINENESS = _Ramp(useless=-5.7, fine=-5.0)
_REPETITION = _Ramp(useless=0.38, fine=0.54)
_DARK = _Ramp(useless=10.0, fine=35.0)  # mean luma, 0..255
_BRIGHT = _Ramp(useless=248.0, fine=220.0)  # mean luma
_CONTRAST = _Ramp(useless=3.5, fine=11.0)  # standard deviation of the luma
# Degrees. The shared photos, which detectors liked, end at 48; beyond, landmarks are guesses.
_YAW = _Ramp(useless=65.0, fine=25.0)
_PITCH = _Ramp(useless=60.0, fine=25.0)
_ROLL = _Ramp(useless=80.0, fine=35.0)  # alignment undoes it; detectors mind
_OUTSIDE = _Ramp(useless=0.45, fine=0.1)  # share of the box beyond the border


def assess(image: Image, detection: Detection) -> Quality:
    """Quality of one face of `image` (H x W x 3 BGR uint8).

    The score is in [0, 1]; reasons are what its owner can do, worst first. A box or landmarks
    that are not finite, or lie wholly outside, score 0. Raises ImageError for what is no frame.
    """
    check_image(image)
    box = detection.box
    if not _finite(detection) or _inside(image, box) <= 0.0:
        return Quality(0.0, ("move into the picture",))
    measures = [
        *_place(image, box),
        *_light(_patch(image, box)),
        *_detail(image, box),
        *(_turn(pose(detection.landmarks)) if detection.landmarks_measured else ()),
    ]
    score = math.prod(value for value, _ in measures)
    return Quality(score, _reasons(measures, score))


def _reasons(measures: list[tuple[float, str]], score: float) -> tuple[str, ...]:
    # Stable: a black picture is too dark before it lacks contrast and sharpness.
    ranked = sorted(measures, key=lambda measure: measure[0])
    concerns = [words for value, words in ranked if value < _CONCERN]
    # Several small flaws add up; the worst of them is the one to name.
    if not concerns and score < _CONCERN:
        concerns = [ranked[0][1]]
    return tuple(dict.fromkeys(concerns))


def _place(image: Image, box: Box) -> list[tuple[float, str]]:
    return [
        (_SIZE(min(box.width, box.height)), "come closer"),
        (_OUTSIDE(1.0 - _inside(image, box)), "move into the picture"),
    ]


def _detail(image: Image, box: Box) -> list[tuple[float, str]]:
    return [
        (_FINENESS(fineness(image, box)), "come closer"),
        (_REPETITION(repetition(image, box)), "come closer"),
    ]


def _light(patch: npt.NDArray[np.uint8]) -> list[tuple[float, str]]:
    import cv2

    mean, deviation = cv2.meanStdDev(patch)
    level, contrast = float(mean[0, 0]), float(deviation[0, 0])
    return [
        (_DARK(level), "too dark"),
        (_BRIGHT(level), "too bright"),
        (_CONTRAST(contrast), "too little contrast"),
        (_SHARPNESS(_sharpness(patch, contrast)), "hold still"),
    ]


def _turn(head: Pose) -> list[tuple[float, str]]:
    tilt = "look down a little" if head.pitch > 0 else "look up a little"
    return [
        (_YAW(abs(head.yaw)), "turn toward the camera"),
        (_PITCH(abs(head.pitch)), tilt),
        (_ROLL(abs(head.roll)), "hold your head upright"),
    ]


def _sharpness(patch: npt.NDArray[np.uint8], contrast: float) -> float:
    """Energy of the Laplacian over that of the picture: free of the light, 0 where all is flat."""
    import cv2

    _, deviation = cv2.meanStdDev(cv2.Laplacian(patch, cv2.CV_16S))
    return (float(deviation[0, 0]) / max(contrast, 1.0)) ** 2


def _patch(image: Image, box: Box) -> npt.NDArray[np.uint8]:
    """The face in grey, at most `_PATCH` pixels a side."""
    import cv2

    left, top, right, bottom = pixels(box, image.shape)
    crop = image[top:bottom, left:right]
    # Averaging a huge face costs milliseconds; a sample of it tells the same.
    step = max(min(crop.shape[:2]) // (4 * _PATCH), 1)
    grey = cv2.cvtColor(np.ascontiguousarray(crop[::step, ::step]), cv2.COLOR_BGR2GRAY)
    size = (min(grey.shape[1], _PATCH), min(grey.shape[0], _PATCH))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _finite(detection: Detection) -> bool:
    box = detection.box
    corners = (box.left, box.top, box.right, box.bottom)
    return all(map(math.isfinite, corners)) and bool(np.isfinite(detection.landmarks).all())


def _inside(image: Image, box: Box) -> float:
    """Share of `box` that lies in the frame, 0 for a degenerate box."""
    height, width = image.shape[:2]
    across = min(box.right, width) - max(box.left, 0.0)
    along = min(box.bottom, height) - max(box.top, 0.0)
    return max(across, 0.0) * max(along, 0.0) / box.area if box.area > 0 else 0.0
