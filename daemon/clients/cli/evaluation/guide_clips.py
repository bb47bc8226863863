"""`facelatch evaluate enrolment`: what the guide's choice of pictures is worth.

Clips of people from the folder, four photos of other days each, are enrolled by the guide, from
their first five frames, and from five frames spread evenly. The person's other photos are genuine
probes, everybody else's photos are strangers. Clips of two people show whether one
appearance of both could be made.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from daemon.clients.cli import output, progress
from daemon.clients.cli.prepare import load_or_prepare
from daemon.errors import SourceError
from daemon.recognition.observe import analyse, guide_observation
from daemon.sources.base import Frame
from daemon.sources.demo import PhotoClip
from daemon.sources.pictures import read_picture
from enroll.errors import EnrollError
from enroll.guide.guide import Guide, Observation
from enroll.guide.summary import expected_misses
from enroll.personal import strictness
from enroll.template import Appearance, now
from models import calibrations, zoo
from models.detectors.following import FollowingDetector
from models.errors import UsageError
from models.evaluation import collect
from models.evaluation.collect import Collection
from models.evaluation.intervals import clopper_pearson
from models.evaluation.metrics import Flags
from models.evaluation.people import People, read_people
from models.evaluation.pictures import PictureEmbedder, central_face
from models.evaluation.workbench import data_name
from models.pipeline import FacePipeline
from models.quality import MIN_QUALITY
from models.scoring.calibration import Calibration
from models.scoring.matching import centre, distances
from models.scoring.security import STANDARD
from models.types import Array, Detector, Embedder

PHOTOS = 4
"""Of a clip; of people with two more at least, who are the probes."""
SECONDS, FPS = 10.0, 15.0
FAR = 1e-4
_FEW = 5
_MIN_FACE = 60
_SEED = 0

Choice = Callable[[Sequence[Observation]], Array]


@dataclass(frozen=True, slots=True, eq=False)
class Visitor:
    """A person: number, the clip's frames, rows of the photos that are probes."""

    person: int
    seen: tuple[Observation, ...]
    probes: tuple[int, ...]


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
    def turned_away(self) -> int:
        """Probes of refused people."""
        return int(np.isinf(self.genuine).sum())

    @property
    def probes(self) -> int:
        """Probes of people who were enrolled."""
        return int(self.genuine.size) - self.turned_away

    def missed(self) -> int:
        """Probes not recognised there, those of refused people among them."""
        return int((self.genuine > self.threshold).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
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
        if cohort is not None:
            corrected += cohort.strictness(enrolled, metric)
        return np.asarray(corrected, dtype=np.float32)

    def strangers(self, person: int) -> Flags:
        """Usable photos of everybody else."""
        usable = self.collection.detected & (self.collection.quality >= MIN_QUALITY)
        others: Flags = self.people.person != person
        return np.asarray(usable & others)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    report = measure(arguments)
    if arguments.json:
        output.print_json(report)
        return 0
    print(
        f"{report['embedder']} ({report['precision']}): {report['people']} people of "
        f"{report['data']}, a clip of {PHOTOS} photos each, {report['probes']} other photos to "
        f"recognise, {report['strangers']} comparisons with strangers\n"
    )
    output.print_table([_row(one) for one in report["enrolments"]])
    print(f"\n{_conclusion(report)}")
    return 0


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """The report as JSON; raises UsageError, ModelError."""
    people = read_people(arguments.images)
    embedder = load_or_prepare(
        lambda: zoo.load_embedder(arguments.embedder, precision=arguments.precision)
    )
    photos = load_or_prepare(
        lambda: zoo.load_detector(arguments.detector, min_face=arguments.min_face)
    )
    moving = load_or_prepare(lambda: zoo.load_detector(arguments.detector, min_face=_MIN_FACE))
    collection = _embed(people, embedder, photos, arguments)
    visitors = list(_visitors(people, collection, embedder, photos, moving))
    if len(visitors) < 2:
        raise UsageError(
            f"{len(visitors)} people have {PHOTOS + 2} usable pictures", "the guide needs two"
        )
    calibration = calibrations.load(embedder)
    ground = Ground(people, collection, calibration)
    outcomes = {
        name: _outcome(choice, visitors, ground) for name, choice in _choices(embedder).items()
    }
    first, guided = outcomes["first five frames"], outcomes["the guide"]
    return {
        "embedder": embedder.name,
        "precision": embedder.precision,
        "data": arguments.data or data_name(arguments.images),
        "people": len(visitors),
        "probes": int(first.genuine.size),
        "strangers": int(first.strangers.size),
        "far": FAR,
        "enrolments": [_to_json(name, one) for name, one in outcomes.items()],
        "lower_by": _lower(guided.missed() - guided.turned_away, guided.probes, first),
        "lower_by_with_refused": _lower(guided.missed(), first.genuine.size, first),
        "expectation": _expectation(visitors, ground, embedder),
        "two_people": _two_people(visitors, embedder),
    }


def _lower(missed: int, probes: int, first: Outcome) -> float:
    """By what share of the first five frames' false rejects this is lower; negative: higher."""
    usual = max(first.missed(), 1) / first.genuine.size
    return round(1.0 - missed / max(probes, 1) / usual, 4)


def _embed(
    people: People, embedder: Embedder, detector: Detector, arguments: argparse.Namespace
) -> Collection:
    cache = collect.open_cache(embedder, detector.name, min_face=arguments.min_face)
    embed = PictureEmbedder(detector, embedder)
    with progress.counting("embedding pictures") as counter:
        return collect.collect(people.paths, read_picture, embed, cache, progress=counter)


def _visitors(
    people: People,
    collection: Collection,
    embedder: Embedder,
    photos: Detector,
    moving: Detector,
) -> Iterator[Visitor]:
    """Everybody with enough usable photos, in an order drawn from a seed."""
    usable = collection.detected & (collection.quality >= MIN_QUALITY)
    rng = np.random.default_rng(_SEED)
    rows = [np.flatnonzero((people.person == one) & usable) for one in range(len(people.names))]
    enough = [one for one, own in enumerate(rows) if len(own) >= PHOTOS + 2]
    with progress.counting("playing clips") as counter:
        for done, person in enumerate(enough, 1):
            drawn = [int(row) for row in rng.permutation(rows[person])]
            clip = _clip(people, drawn[:PHOTOS], photos, seed=person)
            if clip is not None:
                pipeline = FacePipeline(FollowingDetector(moving), embedder, max_faces=2)
                seen = tuple(_played(clip, pipeline, person))
                yield Visitor(person, seen, tuple(drawn[PHOTOS:]))
            counter(done, len(enough))


def _clip(people: People, rows: list[int], photos: Detector, *, seed: int) -> PhotoClip | None:
    try:
        images = [read_picture(people.paths[row]) for row in rows]
    except SourceError:
        return None
    faces = [central_face(photos.detect(image), image) for image in images]
    boxes = [face.box for face in faces if face is not None]
    if len(boxes) < len(images):
        return None
    return PhotoClip(images, faces=boxes, seconds=SECONDS, fps=FPS, seed=seed)


def _played(clip: PhotoClip, pipeline: FacePipeline, person: int) -> Iterator[Observation]:
    for index in range(clip.frame_count):
        frame = Frame(clip.frame_at(index), index / FPS, index, f"{person}/{index}")
        yield guide_observation(analyse(pipeline, frame))


def _choices(embedder: Embedder) -> dict[str, Choice]:
    return {
        "first five frames": lambda seen: _faces(seen)[:_FEW],
        "five frames, evenly spread": lambda seen: _spread(_faces(seen)),
        "the guide": lambda seen: _guided(seen, embedder).choose(fewest=1).embeddings,
    }


def _faces(seen: Sequence[Observation]) -> Array:
    return np.stack([one.sample.embedding for one in seen if one.sample is not None])


def _spread(faces: Array) -> Array:
    return np.asarray(faces[np.linspace(0, len(faces) - 1, _FEW).round().astype(int)])


def _guided(seen: Sequence[Observation], embedder: Embedder) -> Guide:
    guide = Guide(threshold=embedder.threshold, metric=embedder.metric)
    for one in seen:
        guide.observe(one)
        if guide.complete or guide.changed:
            break
    return guide


def _outcome(choice: Choice, visitors: Sequence[Visitor], ground: Ground) -> Outcome:
    genuine, strangers, refused = [], [], 0
    for visitor in visitors:
        try:
            to_all = ground.to_each(choice(visitor.seen))
        except EnrollError:
            refused += 1
            genuine.append(np.full(len(visitor.probes), np.inf, dtype=np.float32))
            continue
        genuine.append(to_all[list(visitor.probes)])
        strangers.append(to_all[ground.strangers(visitor.person)])
    if not strangers:
        raise UsageError("nobody could be enrolled")
    return Outcome(np.concatenate(genuine), np.concatenate(strangers), refused)


def _to_json(name: str, outcome: Outcome) -> dict[str, Any]:
    missed, probes = outcome.missed(), int(outcome.genuine.size)
    interval = clopper_pearson(missed, probes)
    of_enrolled = (missed - outcome.turned_away) / max(outcome.probes, 1)
    return {
        "enrolment": name,
        "frr": round(missed / probes, 4),
        "frr_low": round(interval.low, 4),
        "frr_high": round(interval.high, 4),
        "frr_of_enrolled": round(of_enrolled, 4),
        "refused": outcome.refused,
        "threshold": round(outcome.threshold, 4),
    }


def _row(one: dict[str, Any]) -> dict[str, object]:
    return {
        "enrolled from": one["enrolment"],
        f"FRR at FAR {FAR:g}": f"{one['frr']:.1%} ({one['frr_low']:.1%} to {one['frr_high']:.1%})",
        "of those enrolled": f"{one['frr_of_enrolled']:.1%}",
        "people refused": one["refused"],
    }


def _expectation(
    visitors: Sequence[Visitor], ground: Ground, embedder: Embedder
) -> dict[str, float]:
    """What enrolments promise at the standard level, and what came of it."""
    expected, missed, probes = 0.0, 0, 0
    usual = ground.calibration.threshold(STANDARD.far)
    for visitor in visitors:
        try:
            chosen = _guided(visitor.seen, embedder).choose(fewest=1)
        except EnrollError:
            continue
        appearance = Appearance(
            "default", now(), embedder.model_id, embedder.metric, chosen.embeddings
        )
        near = ground.to_each(chosen.embeddings)[list(visitor.probes)]
        share = expected_misses(
            appearance,
            threshold=usual - strictness(appearance, ground.calibration),
            calibration=ground.calibration,
            level=STANDARD,
        )
        expected += share * len(visitor.probes)
        missed += int((near > usual).sum())
        probes += len(visitor.probes)
    return {"expected": round(expected / probes, 4), "missed": round(missed / probes, 4)}


def _two_people(visitors: Sequence[Visitor], embedder: Embedder) -> dict[str, int]:
    """Clips in which another person takes over, comes in turn, or passes by."""
    tried = both = refused = 0
    for one, other in zip(visitors, [*visitors[1:], visitors[0]], strict=True):
        for strip in _strips(one.seen, other.seen):
            tried += 1
            guide = _guided(strip, embedder)
            try:
                kept = guide.choose(fewest=1).kept
            except EnrollError:
                refused += 1
                continue
            both += len({guide.samples[row].label.split("/")[0] for row in kept}) > 1
    return {"clips": tried, "refused": refused, "appearances_of_both": both}


def _strips(
    one: Sequence[Observation], other: Sequence[Observation]
) -> Iterator[list[Observation]]:
    half, few = len(one) // 2, len(one) // 15
    turns = [seen for pair in zip(one, other, strict=False) for seen in pair][: len(one)]
    for strip in (
        [*one[:half], *other[half:]],
        turns,
        [*one[:few], *other[few:]],
        [*one[:half], *other[:few], *one[half:]],
    ):
        yield [replace(seen, time=number / FPS) for number, seen in enumerate(strip)]


def _conclusion(report: dict[str, Any]) -> str:
    promise, pairs = report["expectation"], report["two_people"]
    return (
        f"Of the people it enrols the guide misses {report['lower_by']:.0%} fewer than the first "
        f"five frames do; {report['lower_by_with_refused']:.0%} fewer with all whom it "
        f"refuses counted as missed.\nIts enrolments expect to miss {promise['expected']:.1%} at "
        f"security standard; they missed {promise['missed']:.1%}.\nOf {pairs['clips']} clips of "
        f"two people {pairs['refused']} are refused, {pairs['appearances_of_both']} made an "
        "appearance of both."
    )
