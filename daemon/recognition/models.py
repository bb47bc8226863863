"""One person's look, frame by frame: is this the person? The only place that weighs evidence.

One analysis of a frame serves every look at it: see `SharedPipeline`.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from daemon.api import Guidance, Progress, Reason, Verdict
from daemon.policy.manual_lock import Sight
from daemon.recognition.matcher import Recogniser, Sighting, names_in
from daemon.recognition.results import AttemptResult, FrameResult
from daemon.recognition.visit_recorder import VisitRecorder
from enroll.guide.prompts import prompt_of
from enroll.template import Person
from models.detectors.following import FollowingDetector
from models.pipeline import FacePipeline
from models.scoring import decision
from models.scoring.calibration import Criterion, criterion
from models.scoring.decision import SequentialTest, sequence_rule, still_rule
from models.types import Analysis, Detector, Embedder, Image

_SURELY_ANOTHER = 1.1
"""Times the threshold, the embedder's own where that is larger; beyond it a usable face is somebody
else, nearer it may be the owner, whom a strict level does not accept at that distance."""
_TRIED_FRAMES = 5
"""Usable frames after which somebody who was not recognised has tried to be let in."""
_MOTION_ROWS = 48
_MOTION_LEVELS = 20
"""Grey levels; what is less is noise of a camera in the dark."""

_VERDICTS = {
    decision.Verdict.MATCH: Verdict.MATCHED,
    decision.Verdict.NO_MATCH: Verdict.NOT_MATCHED,
    decision.Verdict.UNDECIDED: Verdict.UNDECIDED,
}


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """The loaded networks. `criterion` is the configured level's for a single look."""

    detector: Detector
    detector_name: str
    embedder: Embedder
    criterion: Criterion

    def recogniser(self, pipeline: FacePipeline, person: Person) -> Recogniser:
        """Matches frames with `person`; raises UsageError where their looks are too many for the
        configured level.
        """
        evidence = len(person.appearances_of(self.embedder.model_id))
        level = self.criterion.level
        reached = criterion(self.criterion.calibration, level, templates=max(evidence, 1))
        return Recogniser(pipeline, self.embedder, [person], reached)


class SharedPipeline(FacePipeline):
    """A pipeline that analyses each frame once, however many look at it."""

    def __init__(self, models: Models) -> None:
        super().__init__(models.detector, models.embedder)
        self._image: Image | None = None
        self._analysis: Analysis | None = None

    def analyse(self, image: Image) -> Analysis:
        """As FacePipeline; the very same array again gives the same answer at no cost."""
        if self._analysis is None or self._image is not image:
            self._analysis = super().analyse(image)
            self._image = image
        return self._analysis


def follower(models: Models) -> SharedPipeline:
    """A pipeline for all frames of one time that the camera is open."""
    detector = FollowingDetector(models.detector)
    return SharedPipeline(replace(models, detector=detector))


