"""One enrolment: observations in, steps out, in the end an appearance. Pure but for its date.

The service and the foreground command feed the same machine.
"""

from dataclasses import dataclass
from statistics import median

from enroll.guide.guide import FEWEST_PICTURES, Guide, Observation, Step
from enroll.guide.prompts import Prompt
from enroll.guide.selection import Selection
from enroll.template import Appearance, now
from models.types import Metric

MOST_FRAMES = 3000
"""No enrolment needs more."""


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """An appearance and what it was chosen from."""

    appearance: Appearance
    selection: Selection
    frames_seen: int
    faces_seen: int
    quality: float
    """Median over the pictures kept, in [0, 1]."""
    missing: tuple[Prompt, ...] = ()
    """Poses that were not seen."""


class Enroller:
    """Makes the appearance `name` of whoever is before the camera.

    `model_id`, `metric` and `threshold` are the embedder's. `still` is for pictures that are no
    moments of a camera: see `Guide`.
    """

    def __init__(
        self, name: str, *, model_id: str, metric: Metric, threshold: float, still: bool = False
    ) -> None:
        self.model_id = model_id
        self._name = name
        self._metric: Metric = metric
        self._guide = Guide(threshold=threshold, metric=metric, still=still)
        self._frames = self._faces = 0

    @property
    def done(self) -> bool:
        """Whether more frames would change nothing."""
        return self._guide.complete or self._guide.changed or self._frames >= MOST_FRAMES

    def add(self, seen: Observation) -> Step:
        """One frame, and what the person should do now."""
        self._frames += 1
        self._faces += seen.sample is not None
        return self._guide.observe(seen)

    def result(self, *, fewest: int = FEWEST_PICTURES) -> Enrolment:
        """What was made of the frames; `fewest` as of `Guide.choose`. Raises EnrollError."""
        selection = self._guide.choose(fewest=fewest)
        samples = self._guide.samples
        quality = median(samples[index].quality.score for index in selection.kept)
        rows = selection.embeddings
        appearance = Appearance(self._name, now(), self.model_id, self._metric, rows, quality)
        counted = _counted(selection, self._faces)
        missing = self._guide.missing
        return Enrolment(appearance, counted, self._frames, self._faces, quality, missing)


def _counted(selection: Selection, faces: int) -> Selection:
    """With every face accounted for: what the guide passed over shows what others show."""
    over = faces - len(selection.kept) - selection.rejected.total()
    if over > 0:
        selection.rejected["much like another"] += over
    return selection
