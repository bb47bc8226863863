"""A short look at whoever sits before a session that is not locked: is its owner still there?"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from daemon.api import Reason
from daemon.camera.job import FrameOutcome, StreamInfo
from daemon.camera.schedule import Purpose
from daemon.policy.manual_lock import OwnerPresence
from daemon.policy.presence import Sight
from daemon.unlocking.job import OwnerWatcher

if TYPE_CHECKING:
    from daemon.recognition.frames import AnalysedFrame
    from enroll.template import Person

LOOK_SECONDS = 1.0
"""Of frames, where the owner is not among them: a camera is dark or blurred at first."""
TIMEOUT_SECONDS = 8.0
"""From the wish to its end: a camera takes its time to open."""
MOST_FRAMES = 8
_SETTLED_SECONDS = 0.4
"""Before that a camera finds its exposure, and everything seems to move."""
_LEAST_OTHERS = 2


def judged(frame: "AnalysedFrame", watcher: OwnerWatcher, *, moving: bool) -> Sight:
    """What one frame says. `moving`: one without a face was analysed because something moved."""
    owner, face = watcher.observe(frame)
    if owner is OwnerPresence.PRESENT:
        return Sight.OWNER
    if face:
        return Sight.OTHER if owner is OwnerPresence.ABSENT else Sight.FACE
    if frame.scene is not None:
        return Sight.DARK
    return Sight.MOTION if moving else Sight.NOBODY


class Look:
    """What the frames of one look come to. Pure: times are seconds on any clock that does not fall.

    `gated`: a frame that was analysed without a face in view was so because something moved.
    """

    def __init__(self, *, gated: bool) -> None:
        self._gated = gated
        self._began: float | None = None
        self._seen: list[Sight] = []

    @property
    def sight(self) -> Sight:
        """What was seen so far; BLIND before the first analysed frame."""
        if not self._seen:
            return Sight.BLIND
        if Sight.OWNER in self._seen:
            return Sight.OWNER
        others, unclear = self._seen.count(Sight.OTHER), self._seen.count(Sight.FACE)
        if others >= _LEAST_OTHERS and others > unclear:
            return Sight.OTHER
        if others or unclear:
            return Sight.FACE
        return next(one for one in Sight if one in self._seen)

    def see(self, time: float, frame: "AnalysedFrame | None", watcher: OwnerWatcher) -> bool:
        """One frame, None for one in which nothing moved; whether enough was seen."""
        if self._began is None:
            self._began = time
        settled = time - self._began >= _SETTLED_SECONDS
        if frame is not None:
            moving = self._gated and settled and bool(self._seen)
            self._seen.append(judged(frame, watcher, moving=moving))
        long = time - self._began >= LOOK_SECONDS and bool(self._seen)
        return long or Sight.OWNER in self._seen or len(self._seen) >= MOST_FRAMES


class LookJob:
    """One look for `person`, told once through `post`: also where there was nothing to be seen."""

    # Shown nothing while somebody asks: an attempt has the camera at once.
    purpose = Purpose.WATCH
    patient = False
    on_picture = None

    def __init__(
        self,
        person: "Person",
        *,
        gated: bool,
        post: Callable[[Callable[[], None]], None],
        on_end: Callable[[Sight], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._person = person
        self._look = Look(gated=gated)
        self._post = post
        self._on_end = on_end
        self._clock = clock
        self._watcher: OwnerWatcher | None = None
        self.deadline = clock() + TIMEOUT_SECONDS

    @property
    def onlooker(self) -> bool:
        """Whether somebody else looks this way beside the owner; to be asked once it has ended."""
        return self._watcher is not None and self._watcher.onlooker

    def begin(self, stream: StreamInfo) -> None:
        """The camera is open."""
        self._watcher = OwnerWatcher.of(self._person, stream)

    def see(self, frame: "AnalysedFrame | None") -> FrameOutcome:
        """Done once enough was seen."""
        if self._watcher is None:
            return FrameOutcome()
        done = self._look.see(self._clock(), frame, self._watcher)
        face = frame is not None and bool(frame.analysis.faces)
        return FrameOutcome(done=done, face=face)

    def end(self, reason: Reason | None, problem: str) -> None:  # noqa: ARG002 - see Job
        """Tells what was seen."""
        sight = self._look.sight
        self._post(lambda: self._on_end(sight))
