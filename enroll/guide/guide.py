"""Guided enrolment: what was observed in, what to do next out. Pure, with no clock of its own.

A guide asks for a few poses, gives up those that the person cannot do, and keeps pictures that are
good, distinct and of whoever sat down first. In the end `choose` gives what an appearance is
made of, or says why there is none.
"""

import math
from collections import Counter
from dataclasses import dataclass

from enroll.errors import EnrollError
from enroll.guide.album import MOST_OTHERS, Album, Taken
from enroll.guide.poses import PATIENCE_SECONDS, Tour
from enroll.guide.prompts import POSES, Prompt, clause, prevailing, prompt_of, turn_of
from enroll.guide.selection import GOOD_QUALITY, Sample, Selection, choose, objections
from models.pose import Pose, pose
from models.types import Analysis, Metric

FEWEST_PICTURES = 5
"""Pictures that make an appearance where the time is up before all poses are through."""
LEAST_GAP_SECONDS = 0.12
"""Between two pictures: nearer ones show the same."""

_LONGEST_STEP_SECONDS = 0.5  # of two frames; a longer one is a camera that stood still
_MOST_STILL = 400

Shares = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One frame. `time` is in seconds, on any clock; `sample` is None where nobody was there."""

    time: float
    sample: Sample | None = None
    head: Pose | None = None
    """None where the detector measures no landmarks."""
    box: Shares | None = None
    """Left, top, width, height of the face as shares of the picture."""
    scene: Prompt | None = None
    """What is wrong with the picture where nobody was there, None for nothing."""

    @classmethod
    def of(
        cls, time: float, analysis: Analysis, size: tuple[int, int], *, label: str = ""
    ) -> "Observation":
        """The observation of an analysed frame of `size` (width, height) pixels."""
        sample = Sample.of(analysis, label=label)
        if sample is None:
            return cls(time)
        face = max(analysis.faces, key=lambda one: one.detection.box.area).detection
        box, (width, height) = face.box, size
        shares = (box.left / width, box.top / height, box.width / width, box.height / height)
        return cls(time, sample, pose(face.landmarks) if face.landmarks_measured else None, shares)


@dataclass(frozen=True, slots=True)
class Step:
    """What the person should do now, and how far it is."""

    prompt: Prompt
    progress: float
    """0 to 1, never falling."""
    covered: tuple[Prompt, ...]
    pictures: int
    quality: float | None = None
    box: Shares | None = None
    head: Pose | None = None


class Guide:
    """One enrolment. `threshold` is the embedder's, in `metric`.

    `still` is for pictures that are no moments of a camera: nobody is asked for anything, and all
    of them must show the same person.
    """

    def __init__(self, *, threshold: float, metric: Metric, still: bool = False) -> None:
        self._threshold = threshold
        self._metric: Metric = metric
        self._still = still
        self._pictures: list[Sample] = []
        self._album = Album(threshold=threshold, metric=metric)
        self._tour = Tour()
        self._reasons: Counter[str] = Counter()
        self._scenes: Counter[Prompt | None] = Counter()
        self._taken = 0
        self._last_time = math.nan
        self._last_taken = -math.inf
        self._since_start = 0.0
        self._progress = 0.0
        self._said = POSES[0]

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to ask for."""
        return not self._still and self._tour.wanted is None

    @property
    def changed(self) -> bool:
        """Whether somebody else has taken the person's place: it cannot end well any more."""
        return self._album.others >= MOST_OTHERS

    @property
    def covered(self) -> tuple[Prompt, ...]:
        """Poses that are done."""
        return self._tour.covered

    @property
    def missing(self) -> tuple[Prompt, ...]:
        """Poses that were not seen; none are expected of pictures."""
        return () if self._still else self._tour.missing

    @property
    def samples(self) -> list[Sample]:
        """What `choose` chooses from."""
        return self._pictures if self._still else self._album.samples

    def observe(self, seen: Observation) -> Step:
        """One frame."""
        elapsed = self._elapsed(seen.time)
        self._since_start += elapsed
        prompt = self._judge(seen, elapsed)
        self._progress = max(self._progress, self._tour.progress)
        return Step(
            prompt,
            self._progress,
            self._tour.covered,
            self._taken,
            None if seen.sample is None else seen.sample.quality.score,
            seen.box,
            seen.head,
        )

    def choose(self, *, fewest: int = FEWEST_PICTURES) -> Selection:
        """What to keep; the guide may be asked at any time, in the end once.

        Where poses are left to ask for, `fewest` pictures must have been taken. Raises EnrollError.
        """
        if self.changed:
            raise EnrollError(
                "somebody else came before the camera in the middle of it",
                "begin again, alone in the picture",
            )
        samples = self.samples
        if not samples:
            raise self._nothing()
        if not self._still and not self.complete and self._taken < fewest:
            raise EnrollError(
                f"only {self._taken} good pictures in the time", "try again, in good light"
            )
        selection = choose(samples, threshold=self._threshold, metric=self._metric)
        selection.rejected.update(self._reasons)
        return selection

    def _elapsed(self, time: float) -> float:
        """Seconds since the last frame; 0 where the clock went back, or is none."""
        passed = time - self._last_time
        self._last_time = time
        return min(passed, _LONGEST_STEP_SECONDS) if passed > 0 else 0.0

    def _judge(self, seen: Observation, elapsed: float) -> Prompt:
        sample = seen.sample
        if sample is None:
            self._scenes[seen.scene] += 1
            return seen.scene or Prompt.MOVE_INTO_PICTURE
        if self._still:
            return self._keep(sample)
        refused = objections(sample)
        if refused:
            self._reasons.update(refused[:1])
            return Prompt.ONE_PERSON_ONLY if sample.faces > 1 else _prompt_of(refused[0])
        self._tour.wait(elapsed)
        if sample.quality.score < GOOD_QUALITY and self._tour.tried < PATIENCE_SECONDS / 2:
            # It serves where nothing better comes.
            return _prompt_of(next(iter(sample.quality.reasons), ""))
        if self._since_start - self._last_taken < LEAST_GAP_SECONDS:
            return self._said
        self._said = self._take(sample, seen)
        return self._said

    def _keep(self, sample: Sample) -> Prompt:
        """A picture as it is: `choose` names those that do not fit."""
        shape = self._pictures[0].embedding.shape if self._pictures else sample.embedding.shape
        if sample.embedding.ndim != 1 or sample.embedding.shape != shape:
            self._reasons["poor picture"] += 1
        elif len(self._pictures) < _MOST_STILL:
            self._pictures.append(sample)
            self._taken += 1
        return Prompt.LOOK_STRAIGHT

    def _take(self, sample: Sample, seen: Observation) -> Prompt:
        self._last_taken = self._since_start
        taken = self._album.add(sample)
        if taken is Taken.ANOTHER:
            self._reasons["unlike the others"] += 1
            return Prompt.ONE_PERSON_ONLY
        if taken is Taken.UNUSABLE:
            return Prompt.HOLD_STILL
        if taken is Taken.BEGUN_ANEW:
            self._tour, self._taken = Tour(), 0
        self._taken += 1
        self._tour.take(seen.head, seen.box[3] if seen.box is not None else 0.0)
        return self._wanted()

    def _wanted(self) -> Prompt:
        return self._tour.wanted or POSES[0]

    def _nothing(self) -> EnrollError:
        if not self._reasons:
            if (scene := prevailing(self._scenes)) is not None:
                turn = turn_of(scene)
                hint = "" if turn is None else f"for a single command: --rotate {turn}"
                return EnrollError(clause(scene), hint)
            return EnrollError("no face was found", "look into the camera, with light on your face")
        ((reason, _),) = self._reasons.most_common(1)
        if reason == "two faces in the picture":
            return EnrollError("every picture shows two faces", "enrol one person at a time")
        return EnrollError(f"no picture is good enough: {reason}", "improve that and try again")


def _prompt_of(reason: str) -> Prompt:
    return prompt_of(reason) or Prompt.HOLD_STILL
