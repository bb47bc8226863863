"""An enrolment as the camera's thread sees it: pictures in, an appearance out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from daemon.api import Reason
from daemon.camera.job import Seen, View
from daemon.camera.schedule import Want
from daemon.enrolment.preview import Preview
from enroll.guide.guide import Guide, Step
from enroll.guide.prompts import Prompt
from enroll.template import Appearance, now
from models.errors import FacelatchError
from models.scoring.calibration import Calibration
from models.scoring.security import Level

if TYPE_CHECKING:
    from daemon.sources.base import Frame

_PREVIEW_RATE = 15.0
_WHY = {
    Reason.CAMERA_BUSY: "another program has the camera; close it and try again",
    Reason.NO_CAMERA: "there is no camera; plug one in and try again",
}


@dataclass(frozen=True, slots=True, eq=False)
class NewAppearance:
    """An appearance that is not stored yet, with what is needed to judge it."""

    appearance: Appearance
    quality: float
    missing: tuple[Prompt, ...]
    calibration: Calibration
    level: Level


@dataclass(frozen=True, slots=True, eq=False)
class EnrolResult:
    """What an enrolment came to: an appearance, or why there is none."""

    new: NewAppearance | None
    reason: str = ""


class EnrolJob:
    """Collects pictures of whoever is before the camera. In the camera's thread."""

    want = Want.ENROL
    patient = False

    def __init__(
        self,
        appearance: str,
        *,
        deadline: float,
        post: Callable[[Callable[[], None]], None],
        on_step: Callable[[Step], None],
        on_end: Callable[[EnrolResult], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.deadline = deadline
        self.preview: Preview | None = None
        self._appearance = appearance
        self._post = post
        self._on_step = on_step
        self._on_end = on_end
        self._clock = clock
        self._guide: Guide | None = None
        self._view: View | None = None
        self._frames = 0
        self._shown = float("-inf")

    def begin(self, view: View) -> None:
        """See Job. What was seen before the camera was lost still counts, by the same model."""
        embedder = view.models.embedder
        same = self._view is not None and self._view.models.embedder is embedder
        self._view = view
        if self._guide is None or not same:
            self._guide = Guide(
                threshold=embedder.threshold, metric=embedder.metric, still=view.still
            )

    def see(self, frame: "Frame", *, worth: bool) -> Seen:  # noqa: ARG002 - it wants them all
        """See Job."""
        from daemon.foreground.enrol import MOST_FRAMES, observed

        view, guide = self._view, self._guide
        if view is None or guide is None:
            return Seen()
        self._frames += 1
        # The frame's own time, so that a clip that is read fast is as good as one that is not.
        seen = observed(view.pipeline, frame)
        step = guide.observe(seen)
        self._show(frame)
        self._post(lambda: self._on_step(step))
        done = guide.complete or guide.changed or self._frames >= MOST_FRAMES
        return Seen(done, seen.sample is not None)

    def end(self, reason: Reason | None, problem: str) -> None:
        """See Job."""
        result = self._result("" if reason is None else problem or _WHY.get(reason, ""))
        self._view = self._guide = None
        self._post(lambda: self._on_end(result))

    def _show(self, frame: "Frame") -> None:
        now_ = self._clock()
        preview = self.preview
        if preview is not None and now_ - self._shown >= 1.0 / _PREVIEW_RATE:
            self._shown = now_
            preview.offer(frame.image)

    def _result(self, problem: str) -> EnrolResult:
        view, guide = self._view, self._guide
        if problem or view is None or guide is None:
            return EnrolResult(None, problem or "the camera sent no picture")
        embedder, criterion = view.models.embedder, view.models.criterion
        try:
            chosen = guide.choose()
        except FacelatchError as error:
            return EnrolResult(None, str(error))
        quality = median(guide.samples[index].quality.score for index in chosen.kept)
        rows = chosen.embeddings
        appearance = Appearance(
            self._appearance, now(), embedder.model_id, embedder.metric, rows, quality
        )
        return EnrolResult(
            NewAppearance(
                appearance, quality, guide.missing, criterion.calibration, criterion.level
            )
        )
