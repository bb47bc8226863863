"""What the camera's thread does for one attempt at verification."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from daemon.api import Progress, Reason, Verdict
from daemon.camera.job import FrameOutcome, StreamInfo
from daemon.camera.schedule import Purpose
from daemon.recognition.results import AttemptResult, FrameResult, unseen
from models.errors import UsageError

if TYPE_CHECKING:
    from daemon.recognition.challenge import Asking
    from daemon.recognition.frames import AnalysedFrame
    from daemon.recognition.liveness import LivenessRule
    from daemon.recognition.verifier import Verifier
    from enroll.template import Person

Post = Callable[[Callable[[], None]], None]


class VerifyJob:
    """Verifies `person` at the full rate until it is decided or `deadline` has passed.

    With `liveness` a living face is asked for too; with `asking`, in doubt by a challenge.

    What it has to tell goes through `post`, which brings it into the event loop.
    """

    purpose = Purpose.ATTEMPT
    patient = False
    on_picture = None

    def __init__(
        self,
        person: "Person",
        *,
        liveness: "LivenessRule | None",
        asking: "Asking | None" = None,
        deadline: float,
        post: Post,
        on_frame: Callable[[FrameResult], None],
        on_end: Callable[[AttemptResult, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.person = person
        self._liveness = liveness
        self._asking = asking
        self.deadline = deadline
        self.frames = 0
        """Frames seen so far; the event loop may read it, and the next."""
        self.compared = 0
        """Those of which a face was compared with templates, also before a camera was lost."""
        self._post = post
        self._on_frame = on_frame
        self._on_end = on_end
        self._clock = clock
        self._started = clock()
        self._opened: float | None = None
        self._first: float | None = None
        self._verifier: Verifier | None = None
        self._refused: Reason | None = None
        self._problem = ""

    def begin(self, stream: StreamInfo) -> None:
        """What was seen before the camera was lost counts no more."""
        self._verifier = self._refused = None
        # Without an appearance of this model every face would count as a failed attempt.
        if self.person.appearances_of(stream.model.model_id):
            self._prepare(stream)
        else:
            self._refused = Reason.NOT_ENROLLED
        if self._opened is None:
            self._opened = self._clock()
        self._tell(FrameResult(Progress.LOOKING, Verdict.UNDECIDED))

    def _prepare(self, stream: StreamInfo) -> None:
        from daemon.recognition.verifier import Verifier
        from daemon.recognition.visit_recorder import VisitRecorder

        visit = VisitRecorder(self.person, stream.model.model_id)
        try:
            matcher = stream.model.matcher(self.person)
        except UsageError as error:
            self._refused, self._problem = Reason.NO_MODEL, str(error)
            return
        self._verifier = Verifier(
            matcher, still=stream.still, liveness=self._liveness, asking=self._asking, visit=visit
        )

    def see(self, frame: "AnalysedFrame | None") -> FrameOutcome:
        """Done once the verifier is, or where nobody could be compared with."""
        if self._verifier is None or frame is None:
            return FrameOutcome(done=self._refused is not None)
        if self._first is None:
            # When it came, before it was analysed.
            self._first = self._clock() - sum(frame.analysis.stages_ms.values()) / 1e3
        result = self._verifier.add(frame)
        self.frames += 1
        # Before anybody hears of it: what was answered is charged.
        self.compared += result.compared
        self._tell(result)
        return FrameOutcome(result.done, result.box is not None)

    def end(self, reason: Reason | None, problem: str) -> None:
        """Posts the result, with milliseconds by stage, and the problem in a line."""
        result = replace(self._result(reason), compared=self.compared)
        why = problem or self._problem
        self._verifier = None
        self._post(lambda: self._on_end(result, why))

    def _result(self, reason: Reason | None) -> AttemptResult:
        if self._refused is not None:
            return unseen(self._refused)
        if self._verifier is None:
            return unseen(reason or Reason.NO_FRAMES)
        result = self._verifier.result(reason)
        stages = {
            "decide" if name == "match" else name: ms for name, ms in result.stages_ms.items()
        }
        at = time.clock_gettime(time.CLOCK_BOOTTIME)
        return replace(result, stages_ms=stages | self._waiting(), at=at)

    def _waiting(self) -> dict[str, float]:
        """Milliseconds until the camera was open, and then until its first frame."""
        now = self._clock()
        opened = now if self._opened is None else self._opened
        first = now if self._first is None else self._first
        return {
            "open": (opened - self._started) * 1e3,
            "first-frame": max(first - opened, 0.0) * 1e3,
            "total": (now - self._started) * 1e3,
        }

    def _tell(self, result: FrameResult) -> None:
        self._post(lambda: self._on_frame(result))