class Verifier:
    """Collects what the frames of one look show of one person. For one thread.

    Raises UsageError as `Models.recogniser` does.
    """

    def __init__(
        self, pipeline: SharedPipeline, models: Models, person: Person, *, still: bool
    ) -> None:
        self._recogniser = models.recogniser(pipeline, person)
        self._pipeline = pipeline
        self._visiting = VisitRecorder(person, models.embedder.model_id)
        self._threshold = self._recogniser.threshold_of(person.name)
        reached = self._recogniser.criterion
        rule = (
            still_rule(toll=reached.toll)
            if still
            else sequence_rule(far=reached.share, toll=reached.toll)
        )
        self._test = SequentialTest(rule)
        self._enough = 1 if still else _TRIED_FRAMES
        self._usable = 0
        self._frames = 0
        self._faces = 0
        self._others = 0
        self._hints: Counter[str] = Counter()
        self._distance: float | None = None
        self._stages_ms: defaultdict[str, float] = defaultdict(float)

    def see(self, time: float, image: Image) -> FrameResult:
        """One frame, H x W x 3 BGR uint8, at `time` (seconds on the source's clock)."""
        observation = self._recogniser.observe(image)
        self._frames += 1
        for stage, milliseconds in observation.stages_ms.items():
            self._stages_ms["decide" if stage == "match" else stage] += milliseconds
        largest = observation.sightings[0] if observation.sightings else None
        best, names = observation.best, names_in(observation)
        self._visiting.see(self._pipeline.analyse(image), best, known=bool(names))
        if best is None:
            return self._unusable(largest, image)
        self._faces += 1
        self._usable += 1
        self._others += not names
        self._distance = min(best.distance, self._distance or best.distance)
        verdict = _VERDICTS[self._test.observe(time, observation.evidence)]
        seen = _glimpse(Progress.FACE_SEEN, verdict, best, image)
        return replace(seen, known=bool(names), threshold=self._threshold)

    def _unusable(self, largest: Sighting | None, image: Image) -> FrameResult:
        if largest is None:
            return FrameResult(Progress.LOOKING, Verdict.UNDECIDED)
        self._faces += 1
        hint = prompt_of(next(iter(largest.quality.reasons), "")) or Guidance.MOVE_INTO_PICTURE
        self._hints[hint] += 1
        return _glimpse(hint, Verdict.UNDECIDED, largest, image)

    def finding(self, reason: Reason | None = None) -> AttemptResult:
        """How it stands. `reason` is why the look was cut short, if it was: nobody could tell."""
        if reason is None:
            verdict, reason = self._judgement()
        else:
            verdict = Verdict.UNDECIDED
        hint = self._hints.most_common(1)[0][0] if self._hints else ""
        return AttemptResult(
            verdict,
            reason,
            hint if reason is Reason.NO_USABLE_FACE else "",
            self._frames,
            self._distance,
            self._threshold,
            dict(self._stages_ms),
            self._others,
            self._visiting.visit(self._threshold) if verdict is Verdict.MATCHED else None,
        )

    def _judgement(self) -> tuple[Verdict, Reason]:
        if self._test.matched:
            return Verdict.MATCHED, Reason.RECOGNISED
        # Somebody who only walks by has not tried to be let in.
        if self._usable >= self._enough:
            return Verdict.NOT_MATCHED, Reason.NOT_RECOGNISED
        if self._faces:
            return Verdict.UNDECIDED, Reason.NO_USABLE_FACE
        return Verdict.UNDECIDED, Reason.NO_FACE if self._frames else Reason.NO_FRAMES


class PersonWatcher:
    """What single frames say about one person, without a verdict."""

    def __init__(self, models: Models, person: Person) -> None:
        # Not the following pipeline: between two of these frames anything may happen.
        pipeline = FacePipeline(models.detector, models.embedder)
        self._recogniser = models.recogniser(pipeline, person)
        self._another = _SURELY_ANOTHER * max(self._recogniser.threshold, models.embedder.threshold)

    def observe(self, image: Image) -> tuple[Sight, bool]:
        """Who may be there, and whether there is a face at all."""
        sightings = self._recogniser.observe(image).sightings
        if not sightings:
            return Sight.ABSENT, False
        if any(one.usable and one.matched for one in sightings):
            return Sight.OWNER, True
        others = all(one.usable and one.distance > self._another for one in sightings)
        return (Sight.ABSENT if others else Sight.UNSURE), True


class Motion:
    """How much each frame differs from the one before."""

    def __init__(self) -> None:
        self._last: npt.NDArray[np.int16] | None = None

    def change(self, image: Image) -> float:
        """Share of the picture (0 to 1) that differs; infinity for the first frame."""
        height, width = image.shape[:2]
        # Every tenth pixel or so, in green: enough for a face, and next to nothing to compute.
        step = max(min(height, width) // _MOTION_ROWS, 1)
        small = image[::step, ::step, 1].astype(np.int16)
        last, self._last = self._last, small
        if last is None or last.shape != small.shape:
            return float("inf")
        return float(np.mean(np.abs(small - last) > _MOTION_LEVELS))


def _glimpse(
    word: Progress | Guidance, verdict: Verdict, sighting: Sighting, image: Image
) -> FrameResult:
    height, width = image.shape[:2]
    box = sighting.detection.box
    shares = (box.left / width, box.top / height, box.width / width, box.height / height)
    return FrameResult(word, verdict, sighting.distance, sighting.quality.score, shares)
