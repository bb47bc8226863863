"""An enrolment's course: which pose is asked for next, and when there are enough pictures. Pure."""

from dataclasses import dataclass, field

from daemon.contract import Guidance, guidance_of
from enroll.selection import Sample
from models.quality import MIN_QUALITY, Pose, pose
from models.types import Analysis

PICTURES_EACH = 4
"""Of each pose; what is chosen among them is `enroll.selection`'s to say."""
ENOUGH = 8
"""Pictures that make a look where the time is up before all poses are covered."""
_STRAIGHT = 10.0
_TURNED = 12.0
"""Degrees, good to some ten: enough of a turn to show another side, and easily done."""
_TILTED = 9.0
_LEAST_GAP = 0.12
"""Seconds between two pictures: nearer ones show the same."""

_POSES = (
    Guidance.LOOK_STRAIGHT,
    Guidance.TURN_LEFT,
    Guidance.TURN_RIGHT,
    Guidance.LOOK_UP,
    Guidance.LOOK_DOWN,
)


@dataclass(frozen=True, slots=True)
class Step:
    """What the person should do now, and what was seen."""

    prompt: Guidance
    quality: float | None = None
    box: tuple[float, float, float, float] | None = None
    head: Pose | None = None


@dataclass(slots=True)
class Course:
    """Collects samples pose by pose. Times are seconds that do not fall."""

    samples: list[Sample] = field(default_factory=list)
    _counts: dict[Guidance, int] = field(default_factory=dict)
    _last: float = float("-inf")

    @property
    def covered(self) -> tuple[Guidance, ...]:
        """Poses that are done."""
        return tuple(one for one in _POSES if self._counts.get(one, 0) >= PICTURES_EACH)

    @property
    def progress(self) -> float:
        """0 to 1."""
        done = sum(min(self._counts.get(one, 0), PICTURES_EACH) for one in _POSES)
        return done / (PICTURES_EACH * len(_POSES))

    @property
    def complete(self) -> bool:
        """Whether every pose is covered."""
        return len(self.covered) == len(_POSES)

    def observe(self, time: float, analysis: Analysis, size: tuple[int, int]) -> Step:
        """One frame at `time`, of `size` (width, height) pixels; the sample is kept if it helps."""
        sample = Sample.of(analysis, label=f"picture {len(self.samples) + 1}")
        if sample is None:
            return Step(Guidance.MOVE_INTO_PICTURE)
        face = analysis.faces[0]
        head = pose(face.detection.landmarks) if face.detection.landmarks_measured else None
        prompt = self._judge(time, sample, head)
        box = face.detection.box
        shares = (box.left / size[0], box.top / size[1], box.width / size[0], box.height / size[1])
        return Step(prompt, sample.quality.score, shares, head)

    def _judge(self, time: float, sample: Sample, head: Pose | None) -> Guidance:
        if sample.faces > 1:
            return Guidance.ONE_PERSON_ONLY
        if sample.quality.score < MIN_QUALITY:
            hint = next(iter(sample.quality.reasons), "")
            return guidance_of(hint) or Guidance.HOLD_STILL
        wanted = self._wanted()
        if time - self._last >= _LEAST_GAP:
            self._take(time, sample, wanted, head)
        return self._wanted()

    def _take(self, time: float, sample: Sample, wanted: Guidance, head: Pose | None) -> None:
        shown = [one for one in _POSES if head is None or _shows(one, head)]
        fitting = wanted if wanted in shown else next(iter(shown), None)
        if fitting is None or self._counts.get(fitting, 0) >= 2 * PICTURES_EACH:
            return
        self._last = time
        self.samples.append(sample)
        self._counts[fitting] = self._counts.get(fitting, 0) + 1

    def _wanted(self) -> Guidance:
        left = (one for one in _POSES if one not in self.covered)
        return next(left, Guidance.LOOK_STRAIGHT)


def _shows(wanted: Guidance, head: Pose) -> bool:
    """Left and right are the person's own: turned to the left it looks to the picture's right."""
    return {
        Guidance.LOOK_STRAIGHT: abs(head.yaw) < _STRAIGHT and abs(head.pitch) < _STRAIGHT,
        Guidance.TURN_LEFT: head.yaw > _TURNED,
        Guidance.TURN_RIGHT: head.yaw < -_TURNED,
        Guidance.LOOK_UP: head.pitch > _TILTED,
        Guidance.LOOK_DOWN: head.pitch < -_TILTED,
    }[wanted]
