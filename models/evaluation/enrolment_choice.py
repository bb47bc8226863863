"""What one way to choose the pictures of an enrolment is worth, against others.

People are enrolled from a clip of some of their photos; their other photos are genuine probes,
everybody else's are strangers. Who chooses, and how, is the caller's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.errors import FacelatchError, UsageError
from models.evaluation.collect import Collection
from models.evaluation.intervals import clopper_pearson
from models.evaluation.metrics import Flags
from models.evaluation.people import People
from models.evaluation.pictures import central_face
from models.evaluation.workbench import Workbench
from models.scoring.calibration import Calibration
from models.scoring.matching import centre, distances
from models.synthetic.clip import DrawnClip, photo_shots
from models.types import MIN_QUALITY, Array

PHOTOS = 4
"""Of a clip; of people with two more at least, who are the probes."""
SECONDS, FPS = 10.0, 15.0
FAR = 1e-4
MIN_FACE = 60
"""Of the detector in clips, as of a camera's; pixels."""
_SEED = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """A person: number, rows of the photos for the clip, rows of the photos that are probes."""

    person: int
    photos: tuple[int, ...]
    probes: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Enrolled:
    """What was chosen of one person's clip, n x d; None where the enrolment was refused."""

    subject: Subject
    embeddings: Array | None


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One way to enrol: distances of genuine probes (infinity where refused) and strangers."""

    genuine: Array
    strangers: Array
    refused: int

    @property
    def threshold(self) -> float:
        """Where one stranger in 1 / FAR comes as near."""
        return float(np.partition(self.strangers, most := int(FAR * self.strangers.size))[most])

    @property
    def probes_of_refused(self) -> int:
        """Probes of refused people."""
        return int(np.isinf(self.genuine).sum())

    @property
    def probes(self) -> int:
        """Probes of people who were enrolled."""
        return int(self.genuine.size) - self.probes_of_refused

    def missed(self) -> int:
        """Probes not recognised there, those of refused people among them."""
        return int((self.genuine > self.threshold).sum())


@dataclass(frozen=True, slots=True, eq=False)
class PhotoDistances:
    """Everybody's photos, and how they are told apart."""

    people: People
    collection: Collection
    calibration: Calibration

    def to_each(self, enrolled: Array) -> Array:
        """How far each photo is from an appearance of the rows `enrolled`, as it counts in use."""
        metric, cohort = self.calibration.metric, self.calibration.cohort
        rows = self.collection.embeddings
        to_all = distances(centre(enrolled, metric), rows, metric)
        corrected = to_all + self.calibration.corrections(rows)
        corrected += self.calibration.between(centre(enrolled, metric), rows)[0]
        if cohort is not None:
            corrected += cohort.strictness(enrolled, metric)
        return np.asarray(corrected, dtype=np.float32)

    def strangers(self, person: int) -> Flags:
        """Usable photos of everybody else."""
        others: Flags = self.people.person != person
        return np.asarray(usable(self.collection) & others)


def usable(collection: Collection) -> Flags:
    """Photos with a face that is good enough to decide on."""
    return np.asarray(collection.detected & (collection.quality >= MIN_QUALITY))


def subjects(people: People, collection: Collection) -> list[Subject]:
    """Everybody with enough usable photos, in an order drawn from a seed."""
    good = usable(collection)
    rng = np.random.default_rng(_SEED)
    made = []
    for person in range(len(people.names)):
        rows = np.flatnonzero((people.person == person) & good)
        if len(rows) >= PHOTOS + 2:
            drawn = [int(row) for row in rng.permutation(rows)]
            made.append(Subject(person, tuple(drawn[:PHOTOS]), tuple(drawn[PHOTOS:])))
    return made


def clip_of(bench: Workbench, people: People, subject: Subject) -> DrawnClip | None:
    """The clip of a subject's photos; None where one cannot be read or shows no face."""
    try:
        images = [bench.read(people.paths[row]) for row in subject.photos]
    except FacelatchError:  # whatever the reader raises
        return None
    faces = [central_face(bench.detector.detect(image), image) for image in images]
    boxes = [face.box for face in faces if face is not None]
    if len(boxes) < len(images):
        return None
    shots = photo_shots(images, faces=boxes, seconds=SECONDS)
    return DrawnClip(shots, fps=FPS, seed=subject.person)


def outcome(enrolments: Sequence[Enrolled], photos: PhotoDistances) -> Outcome:
    """Of one way to enrol; raises UsageError where nobody could be enrolled."""
    genuine, strangers = [], []
    for one in enrolments:
        if one.embeddings is None:
            genuine.append(np.full(len(one.subject.probes), np.inf, dtype=np.float32))
            continue
        to_all = photos.to_each(one.embeddings)
        genuine.append(to_all[list(one.subject.probes)])
        strangers.append(to_all[photos.strangers(one.subject.person)])
    if not strangers:
        raise UsageError("nobody could be enrolled")
    refused = sum(one.embeddings is None for one in enrolments)
    return Outcome(np.concatenate(genuine), np.concatenate(strangers), refused)


def outcome_json(name: str, found: Outcome) -> dict[str, Any]:
    """One way to enrol, for the report."""
    missed, probes = found.missed(), int(found.genuine.size)
    interval = clopper_pearson(missed, probes)
    of_enrolled = (missed - found.probes_of_refused) / max(found.probes, 1)
    return {
        "enrolment": name,
        "frr": round(missed / probes, 4),
        "frr_low": round(interval.low, 4),
        "frr_high": round(interval.high, 4),
        "frr_of_enrolled": round(of_enrolled, 4),
        "refused": found.refused,
        "threshold": round(found.threshold, 4),
    }


def compared(first: Outcome, guided: Outcome) -> dict[str, float]:
    """By what share of the false rejects of `first` those of `guided` are fewer, both ways."""
    return {
        "lower_by": _lower(guided.missed() - guided.probes_of_refused, guided.probes, first),
        "lower_by_with_refused": _lower(guided.missed(), guided.genuine.size, first),
    }


def rows(report: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """The table of a report: a row for each way to enrol."""
    for one in report["enrolments"]:
        interval = f"{one['frr']:.1%} ({one['frr_low']:.1%} to {one['frr_high']:.1%})"
        yield {
            "enrolled from": one["enrolment"],
            f"FRR at FAR {FAR:g}": interval,
            "of those enrolled": f"{one['frr_of_enrolled']:.1%}",
            "people refused": one["refused"],
        }


def _lower(missed: int, probes: int, first: Outcome) -> float:
    """By what share of the misses of `first` this is lower; negative: higher."""
    usual = max(first.missed(), 1) / first.genuine.size
    return round(1.0 - missed / max(probes, 1) / usual, 4)
