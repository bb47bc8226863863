"""Calibrations made up for tests."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.scoring.calibration import Calibration, Provenance
from models.scoring.cohort import Cohort
from models.types import Array, Image, Landmarks, Metric, Precision


@dataclass(frozen=True)
class NamedEmbedder:
    """Something that has a calibration but embeds nothing."""

    name: str = "fake"
    model_id: str = "fake:0123456789abcdef"
    precision: Precision = "int8"
    metric: Metric = "cosine"
    threshold: float = 0.6

    def align(self, image: Image, landmarks: Landmarks) -> tuple[Image, ...]:
        raise NotImplementedError

    def embed(self, chips: Sequence[Image]) -> Array:
        raise NotImplementedError


def provenance() -> Provenance:
    return Provenance(
        kind="measured",
        data="made up",
        people=100,
        pictures=500,
        genuine=200,
        impostors=50_000,
        date="2025-03-01",
        command="none",
        versions={"python": "3.11"},
    )


def calibration(
    *, cohort: Cohort | None = None, model_id: str = NamedEmbedder.model_id
) -> Calibration:
    """Rates from 1e-6 at a distance of 0.2 to 1 at 1.4."""
    return Calibration(
        model_id=model_id,
        precision="int8",
        metric="cosine",
        provenance=provenance(),
        distances=np.array([0.2, 0.4, 0.6, 0.8, 1.4]),
        log_far=np.array([-6.0, -4.0, -2.0, -1.0, 0.0]),
        llr=np.array([12.0, 6.0, 1.0, -3.0, -7.0]),
        measured_far=1e-3,
        cohort=cohort,
    )


def cohort(dimension: int = 64) -> Cohort:
    """A crowd around the first axis, spread along the second."""
    mean, along = np.zeros(dimension), np.zeros((1, dimension))
    mean[0], along[0, 1] = 0.5, 0.2
    return Cohort(
        mean=mean,
        components=along,
        rest=0.01,
        weight_likeness=1.0,
        weight_spread=0.0,
        usual=(0.75, 0.9),
    )
