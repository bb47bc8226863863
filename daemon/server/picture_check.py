"""Looks through the camera for a moment: which way up it hangs, and whether anything can be seen.

Nobody is recognised by it, and nothing is compared with a template.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from daemon.api import Guidance, Progress, Reason
from daemon.camera.job import FrameOutcome, Job, StreamInfo
from daemon.camera.schedule import Purpose
from daemon.recognition.frames import AnalysedFrame
from enroll.guide.prompts import prevailing, turn_of

SECONDS = 4.0
"""Of frames. A picture without a face is turned in each of three ways, one in half a second."""
MOST_SECONDS = 20.0
"""With the opening of the camera and the loading of the models."""
_UPRIGHT = 3
"""Frames with an upright face that end it: what is turned is found at the first or second."""


class Camera(Protocol):
    """What gives frames."""

    def add(self, job: Job) -> None:
        """Begins a job."""
        ...


class PictureCheck:
    """Asks the camera, for one caller after the other: those who come meanwhile share an answer."""

    def __init__(self, camera: Camera, clock: Callable[[], float] = time.monotonic) -> None:
        self._camera = camera
        self._clock = clock
        self._running: asyncio.Future[tuple[str, str]] | None = None

    async def word(self) -> tuple[str, str]:
        """What is to be said of the picture, and why there was none."""
        if self._running is None:
            self._running = asyncio.get_running_loop().create_future()
            self._camera.add(_Look(self._clock() + MOST_SECONDS, self._ended))
        return await asyncio.shield(self._running)

    def _ended(self, word: str, problem: str) -> None:
        if self._running is not None:
            self._running.set_result((word, problem))
            self._running = None


class _Look:
    """The job."""

    purpose = Purpose.ATTEMPT
    patient = False
    on_picture = None

    def __init__(self, deadline: float, told: Callable[[str, str], None]) -> None:
        self.deadline = deadline
        self._told = told
        self._scenes: Counter[Guidance | None] = Counter()
        self._upright = 0
        self._turned: Guidance | None = None
        self._until = math.inf

    def begin(self, _stream: StreamInfo) -> None:
        """Another camera: what was seen through the one before says nothing of it."""
        self._scenes.clear()
        self._upright = 0
        self._until = math.inf

    def see(self, frame: AnalysedFrame | None) -> FrameOutcome:
        """Done once it is known which way up it hangs."""
        if frame is None:
            return FrameOutcome()
        self._scenes[frame.scene] += 1
        self._until = min(self._until, frame.time + SECONDS)
        if frame.scene is not None and turn_of(frame.scene) is not None:
            self._turned = frame.scene
        self._upright += bool(frame.analysis.faces)
        known = self._turned is not None or self._upright >= _UPRIGHT
        done = known or frame.time >= self._until
        return FrameOutcome(done=done, face=bool(frame.analysis.faces))

    def end(self, _reason: Reason | None, problem: str) -> None:
        """Says what was seen."""
        word: str = Progress.LOOKING
        if self._turned is not None:
            word = self._turned
        elif self._upright:
            word = Progress.FACE_SEEN
        else:
            word = prevailing(self._scenes) or word
        self._told(word, "" if self._scenes else problem or "no picture came")
