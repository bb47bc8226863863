"""A pipeline and a matcher together, for who has the pictures: the foreground."""

from collections.abc import Sequence

from daemon.recognition.matcher import Matcher, Observation
from enroll.template import Person
from models.pipeline import FacePipeline
from models.scoring.calibration import Criterion
from models.types import Embedder, Image


class Recogniser:
    """A pipeline and a matcher: frames in, observations out. Not for two threads at once."""

    def __init__(
        self,
        pipeline: FacePipeline,
        embedder: Embedder,
        people: Sequence[Person],
        criterion: Criterion,
    ) -> None:
        self.pipeline = pipeline
        self.matcher = Matcher(
            people, model_id=embedder.model_id, metric=embedder.metric, criterion=criterion
        )

    @property
    def criterion(self) -> Criterion:
        """What is accepted."""
        return self.matcher.criterion

    @property
    def threshold(self) -> float:
        """Largest distance at which a single picture is accepted, in general."""
        return self.matcher.threshold

    def observe(self, image: Image) -> Observation:
        """Detects, aligns, embeds and matches; `image` is H x W x 3 BGR uint8."""
        return self.matcher.match(self.pipeline.analyse(image))
