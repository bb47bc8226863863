"""What the camera's thread does for a locked session in the back: does its owner sit there?"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from daemon.api import Reason
from daemon.camera.job import FrameOutcome, StreamInfo
from daemon.camera.schedule import Purpose
from daemon.recognition.matcher import names_in
from models.errors import UsageError

if TYPE_CHECKING:
    from daemon.recognition.frames import AnalysedFrame
    from daemon.recognition.matcher import Matcher
    from enroll.template import Person

STEADY_SECONDS = 1.0
"""So long whoever sits there must be the owner in every analysed frame: people pass."""
_LEAST_FRAMES = 3


class Sitting:
    """Whether one person sits there, of single frames. Pure; times are seconds on any clock."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._frames = 0

    def see(self, time: float, *, here: bool) -> bool:
        """`here`: the face of who sits there is this person's. Whether that is steady by now."""
        if not here:
            self.forget()
            return False
        self._since = time if self._since is None else self._since
        self._frames += 1
        return time - self._since >= STEADY_SECONDS and self._frames >= _LEAST_FRAMES

    def forget(self) -> None:
        """What was seen holds no more."""
        self._since, self._frames = None, 0


class SeatJob:
    """Calls `on_sitting`, through `post`, each time that `person` sits there; never ends by itself.

    Only the face of who sits there counts, and nobody's where another may be it as well.
    """

    purpose = Purpose.WATCH
    patient = True
    deadline = float("inf")
    on_picture = None

    def __init__(
        self,
        person: "Person",
        *,
        post: Callable[[Callable[[], None]], None],
        on_sitting: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._person = person
        self._post = post
        self._on_sitting = on_sitting
        self._clock = clock
        self._matcher: Matcher | None = None
        self._sitting = Sitting()

    def begin(self, stream: StreamInfo) -> None:
        """Whatever was seen before the camera was closed holds no more."""
        self._sitting.forget()
        try:
            self._matcher = stream.model.matcher(self._person)
        except UsageError:
            # Said of every attempt at this person.
            self._matcher = None

    def see(self, frame: "AnalysedFrame | None") -> FrameOutcome:
        """Where the scene is as it was nothing is learnt."""
        if frame is None or self._matcher is None:
            return FrameOutcome()
        seen = self._matcher.match(frame.analysis)
        here = not seen.crowded and self._person.name in names_in(seen)
        if self._sitting.see(self._clock(), here=here):
            self._sitting.forget()
            self._post(self._on_sitting)
        return FrameOutcome(face=here)

    def end(self, reason: Reason | None, problem: str) -> None:  # noqa: ARG002 - see Job
        """Dropped, or the camera was lost."""
        self._sitting.forget()
