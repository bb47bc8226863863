"""Somebody before the staged camera who turns, nods and comes nearer, drawn frame by frame.

The control file holds `acting WHO POSE`: WHO is `owner` or `stranger`, heads with depth, or
`photo`, the owner's picture on a sheet that is moved as asked; POSE is a word of guidance. A pose
is gone to at a person's pace, by the clock of the frames, however fast they are taken.
"""

import math
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

import models.liveness.suite as suites
from daemon.sources.base import BasicSource, Frame
from models import zoo
from models.synthetic.motion import Placement
from models.synthetic.portraits import OWNER, STRANGER, load_portrait
from models.synthetic.relief import EYES_MM, Surface, draw, focal, head_surface
from models.synthetic.rooms import room
from models.types import Image

WORD = "acting"
_SIZE = (640, 480)
_EYES = 60
_FPS = 30.0
_SECONDS_A_FRAME = 0.02
"""Of a person's clock: slower than the frames' own, so that there is time to hear and to answer."""
_REACTION = 12
"""Frames until somebody does what was said."""
_PACE = 0.12
"""Of the way to a pose in each frame."""
_STATURE = 1.5
"""Of the drawn head, whose nose is flatter than a real one."""
_FAR = focal(_SIZE) * EYES_MM / _EYES
_POSES = {
    "look-straight": (0.0, 0.0, 0.0),
    "turn-left": (-13.0, 0.0, 0.0),
    "turn-right": (13.0, 0.0, 0.0),
    "nod": (0.0, -18.0, 0.0),
    "come-closer": (0.0, 0.0, -0.2 * _FAR),
}
"""Yaw and pitch in degrees, millimetres away."""


class ActingCamera(BasicSource):
    """Takes what is to be done from `word` before each frame."""

    def __init__(self, path: str, word: Callable[[], str]) -> None:
        super().__init__(path, live=False)
        self._word = word
        self._closed = threading.Event()
        self._index = 0
        self._asked, self._since = "", 0
        self._pose = np.zeros(3)

    def read(self) -> Frame | None:
        """The next frame."""
        _, who, asked = self._word().split()
        if asked != self._asked:
            self._asked, self._since = asked, self._index
        if self._index - self._since >= _REACTION or self._since == 0:
            wanted = np.array(_POSES[asked])
            self._pose = self._pose + _PACE * (wanted - self._pose)
        self._index += 1
        if self._closed.wait(_SECONDS_A_FRAME):
            return None
        return Frame(self._drawn(who), self._index / _FPS, self._index)

    def _drawn(self, who: str) -> Image:
        time = self._index / _FPS
        yaw, pitch, along = self._pose
        # Nobody holds quite still.
        yaw, pitch = yaw + 0.4 * math.sin(1.3 * time), pitch + 0.3 * math.sin(1.9 * time)
        angles = (math.radians(yaw), math.radians(pitch), 0.0)
        shift = (2.0 * math.sin(0.9 * time), 1.5 * math.sin(1.1 * time), along)
        scene = draw(_surface(who), Placement(angles, shift), _FAR, room(_SIZE, 3))
        grain = np.random.default_rng(self._index).normal(0.0, 2.5, scene.shape)
        return np.clip(scene + grain, 0, 255).astype(np.uint8)

    def close(self) -> None:
        """Ends every read."""
        self._closed.set()


@lru_cache(maxsize=4)
def _surface(who: str) -> Surface:
    image = load_portrait(STRANGER if who == "stranger" else OWNER)
    (face, *_) = zoo.load_detector("mtcnn", min_face=60).detect(image)
    head = head_surface(image, face.landmarks, stature=_STATURE)
    return replace(head, height=np.zeros_like(head.height)) if who == "photo" else head


def geometry_alone() -> None:
    """The cues that drawn heads can be shown to: no network was trained on these."""
    real: Any = suites.default_suite
    suites.default_suite = lambda **_: real(without=("texture", "attention", "covering"))
