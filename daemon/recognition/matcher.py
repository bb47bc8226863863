"""Who is in a frame: its analysed faces beside the templates of the people enrolled."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from enroll.personal import strictness
from enroll.template import Person
from models.pipeline import FacePipeline
from models.quality import MIN_QUALITY
from models.scoring.calibration import Criterion
from models.scoring.decision import Evidence
from models.scoring.matching import distances
from models.types import Analysis, Array, Detection, Embedder, Face, Image, Metric, Quality


@dataclass(frozen=True, slots=True, eq=False)
class FaceMatch:
    """One face of a frame beside the templates.

    `name` is the nearest person's only where `matched`; else None.
    """

    detection: Detection
    quality: Quality
    distance: float
    """Distance to the nearest template, infinity where nobody is enrolled."""
    matched: bool
    """Whether a single picture at this distance would be accepted."""
    name: str | None

    @property
    def usable(self) -> bool:
        """Whether the face is good enough to decide on."""
        return self.quality.score >= MIN_QUALITY


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """Everything seen in one frame, largest face first; milliseconds by stage.

    `evidence` is what the frame says of everybody enrolled, by name: of the usable face that
    resembles them most. It is empty without a usable face.
    """

    faces: tuple[FaceMatch, ...]
    stages_ms: Mapping[str, float]
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    @property
    def best(self) -> FaceMatch | None:
        """The usable face nearest to somebody enrolled; None where no face is usable."""
        usable = [face for face in self.faces if face.usable]
        return min(usable, key=lambda face: face.distance, default=None)


def names_in(observation: Observation) -> frozenset[str]:
    """Names that the usable faces of a frame matched."""
    return frozenset(
        face.name for face in observation.faces if face.usable and face.name is not None
    )


class Matcher:
    """Matches analysed faces with people. Pure but for the milliseconds it takes.

    Only appearances made by the running embedder, `model_id`, count; an appearance's own threshold
    may be stricter than that of `criterion`, which must be of the same embedder.
    """

    def __init__(
        self, people: Sequence[Person], *, model_id: str, metric: Metric, criterion: Criterion
    ) -> None:
        self.criterion = criterion
        self._metric: Metric = metric
        self._everybody = tuple(person.name for person in people)
        self._gallery = _Gallery.of(people, model_id, criterion)

    @property
    def threshold(self) -> float:
        """Largest distance at which a single picture is accepted, in general."""
        return self.criterion.threshold

    def threshold_of(self, name: str | None) -> float:
        """The same for one person's appearances: the largest of theirs.

        For None it is that of everybody: the one person's where only one is enrolled, else in
        general.
        """
        if name is None and len(self._everybody) == 1:
            name = self._everybody[0]
        own = [
            self.threshold - strict
            for owner, strict in zip(self._gallery.names, self._gallery.strictness, strict=True)
            if owner == name
        ]
        return float(max(own, default=self.threshold))

    def match(self, analysis: Analysis) -> Observation:
        """What the faces of one frame say of everybody."""
        started = time.perf_counter()
        matches = [self._match_face(face) for face in analysis.faces]
        faces = tuple(face for face, _ in matches)
        evidence = self._evidence([match for match in matches if match[0].usable])
        matching = (time.perf_counter() - started) * 1e3
        return Observation(faces, {**analysis.stages_ms, "match": matching}, evidence)

    def _match_face(self, face: Face) -> tuple[FaceMatch, dict[str, float]]:
        """The face as it is matched, and its distance to everybody, with what makes it stricter."""
        gallery = self._gallery
        if not gallery.names:
            return FaceMatch(face.detection, face.quality, float("inf"), False, None), {}
        to_each = distances(face.embedding, gallery.templates, self._metric)
        # A face that resembles strangers at large must come nearer.
        to_each += np.float32(self.criterion.calibration.corrections(face.embedding)[0])
        strict = to_each + gallery.strictness
        nearest = int(np.argmin(strict))
        matched = bool(strict[nearest] <= self.threshold)
        name = gallery.names[nearest] if matched else None
        seen = FaceMatch(face.detection, face.quality, float(to_each[nearest]), matched, name)
        to_person: dict[str, float] = {}
        for owner, distance in zip(gallery.names, strict, strict=True):
            to_person[owner] = min(float(distance), to_person.get(owner, float("inf")))
        return seen, to_person

    def _evidence(
        self, matches: Sequence[tuple[FaceMatch, Mapping[str, float]]]
    ) -> dict[str, Evidence]:
        if not matches:
            return {}
        return {name: self._evidence_of(name, matches) for name in self._everybody}

    def _evidence_of(
        self, name: str, matches: Sequence[tuple[FaceMatch, Mapping[str, float]]]
    ) -> Evidence:
        """What the face nearest to this person says; who has no appearance is infinitely far."""
        seen, to_person = min(matches, key=lambda match: match[1].get(name, float("inf")))
        distance = to_person.get(name, float("inf"))
        return Evidence(
            llr=self.criterion.calibration.evidence(distance),
            near=distance <= self.threshold,
            quality=seen.quality.score,
            place=seen.detection.box,
        )


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


@dataclass(frozen=True, slots=True, eq=False)
class _Gallery:
    """The template (n, d), owner and strictness (n,) of every appearance of the running model."""

    names: tuple[str, ...]
    templates: Array
    strictness: Array

    @classmethod
    def of(cls, people: Sequence[Person], model_id: str, criterion: Criterion) -> "_Gallery":
        appearances = [
            (person.name, appearance)
            for person in people
            for appearance in person.appearances_of(model_id)
        ]
        return cls(
            tuple(name for name, _ in appearances),
            np.array([appearance.template for _, appearance in appearances], dtype=np.float32),
            np.array(
                [strictness(appearance, criterion.calibration) for _, appearance in appearances],
                dtype=np.float32,
            ),
        )
