"""Clips drawn frame by frame: people who move before a scene, in light that changes. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.errors import UsageError
from models.synthetic.drawing import (
    CLIP_SIZE,
    Pose,
    Size,
    Subject,
    backdrop,
    checked_size,
    compose,
    cut_out,
)
from models.types import Box, Image

FPS = 30.0
CLIP_SECONDS = 8.0
WALK_SECONDS = 0.8
"""People take that long to enter, and as long to leave."""

_LONGEST_SECONDS = 3600.0
_WAVES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """`subject` before `scene` for `seconds`, walking in and out if `visit`."""

    subject: Subject | None
    scene: Image
    seconds: float
    visit: bool = False


@dataclass(frozen=True, slots=True)
class Sway:
    """How someone moves and the light changes: slow sine waves, drawn once from a seed."""

    face_height: float
    phases: tuple[float, ...]
    speeds: tuple[float, ...]

    def wave(self, which: int, time: float) -> float:
        """Wave number `which` at `time` seconds, in [-1, 1]."""
        return math.sin(self.speeds[which] * time + self.phases[which])


def draw_sway(rng: np.random.Generator, face_height: float) -> Sway:
    """A way to move about, with a face about `face_height` pixels high."""
    phases = rng.uniform(0, 2 * math.pi, _WAVES)
    # One sway takes 2.5 to 10 seconds, as when somebody sits before a screen.
    speeds = 2 * math.pi / rng.uniform(2.5, 10.0, _WAVES)
    return Sway(face_height, tuple(map(float, phases)), tuple(map(float, speeds)))


def pose_at(sway: Sway, time: float, size: Size) -> Pose:
    """Where the person is and what the light does at `time` seconds."""
    width, height = size
    return Pose(
        x=width * (0.5 + 0.09 * sway.wave(0, time)),
        y=height * (0.48 + 0.04 * sway.wave(1, time)),
        face_height=sway.face_height * (1 + 0.13 * sway.wave(2, time)),
        angle=5.0 * sway.wave(3, time),
        gain=1.0 + 0.15 * sway.wave(4, time),
        warmth=0.05 * sway.wave(5, time),
        side_light=0.2 * sway.wave(6, time),
        blur=0.5 + 0.4 * sway.wave(7, time),
        noise=3.0,
    )


class DrawnClip:
    """Shots one after another at `fps` frames a second (1 to 240); the same arguments give the same
    frames. Faces are about `face_height` pixels high. Raises UsageError.
    """

    def __init__(
        self, shots: Sequence[Shot], *, fps: float = FPS, seed: int = 0, face_height: float = 140.0
    ) -> None:
        if not shots or not 1 <= fps <= 240:
            raise UsageError("a clip needs a shot at least, and 1 to 240 frames a second")
        self.fps = fps
        self._shots = tuple(shots)
        self._seed = seed
        self._ends = np.cumsum([shot.seconds for shot in shots])
        rng = np.random.default_rng(seed)
        self._sways = [draw_sway(rng, face_height) for _ in shots]

    @property
    def frame_count(self) -> int:
        """Frames from beginning to end."""
        return round(float(self._ends[-1]) * self.fps)

    def frame_at(self, index: int) -> Image:
        """Picture number `index` (H x W x 3 BGR), drawn without reading the others."""
        time = index / self.fps
        number = min(int(np.searchsorted(self._ends, time, side="right")), len(self._shots) - 1)
        shot = self._shots[number]
        within = time - (float(self._ends[number]) - shot.seconds)
        height, width = shot.scene.shape[:2]
        pose = pose_at(self._sways[number], time, (width, height))
        if shot.visit and shot.subject is not None:
            pose = replace(pose, x=pose.x + _offset(shot, pose, within))
        return compose(shot.subject, pose, shot.scene, np.random.default_rng((self._seed, index)))


def _offset(shot: Shot, pose: Pose, time: float) -> float:
    """Pixels that a visitor is beside his place: he comes from the left and goes to the right."""
    subject = shot.subject
    if subject is None:
        return 0.0
    # Far enough that neither the widest shoulder nor the sway shows.
    away = shot.scene.shape[1] + subject.cutout.shape[1] * pose.face_height / subject.face.height
    entering = max(1 - time / WALK_SECONDS, 0.0)
    leaving = max(1 - (shot.seconds - time) / WALK_SECONDS, 0.0)
    return float(away * (leaving**2 - entering**2))


def photo_shots(
    images: Sequence[Image],
    *,
    faces: Sequence[Box] | None = None,
    seconds: float = CLIP_SECONDS,
    size: Size = CLIP_SIZE,
) -> list[Shot]:
    """Shots of the person in `images` (H x W x 3 BGR), each in turn before its own background.

    `faces` are the boxes of the faces, guessed in the middle without them; `seconds` are those of
    all shots together. Raises ImageError for an unusable picture, UsageError for numbers out of
    bounds.
    """
    if not images or not 0 < seconds <= _LONGEST_SECONDS:
        raise UsageError(f"a clip needs a photo at least, and up to {_LONGEST_SECONDS:g} seconds")
    boxes: Sequence[Box | None] = faces if faces is not None else [None] * len(images)
    return [
        Shot(cut_out(image, face=face), backdrop(image, checked_size(size)), seconds / len(images))
        for image, face in zip(images, boxes, strict=True)
    ]
