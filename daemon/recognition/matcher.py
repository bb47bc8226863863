"""Who is in a frame: its analysed faces beside the templates of the people enrolled."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from enroll.personal import strictness
from enroll.template import Person
from models.scoring.calibration import Criterion
from models.scoring.decision import Evidence
from models.scoring.matching import distances
from models.types import (
    MIN_QUALITY,
    Analysis,
    Array,
    Detection,
    Face,
    Metric,
    Quality,
)

COMPARABLE = 0.5
"""Of the largest usable face's area: from here on another usable face may as well be who asks.
Half the area is 1.4 times the distance from the camera: whoever sits beside, or leans in, is within
it; whoever stands a step behind somebody at a desk, or passes, is not."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceMatch:
    """One face of a frame, and what it is beside the templates where it was compared with them.

    `name` is the nearest person's only where `matched`; else None.
    """

    detection: Detection
    quality: Quality
    distance: float
    """To the nearest template; infinity where nobody is enrolled, or it was not compared."""
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

    `evidence` is what the frame says of everybody enrolled, by name: nothing where the embedding is
    held from an earlier frame. Only the face of `judged`, the largest usable one, was compared with
    anybody; it is None where there is none, and where `crowded`: where another face may be of who
    sits here.
    """

    faces: tuple[FaceMatch, ...]
    stages_ms: Mapping[str, float]
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    judged: FaceMatch | None = None
    crowded: bool = False


def names_in(observation: Observation) -> frozenset[str]:
    """The name that the judged face of a frame matched, if it did."""
    judged = observation.judged
    return frozenset() if judged is None or judged.name is None else frozenset({judged.name})


def judged_face(faces: Sequence[Face]) -> tuple[Face | None, bool]:
    """Of the faces of a frame that of who sits here, and whether nobody can tell whose that is.

    It is the largest usable one. Nobody can tell where another usable one is of comparable size, or
    one that is not usable is larger: whoever turns away still sits in front.
    """
    usable = [face for face in faces if face.quality.score >= MIN_QUALITY]
    largest = max(usable, key=_area, default=None)
    if largest is None:
        return None, False
    others = [face for face in usable if face is not largest]
    crowded = any(_area(face) >= COMPARABLE * _area(largest) for face in others) or any(
        _area(face) > _area(largest) for face in faces
    )
    return (None, True) if crowded else (largest, False)


def _area(face: Face) -> float:
    return face.detection.box.area


class Matcher:
    """Matches analysed faces with people. Pure but for the milliseconds it takes.

    Only appearances made by the running embedder, `model_id`, count; an appearance's own threshold
    may be stricter than that of `criterion`, which must be of the same embedder.
    """

    def __init__(
        self, people: Sequence[Person], *, model_id: str, metric: Metric, criterion: Criterion
    ) -> None:
        self.criterion = criterion
        self.metric: Metric = metric
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
        """What the face of who sits here says of everybody; no other is compared."""
        started = time.perf_counter()
        largest, crowded = judged_face(analysis.faces)
        found = None if largest is None else self._match_face(largest)
        faces = tuple(
            found[0] if found is not None and face is largest else _uncompared(face)
            for face in analysis.faces
        )
        judged = None if found is None else found[0]
        # An embedding that was weighed already says nothing a second time.
        anew = found is not None and largest is not None and not largest.held
        evidence = self._evidence(*found) if found is not None and anew else {}
        matching = (time.perf_counter() - started) * 1e3
        return Observation(
            faces, {**analysis.stages_ms, "match": matching}, evidence, judged, crowded
        )

    def compare(self, analysis: Analysis) -> tuple[FaceMatch, ...]:
        """Each face by itself: who is there, whoever sits in front. Never to let anybody in."""
        return tuple(self._match_face(face)[0] for face in analysis.faces)

    def _match_face(self, face: Face) -> tuple[FaceMatch, dict[str, float]]:
        """The face as it is matched, and its distance to everybody, with what makes it stricter."""
        gallery = self._gallery
        if not gallery.names:
            return FaceMatch(face.detection, face.quality, float("inf"), False, None), {}
        to_each = distances(face.embedding, gallery.templates, self.metric)
        # A face that resembles strangers at large must come nearer.
        calibration = self.criterion.calibration
        to_each += np.float32(calibration.corrections(face.embedding)[0])
        # What two faces have of a whole group says nothing of who they are.
        shared = calibration.between(gallery.templates, face.embedding)[:, 0]
        to_each += shared.astype(np.float32)
        # What is taken off for whom few resemble makes nobody nearer than near.
        to_each = np.maximum(to_each, np.float32(0.0))
        strict = np.maximum(to_each + gallery.strictness, 0.0)
        nearest = int(np.argmin(strict))
        matched = bool(strict[nearest] <= self.threshold)
        name = gallery.names[nearest] if matched else None
        seen = FaceMatch(face.detection, face.quality, float(to_each[nearest]), matched, name)
        to_person: dict[str, float] = {}
        for owner, distance in zip(gallery.names, strict, strict=True):
            to_person[owner] = min(float(distance), to_person.get(owner, float("inf")))
        return seen, to_person

    def _evidence(self, seen: FaceMatch, to_person: Mapping[str, float]) -> dict[str, Evidence]:
        """What the judged face says; who has no appearance is infinitely far."""
        calibration = self.criterion.calibration
        to_each = {name: to_person.get(name, float("inf")) for name in self._everybody}
        return {
            name: Evidence(
                llr=calibration.evidence(distance),
                near=distance <= self.threshold,
                quality=seen.quality.score,
                place=seen.detection.box,
            )
            for name, distance in to_each.items()
        }


def _uncompared(face: Face) -> FaceMatch:
    return FaceMatch(face.detection, face.quality, float("inf"), False, None)


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
