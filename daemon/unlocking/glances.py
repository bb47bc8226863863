"""Who sits before an idle session, looked for again and again: the camera stays open for it.

Where looks would follow each other quickly, opening it for each costs more than the look.
"""

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from daemon.api import Reason
from daemon.camera.job import FrameOutcome, StreamInfo
from daemon.camera.schedule import Purpose
from daemon.policy.presence import Sight
from daemon.unlocking.job import OwnerWatcher
from daemon.unlocking.look import judged

if TYPE_CHECKING:
    from daemon.recognition.frames import AnalysedFrame
    from enroll.template import Person

JOB_SECONDS = 60.0
"""Then the job ends, also where no picture came, and another one begins."""
TOLD_SECONDS = 0.9
"""Sooner than that what has not changed is not told again."""
_LEAST_OTHERS = 2
_DUE = 0.9
"""Of the time after which a frame is analysed that differs from none: the clock is another's."""


class Glances:
    """What each frame says of the moment. Pure: times are seconds on any clock that does not fall.

    `still_seconds` is how often a frame is analysed in which nothing moves, 0 where all are.
    """

    def __init__(self, *, still_seconds: float) -> None:
        self._still = still_seconds
        self._analysed_at = -math.inf
        self._others = 0
        self.sight = Sight.BLIND
        """What the last frame said; BLIND before the first analysed one."""

    def see(self, time: float, frame: "AnalysedFrame | None", watcher: OwnerWatcher) -> None:
        """One frame, None for one that was not analysed: what was seen holds, but that it moved."""
        if frame is None:
            if self.sight is Sight.MOTION:
                self.sight = Sight.NOBODY
            return
        moving = time - self._analysed_at < _DUE * self._still
        sight = judged(frame, watcher, moving=moving)
        self._analysed_at = time
        self._others = self._others + 1 if sight is Sight.OTHER else 0
        surely = sight is not Sight.OTHER or self._others >= _LEAST_OTHERS
        self.sight = sight if surely else Sight.FACE


class GlanceJob:
    """Tells through `post` what is seen of `person`, as it changes and each second, and its end."""

    # Shown nothing while somebody asks: an attempt has the camera at once.
    purpose = Purpose.GLANCE
    patient = False
    on_picture = None

    def __init__(
        self,
        person: "Person",
        *,
        still_seconds: float,
        post: Callable[[Callable[[], None]], None],
        on_sight: Callable[[Sight], None],
        on_end: Callable[[Sight], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._person = person
        self._glances = Glances(still_seconds=still_seconds)
        self._post = post
        self._on_sight = on_sight
        self._on_end = on_end
        self._clock = clock
        self._watcher: OwnerWatcher | None = None
        self._told: tuple[Sight, float] = (Sight.BLIND, -math.inf)
        self.deadline = clock() + JOB_SECONDS

    @property
    def onlooker(self) -> bool:
        """Whether somebody else looks this way beside the owner, by the last analysed frame."""
        return self._watcher is not None and self._watcher.onlooker

    def begin(self, stream: StreamInfo) -> None:
        """The camera is open."""
        self._watcher = OwnerWatcher.of(self._person, stream)

    def see(self, frame: "AnalysedFrame | None") -> FrameOutcome:
        """Posts what holds now, where that is news."""
        if self._watcher is not None:
            now = self._clock()
            self._glances.see(now, frame, self._watcher)
            self._tell(self._glances.sight, now)
        return FrameOutcome(face=frame is not None and bool(frame.analysis.faces))

    def _tell(self, sight: Sight, now: float) -> None:
        told, at = self._told
        if sight is not told or now - at >= TOLD_SECONDS:
            self._told = sight, now
            self._post(lambda: self._on_sight(sight))

    def end(self, reason: Reason | None, problem: str) -> None:  # noqa: ARG002 - see Job
        """Tells what was seen last; that nothing is where the camera was lost."""
        sight = self._glances.sight if reason is None else Sight.BLIND
        self._post(lambda: self._on_end(sight))
