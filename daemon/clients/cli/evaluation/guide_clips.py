"""Clips of people, enrolled by the guide and from plain frames: how well, and of one person only.

The figures are of `models.evaluation.enrolment_choice`; this brings the guide, which lies above it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from daemon.recognition.frames import guide_observation
from daemon.recognition.observe import analyse
from daemon.sources.base import Frame
from enroll.errors import EnrollError
from enroll.guide.guide import Guide, Observation
from enroll.guide.summary import expected_misses
from enroll.personal import strictness
from enroll.template import Appearance, now
from models import calibrations
from models.detectors.following import FollowingDetector
from models.errors import UsageError
from models.evaluation import enrolment_choice
from models.evaluation.enrolment_choice import FAR, FPS, PHOTOS, Enrolled, PhotoDistances, Subject
from models.evaluation.people import People
from models.evaluation.workbench import Workbench
from models.pipeline import FacePipeline
from models.scoring.security import STANDARD
from models.synthetic.clip import DrawnClip
from models.types import Array, Detector, Embedder

_FEW = 5

Choice = Callable[[Sequence[Observation]], Array]


@dataclass(frozen=True, slots=True, eq=False)
class Visitor:
    """A person, and what the frames of the clip show."""

    subject: Subject
    seen: tuple[Observation, ...]


def measure(
    bench: Workbench, people: People, embedder: Embedder, moving: Detector, *, data: str
) -> dict[str, Any]:
    """The report as JSON. `moving` finds faces in clips. Raises UsageError, ModelError."""
    collection = bench.collect(people, embedder)
    subjects = enrolment_choice.subjects(people, collection)
    visitors = list(_visitors(bench, people, subjects, embedder, moving))
    if len(visitors) < 2:
        raise UsageError(
            f"{len(visitors)} people have {PHOTOS + 2} usable pictures", "the guide needs two"
        )
    photos = PhotoDistances(people, collection, calibrations.load(embedder))
    outcomes = {
        name: enrolment_choice.outcome([_enrolled(one, choice) for one in visitors], photos)
        for name, choice in _choices(embedder).items()
    }
    first, guided = outcomes["first five frames"], outcomes["the guide"]
    return {
        "embedder": embedder.name,
        "precision": embedder.precision,
        "data": data,
        "people": len(visitors),
        "probes": int(first.genuine.size),
        "strangers": int(first.strangers.size),
        "far": FAR,
        "enrolments": [enrolment_choice.outcome_json(name, one) for name, one in outcomes.items()],
        **enrolment_choice.compared(first, guided),
        "expectation": _expectation(visitors, photos, embedder),
        "two_people": _two_people(visitors, embedder),
    }


def _visitors(
    bench: Workbench,
    people: People,
    subjects: Sequence[Subject],
    embedder: Embedder,
    moving: Detector,
) -> Iterator[Visitor]:
    with bench.counting("playing clips") as counter:
        for done, subject in enumerate(subjects, 1):
            clip = enrolment_choice.clip_of(bench, people, subject)
            if clip is not None:
                pipeline = FacePipeline(FollowingDetector(moving), embedder, max_faces=2)
                yield Visitor(subject, tuple(_played(clip, pipeline, subject.person)))
            counter(done, len(subjects))


def _played(clip: DrawnClip, pipeline: FacePipeline, person: int) -> Iterator[Observation]:
    for index in range(clip.frame_count):
        frame = Frame(clip.frame_at(index), index / FPS, index, f"{person}/{index}")
        yield guide_observation(analyse(pipeline, frame))


def _enrolled(visitor: Visitor, choice: Choice) -> Enrolled:
    try:
        return Enrolled(visitor.subject, choice(visitor.seen))
    except EnrollError:
        return Enrolled(visitor.subject, None)


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


def _expectation(
    visitors: Sequence[Visitor], photos: PhotoDistances, embedder: Embedder
) -> dict[str, float]:
    """What enrolments promise at the standard level, and what came of it."""
    expected, missed, probes = 0.0, 0, 0
    usual = photos.calibration.threshold(STANDARD.far)
    for visitor in visitors:
        try:
            chosen = _guided(visitor.seen, embedder).choose(fewest=1)
        except EnrollError:
            continue
        appearance = Appearance(
            "default", now(), embedder.model_id, embedder.metric, chosen.embeddings
        )
        near = photos.to_each(chosen.embeddings)[list(visitor.subject.probes)]
        share = expected_misses(
            appearance,
            threshold=usual - strictness(appearance, photos.calibration),
            calibration=photos.calibration,
            level=STANDARD,
        )
        expected += share * len(visitor.subject.probes)
        missed += int((near > usual).sum())
        probes += len(visitor.subject.probes)
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


def conclusion(report: dict[str, Any]) -> str:
    """What it comes to, in sentences."""
    promise, pairs = report["expectation"], report["two_people"]
    return (
        f"Of the people it enrols the guide misses {report['lower_by']:.0%} fewer than the first "
        f"five frames do; {report['lower_by_with_refused']:.0%} fewer with all whom it "
        f"refuses counted as missed.\nIts enrolments expect to miss {promise['expected']:.1%} at "
        f"security standard; they missed {promise['missed']:.1%}.\nOf {pairs['clips']} clips of "
        f"two people {pairs['refused']} are refused, {pairs['appearances_of_both']} made an "
        "appearance of both."
    )
