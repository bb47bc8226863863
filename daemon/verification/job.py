"""What the eye does for others: verify one person, watch for one to come. In the eye's thread.

Each job tells what it sees through `post`, which brings it into the event loop.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daemon.api import Progress, Reason, Verdict
from daemon.camera.job import Seen, View
from daemon.camera.schedule import Want
from daemon.policy.manual_lock import Sight
from daemon.recognition.results import AttemptResult, FrameResult
from models.errors import UsageError

if TYPE_CHECKING:
    from daemon.recognition.verifier import PersonWatcher, Verifier
    from daemon.sources.base import Frame
    from enroll.template import Person

Post = Callable[[Callable[[], None]], None]


class VerifyJob:
    """Looks for `person` at the full rate until it is decided or `deadline` has passed."""

    want = Want.ATTEMPT
    patient = False

    def __init__(
        self,
        person: "Person",
        *,
        deadline: float,
        post: Post,
        on_glimpse: Callable[[FrameResult], None],
        on_end: Callable[[AttemptResult, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.person = person
        self.deadline = deadline
        self.frames = 0
        """Frames judged so far; the event loop may read it."""
        self._post = post
        self._on_glimpse = on_glimpse
        self._on_end = on_end
        self._clock = clock
        self._started = clock()
        self._opened: float | None = None
        self._first: float | None = None
        self._judge: Verifier | None = None
        self._hopeless = False
        self._problem = ""

    def begin(self, view: View) -> None:
        """See Job. What was seen before the camera was lost counts no more."""
        from daemon.recognition.verifier import Verifier

        embedder = view.models.embedder
        # Without a look of this model every face would count as a failed look.
        usable = bool(self.person.appearances_of(embedder.model_id))
        self._hopeless = not usable
        try:
            self._judge = Verifier(view.pipeline, view.models, self.person, still=view.still)
        except UsageError as error:
            self._judge, self._problem = None, str(error)
        self._opened = self._opened or self._clock()
        self._tell(FrameResult(Progress.LOOKING, Verdict.UNDECIDED))

    def see(self, frame: "Frame", *, worth: bool) -> Seen:  # noqa: ARG002 - it wants them all
        """See Job."""
        if self._judge is None or self._hopeless:
            return Seen(done=self._hopeless or bool(self._problem))
        self._first = self._first or self._clock()
        glimpse = self._judge.see(frame.time, frame.image)
        self.frames += 1
        self._tell(glimpse)
        return Seen(glimpse.verdict is not Verdict.UNDECIDED, glimpse.box is not None)

    def end(self, reason: Reason | None, problem: str) -> None:
        """See Job."""
        finding = self._finding(reason)
        why = problem or self._problem
        # It holds a whole picture, and is part of a cycle that is collected late.
        self._judge = None
        self._post(lambda: self._on_end(finding, why))

    def _finding(self, reason: Reason | None) -> AttemptResult:
        if self._hopeless:
            return unseen(Reason.NOT_ENROLLED)
        if self._problem:
            return unseen(Reason.NO_MODEL)
        if self._judge is None:
            return unseen(reason or Reason.NO_FRAMES)
        finding = self._judge.finding(reason)
        finding.stages_ms.update(self._waiting())
        return replace(finding, at=time.clock_gettime(time.CLOCK_BOOTTIME))

    def _waiting(self) -> dict[str, float]:
        """Milliseconds until the camera was open, and then until its first frame."""
        opened = self._opened or self._clock()
        first = self._first or self._clock()
        return {
            "open": (opened - self._started) * 1e3,
            "first-frame": (first - opened) * 1e3,
            "total": (self._clock() - self._started) * 1e3,
        }

    def _tell(self, glimpse: FrameResult) -> None:
        self._post(lambda: self._on_glimpse(glimpse))


def unseen(reason: Reason) -> AttemptResult:
    """The finding of a look that saw nothing."""
    return AttemptResult(Verdict.UNDECIDED, reason, "", 0, None, 0.0, {})


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watching eye saw at `time` (`time.monotonic`): who may be there, and any face."""

    time: float
    sight: Sight
    face: bool


class WatchJob:
    """Tells what each frame says about `person`; never ends by itself.

    Where the scene is as it was, what was seen before still holds.
    """

    want = Want.WATCH
    patient = True
    deadline = float("inf")

    def __init__(
        self,
        person: "Person",
        *,
        post: Post,
        on_sight: Callable[[Watched], None],
        on_gap: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.person = person
        self._post = post
        self._on_sight = on_sight
        self._on_gap = on_gap
        self._clock = clock
        self._watcher: PersonWatcher | None = None
        self._sight, self._face = Sight.UNSURE, False

    def begin(self, view: View) -> None:
        """See Job. Whatever was seen before the camera was closed holds no more."""
        from daemon.recognition.verifier import PersonWatcher

        try:
            self._watcher = PersonWatcher(view.models, self.person)
        except UsageError:
            # Said of every look at this person; a watch can only never be sure.
            self._watcher = None
        self._sight, self._face = Sight.UNSURE, False
        self._post(self._on_gap)

    def see(self, frame: "Frame", *, worth: bool) -> Seen:
        """See Job."""
        if worth and self._watcher is not None:
            self._sight, self._face = self._watcher.observe(frame.image)
        watched = Watched(self._clock(), self._sight, self._face and worth)
        self._post(lambda: self._on_sight(watched))
        return Seen(face=self._face)

    def end(self, reason: Reason | None, problem: str) -> None:  # noqa: ARG002 - see Job
        """See Job: it is dropped, and never ends."""
        self._post(self._on_gap)
