"""What is known of the networks that run, for who matches: no network, no picture."""

from dataclasses import dataclass
from typing import cast, get_args

from daemon.recognition.matcher import Matcher
from enroll.template import Person
from models import calibrations
from models.embedders import trained_spec
from models.errors import ModelError
from models.scoring.calibration import Criterion, criterion
from models.scoring.security import parse_level
from models.types import Metric, Precision


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


@dataclass(frozen=True, slots=True)
class _Named:
    """An embedder by what is said of it, as calibrations are found."""

    name: str
    model_id: str
    precision: Precision
    metric: Metric


def info_of(
    embedder: str,
    model_id: str,
    precision: str,
    detector: str,
    *,
    security: object,
    allow_weak: bool = False,
) -> ModelInfo:
    """What matching needs of the models that another process says it runs.

    The metric and the threshold are those that this program knows for the embedder's name, never
    what was said. Raises ModelError for an embedder that is not known, or too weak unless
    `allow_weak`, FacelatchError where its calibration cannot be had.
    """
    if not allow_weak:
        trained_spec.check_strength(embedder)
    spec = trained_spec.spec_named(embedder)
    if precision not in get_args(Precision):
        raise ModelError(f"there is no embedder {embedder!r} in {precision!r}")
    kind = cast(Precision, precision)
    calibration = calibrations.load(_Named(embedder, model_id, kind, spec.metric))
    reached = criterion(calibration, parse_level(str(security)))
    return ModelInfo(detector, embedder, model_id, kind, spec.metric, spec.threshold, reached)
