"""Who is in a frame: the pipeline's faces beside the templates of the people enrolled."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from enroll.template import Person
from models.errors import UsageError
from models.matching import distances
from models.pipeline import FacePipeline
from models.quality import MIN_QUALITY
from models.types import Array, Detection, Embedder, Face, Image, Quality

MOST_THRESHOLD = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One face of a frame. `name` is the nearest person's only where `matched`; else None."""

    detection: Detection
    quality: Quality
    distance: float
    """Distance to the nearest template, infinity where nobody is enrolled."""
    matched: bool
    name: str | None

    @property
    def usable(self) -> bool:
        """Whether the face is good enough to decide on."""
        return self.quality.score >= MIN_QUALITY


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """Everything seen in one frame, largest face first; milliseconds by stage."""

    sightings: tuple[Sighting, ...]
    stages_ms: Mapping[str, float]

    @property
    def best(self) -> Sighting | None:
        """The usable face nearest to somebody enrolled; None where no face is usable."""
        usable = [sighting for sighting in self.sightings if sighting.usable]
        return min(usable, key=lambda sighting: sighting.distance, default=None)


class Recogniser:
    """Matches the faces of a frame with people. Not for use by two threads at once.

    Only looks made by the running embedder count. `threshold` None takes the embedder's own;
    raises UsageError where it is not in (0, 2].
    """

    def __init__(
        self,
        pipeline: FacePipeline,
        embedder: Embedder,
        people: Sequence[Person],
        *,
        threshold: float | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._metric = embedder.metric
        self.threshold = embedder.threshold if threshold is None else threshold
        if not 0.0 < self.threshold <= MOST_THRESHOLD:
            raise UsageError(f"a threshold lies in (0, {MOST_THRESHOLD:g}]")
        self._names, self._templates = _gather(people, embedder)

    def observe(self, image: Image) -> Observation:
        """Detects, aligns, embeds and matches; `image` is H x W x 3 BGR uint8."""
        analysis = self._pipeline.analyse(image)
        started = time.perf_counter()
        sightings = tuple(self._match(face) for face in analysis.faces)
        matching = (time.perf_counter() - started) * 1e3
        return Observation(sightings, {**analysis.stages_ms, "match": matching})

    def _match(self, face: Face) -> Sighting:
        name, distance = None, float("inf")
        if self._names:
            to_each = distances(face.embedding, self._templates, self._metric)
            nearest = int(np.argmin(to_each))
            name, distance = self._names[nearest], float(to_each[nearest])
        matched = distance <= self.threshold
        return Sighting(face.detection, face.quality, distance, matched, name if matched else None)


def _gather(people: Sequence[Person], embedder: Embedder) -> tuple[list[str], Array]:
    """The template of every look of the running model, with its owner's name."""
    names, rows = [], []
    for person in people:
        for look in person.looks_of(embedder.model_id):
            names.append(person.name)
            rows.append(look.template)
    return names, np.array(rows, dtype=np.float32)
