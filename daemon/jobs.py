"""What the eye does for others: verify one person, watch for one to come. In the eye's thread.

Each job tells what it sees through `post`, which brings it into the event loop.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daemon.config import Duty
from daemon.contract import Progress, Reason, Verdict
from daemon.judging import Finding, Glimpse, Judge, Motion, PersonWatcher
from daemon.look import View
from daemon.manual_lock import Sight

if TYPE_CHECKING:
    from daemon.sources.base import Frame
    from enroll.template import Person

Post = Callable[[Callable[[], None]], None]


class VerifyJob:
    """Looks for `person` at the full rate until it is decided or `deadline` has passed."""

    patient = False

    def __init__(
        self,
        person: "Person",
        *,
        deadline: float,
        rate: float,
        post: Post,
        on_glimpse: Callable[[Glimpse], None],
        on_end: Callable[[Finding, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.person = person
        self.deadline = deadline
        self.rate = rate
        self._post = post
        self._on_glimpse = on_glimpse
        self._on_end = on_end
        self._clock = clock
        self._started = clock()
        self._opened: float | None = None
        self._first: float | None = None
        self._judge: Judge | None = None

    def begin(self, view: View) -> None:
        """See Job. What was seen before the camera was lost counts no more."""
        self._judge = Judge(view.pipeline, view.models.embedder, self.person, still=view.still)
        self._opened = self._opened or self._clock()
        self._tell(Glimpse(Progress.LOOKING, Verdict.UNDECIDED))

    def see(self, frame: "Frame") -> bool:
        """See Job."""
        if self._judge is None:
            return False
        self._first = self._first or self._clock()
        glimpse = self._judge.see(frame.image)
        self._tell(glimpse)
        return glimpse.verdict is not Verdict.UNDECIDED

    def end(self, reason: Reason | None, problem: str) -> None:
        """See Job."""
        finding = self._finding(reason)
        self._post(lambda: self._on_end(finding, problem))

    def _finding(self, reason: Reason | None) -> Finding:
        if self._judge is None:
            return unseen(reason or Reason.NO_FRAMES)
        finding = self._judge.finding(reason)
        finding.stages_ms.update(self._waiting())
        return finding

    def _waiting(self) -> dict[str, float]:
        """Milliseconds until the camera was open, and then until its first frame."""
        opened = self._opened or self._clock()
        first = self._first or self._clock()
        return {"open": (opened - self._started) * 1e3, "first-frame": (first - opened) * 1e3}

    def _tell(self, glimpse: Glimpse) -> None:
        self._post(lambda: self._on_glimpse(glimpse))


def unseen(reason: Reason) -> Finding:
    """The finding of a look that saw nothing."""
    return Finding(Verdict.UNDECIDED, reason, "", 0, None, 0.0, {})


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watching eye saw at `time` (`time.monotonic`): who may be there, and any face."""

    time: float
    sight: Sight
    face: bool


class WatchJob:
    """Looks at few frames and tells what each says about `person`; never ends by itself.

    Where nothing moves, what was seen before still holds, and only now and then is it made sure.
    """

    patient = True
    deadline = float("inf")

    def __init__(
        self,
        person: "Person",
        duty: Duty,
        *,
        post: Post,
        on_sight: Callable[[Watched], None],
        on_gap: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.person = person
        self.rate = duty.idle_rate
        self._duty = duty
        self._post = post
        self._on_sight = on_sight
        self._on_gap = on_gap
        self._clock = clock
        self._watcher: PersonWatcher | None = None
        self._motion = Motion(duty.motion_threshold)
        self._sight, self._face = Sight.UNSURE, False
        self._looked = float("-inf")

    def begin(self, view: View) -> None:
        """See Job. Whatever was seen before the camera was lost holds no more."""
        self._watcher = PersonWatcher(view.models, self.person)
        self._motion = Motion(self._duty.motion_threshold)
        self._looked = float("-inf")
        self._post(self._on_gap)

    def see(self, frame: "Frame") -> bool:
        """See Job."""
        now = self._clock()
        moved = self._motion.moved(frame.image) or not self._duty.motion_gate
        # A face that stays is looked at every time: it may be about to become a look.
        due = moved or self._face or now - self._looked >= self._duty.blind_seconds
        if due and self._watcher is not None:
            self._looked = now
            self._sight, self._face = self._watcher.look(frame.image)
        watched = Watched(now, self._sight, self._face)
        self._post(lambda: self._on_sight(watched))
        return False

    def end(self, reason: Reason | None, problem: str) -> None:  # noqa: ARG002 - see Job
        """See Job: only a fault of the eye or a missing model ends it; who watches tries again."""
        self._post(self._on_gap)
