"""The built-in demo: people moving before a camera that is not there."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from daemon.errors import SourceError
from daemon.sources.base import BasicSource, Frame, Pacer, shown
from models.synthetic.clip import CLIP_SECONDS, FPS, DrawnClip, Shot
from models.synthetic.drawing import CLIP_SIZE, Subject, indoor_scene
from models.synthetic.portraits import OWNER, STRANGER, portrait_subject
from models.types import Image

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
"""What `demo:story` plays. People take `clip.WALK_SECONDS` to enter and as long to leave."""

_PARTS: dict[str, tuple[Scene, ...]] = {
    "owner": (Scene("the owner", 0.0, CLIP_SECONDS, "owner"),),
    "stranger": (Scene("a stranger", 0.0, CLIP_SECONDS, "stranger"),),
    "empty": (Scene("nobody", 0.0, CLIP_SECONDS, None),),
    "story": STORY,
}

PARTS = tuple(_PARTS)
"""What may stand behind `demo:`; `demo` alone is the first."""


class Clip(BasicSource):
    """A drawn clip as a source, each frame drawn when it is read. With `pace` it is live like a
    camera. Arguments and errors as of `DrawnClip`.
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
        self._drawn = DrawnClip(shots, fps=fps, seed=seed, face_height=face_height)
        self._closed = threading.Event()
        self._pacer = Pacer(self._closed) if pace else None
        self._index = 0

    @property
    def frame_count(self) -> int:
        """Frames from beginning to end."""
        return self._drawn.frame_count

    def frame_at(self, index: int) -> Image:
        """Picture number `index` (H x W x 3 BGR), drawn without reading the others."""
        return self._drawn.frame_at(index)

    def read(self) -> Frame | None:
        """The next frame, or None at the end."""
        if self._index >= self.frame_count:
            return None
        time = self._index / self._drawn.fps
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
            self._pacer.wait(self._index / self._drawn.fps)
        self._index += 1
        return not self._closed.is_set()

    def close(self) -> None:
        """Ends the clip."""
        self._closed.set()


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
