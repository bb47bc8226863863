"""The loaded networks, and what is known of them without them."""

from dataclasses import dataclass

from daemon.recognition.matcher import Matcher
from enroll.template import Person
from models.detectors.following import FollowingDetector
from models.pipeline import FacePipeline
from models.scoring.calibration import Criterion, criterion
from models.types import Detector, Embedder, Metric, Precision


@dataclass(frozen=True, slots=True, eq=False)
class ModelInfo:
    """What matching needs to know of the networks that run, and no network.

    `threshold` is the embedder's own, in `metric`; `criterion` is the configured level's for a
    single appearance.
    """

    detector: str
    embedder: str
    model_id: str
    precision: Precision
    metric: Metric
    threshold: float
    criterion: Criterion

    def matcher(self, person: Person) -> Matcher:
        """Matches frames with `person`; raises UsageError where their appearances are too many for
        the configured level.
        """
        count = len(person.appearances_of(self.model_id))
        level = self.criterion.level
        reached = criterion(self.criterion.calibration, level, templates=max(count, 1))
        return Matcher([person], model_id=self.model_id, metric=self.metric, criterion=reached)


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """The loaded networks. `criterion` is the configured level's for a single appearance."""

    detector: Detector
    detector_name: str
    embedder: Embedder
    criterion: Criterion

    @property
    def info(self) -> ModelInfo:
        """What matching needs to know of them."""
        embedder = self.embedder
        return ModelInfo(
            self.detector_name,
            embedder.name,
            embedder.model_id,
            embedder.precision,
            embedder.metric,
            embedder.threshold,
            self.criterion,
        )

    def pipeline(self) -> FacePipeline:
        """For single frames, between which anything may happen."""
        return FacePipeline(self.detector, self.embedder)

    def following_pipeline(self) -> FacePipeline:
        """For the successive frames of one time that a camera is open."""
        return FacePipeline(FollowingDetector(self.detector), self.embedder)
