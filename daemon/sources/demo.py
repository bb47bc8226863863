"""The built-in demo, and clips made of photos: people moving before a camera that is not there."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from daemon.errors import SourceError
from daemon.sources.base import Frame
from daemon.sources.basic import BasicSource, Pacer, shown
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
    indoor_scene,
)
from models.synthetic.portraits import OWNER, STRANGER, portrait_subject
from models.types import Box, Image

FPS = 30.0
CLIP_SECONDS = 8.0
OWNER_NAME = OWNER.who

Who = Literal["owner", "stranger"]


@dataclass(frozen=True, slots=True)
class Scene:
    """A part of a story: from `start`, for `seconds`, `who` is there (None: nobody)."""

    name: str
    start: float
    seconds: float
    who: Who | None

    @property
    def end(self) -> float:
        """Seconds from the beginning of the story."""
        return self.start + self.seconds


STORY: tuple[Scene, ...] = (
    Scene("a stranger comes", 0.0, 5.0, "stranger"),
    Scene("the owner comes", 5.0, 5.0, "owner"),
    Scene("nobody is there", 10.0, 5.0, None),
    Scene("the owner comes back", 15.0, 5.0, "owner"),
)
"""What `demo:story` plays. People take `WALK_SECONDS` to enter and as long to leave."""

WALK_SECONDS = 0.8

_PARTS: dict[str, tuple[Scene, ...]] = {
    "owner": (Scene("the owner", 0.0, CLIP_SECONDS, "owner"),),
    "stranger": (Scene("a stranger", 0.0, CLIP_SECONDS, "stranger"),),
    "empty": (Scene("nobody", 0.0, CLIP_SECONDS, None),),
    "story": STORY,
}

PARTS = tuple(_PARTS)
"""What may stand behind `demo:`; `demo` alone is the first."""


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


_WAVES = 8


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


class Clip(BasicSource):
    """Shots played one after another at `fps`, each frame drawn when it is read.

    The same arguments give the same frames. With `pace` it is live like a camera.
    """

    def __init__(
        self,
        description: str,
        shots: Sequence[Shot],
        *,
        fps: float = FPS,
        seed: int = 0,
        face_height: float = 140.0,
        pace: bool = True,
    ) -> None:
        super().__init__(description, live=pace)
        if not shots or not 1 <= fps <= 240:
            raise UsageError("a clip needs a shot at least, and 1 to 240 frames a second")
        self._shots = tuple(shots)
        self._fps = fps
        self._seed = seed
        self._ends = np.cumsum([shot.seconds for shot in shots])
        rng = np.random.default_rng(seed)
        self._sways = [draw_sway(rng, face_height) for _ in shots]
        self._closed = threading.Event()
        self._pacer = Pacer(self._closed) if pace else None
        self._index = 0

    @property
    def frame_count(self) -> int:
        """Frames from beginning to end."""
        return round(float(self._ends[-1]) * self._fps)

    def read(self) -> Frame | None:
        """The next frame, or None at the end."""
        if self._index >= self.frame_count:
            return None
        time = self._index / self._fps
        if self._pacer is not None:
            self._pacer.wait(time)
        if self._closed.is_set():
            return None
        frame = Frame(self.frame_at(self._index), time, self._index)
        self._index += 1
        return frame

    def skip(self) -> bool:
        """Passes over one frame without drawing it; False at the end."""
        if self._index >= self.frame_count:
            return False
        if self._pacer is not None:
            self._pacer.wait(self._index / self._fps)
        self._index += 1
        return not self._closed.is_set()

    def close(self) -> None:
        """Ends the clip."""
        self._closed.set()

    def frame_at(self, index: int) -> Image:
        """Picture number `index` (H x W x 3 BGR), drawn without reading the others."""
        time = index / self._fps
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


class PhotoClip(Clip):
    """A clip of one person made from several photos: each in turn, moved, lit, blurred, noisy.

    `images` are H x W x 3 BGR; `faces` their faces' boxes, guessed in the middle without them.
    Raises ImageError for an unusable picture, UsageError for numbers out of bounds.
    """

    def __init__(
        self,
        images: Sequence[Image],
        *,
        faces: Sequence[Box] | None = None,
        seconds: float = CLIP_SECONDS,
        size: Size = CLIP_SIZE,
        fps: float = FPS,
        seed: int = 0,
        face_height: float = 140.0,
        pace: bool = False,
        description: str = "photos",
    ) -> None:
        if not images or not 0 < seconds <= 3600:
            raise UsageError("a clip needs a photo at least, and up to 3600 seconds")
        boxes: Sequence[Box | None] = faces if faces is not None else [None] * len(images)
        shots = [
            Shot(
                cut_out(image, face=face),
                backdrop(image, checked_size(size)),
                seconds / len(images),
            )
            for image, face in zip(images, boxes, strict=True)
        ]
        super().__init__(description, shots, fps=fps, seed=seed, face_height=face_height, pace=pace)


def open_demo(part: str = "", *, pace: bool = True, seed: int = 0) -> Clip:
    """The built-in clip `part` of PARTS, "" for the owner's; raises SourceError.

    Raises NotInstalledError where the portraits' packages are not on this machine.
    """
    scenes = _PARTS.get(part or PARTS[0])
    if scenes is None:
        raise SourceError(f"there is no demo {shown(part)!r}", f"demo: one of {', '.join(PARTS)}")
    room = indoor_scene(CLIP_SIZE, seed)
    visit = len(scenes) > 1
    shots = [Shot(_person(scene.who), room, scene.seconds, visit) for scene in scenes]
    return Clip(f"demo:{part or PARTS[0]}", shots, seed=seed, pace=pace)


def _person(who: Who | None) -> Subject | None:
    if who is None:
        return None
    return portrait_subject(OWNER if who == "owner" else STRANGER)
