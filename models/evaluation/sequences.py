"""The decision over frames, measured: clips of real people against templates of everybody.

Each clip is one visit. It is judged as `facelatch verify NAME` would, once for each person with a
template: for the person it shows that is a genuine trial, for every other an impostor trial. Beside
it stands what single frames of the same clips would decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import UsageError
from models.evaluation.intervals import Interval, clopper_pearson
from models.evaluation.metrics import Counts, Flags, Numbers
from models.scoring.calibration import Calibration, Criterion, criterion
from models.scoring.decision import Evidence, Rule, SequentialTest, Verdict, sequence_rule
from models.scoring.matching import centre, distances
from models.scoring.security import ATTEMPTS, Level
from models.types import MIN_QUALITY, Array

_NEVER = -1


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """The n frames of one clip. A frame without a face has a row of NaN and quality 0."""

    person: int
    times: Counts
    """(n,) seconds, rising."""
    embeddings: Array
    """(n, d)"""
    quality: Array
    """(n,) in [0, 1]"""


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Templates (p, d) of p people, with how much stricter than general each one is, (p,)."""

    people: Numbers
    templates: Array
    strictness: Array

    @classmethod
    def of(cls, evidence: Sequence[tuple[int, Array]], calibration: Calibration) -> "Gallery":
        """From each person's number and embeddings (n, d)."""
        return cls(
            np.array([person for person, _ in evidence], dtype=np.int32),
            np.stack([centre(rows, calibration.metric) for _, rows in evidence]),
            np.array([calibration.strictness(rows) for _, rows in evidence]),
        )


@dataclass(frozen=True, slots=True)
class Rate:
    """Errors among trials."""

    errors: int
    trials: int

    @property
    def share(self) -> float:
        """In [0, 1]."""
        return self.errors / self.trials

    @property
    def exact(self) -> Interval:
        """Clopper and Pearson's interval, as if trials were independent."""
        return clopper_pearson(self.errors, self.trials)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One level of security: the sequence's errors, and those of single frames."""

    level: Level
    threshold: float
    false_rejects: Rate
    false_accepts: Rate
    frame_false_rejects: Rate
    """Of single frames at the level's own threshold, as the next."""
    frame_false_accepts: Rate
    frame_frr_at_same_far: float | None
    """FRR of single frames at the threshold where as large a share of strangers gets in as by the
    sequence; None where no stranger got in by the sequence."""
    frames: Counts
    """Usable frames until each genuine match."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Distances of all frames of visits of n frames to all templates, beside which are genuine."""

    distances: Array
    """(visits, n, p), strictness and corrections included; infinite without a usable face."""
    times: Counts
    """(visits, n)"""
    quality: Array
    """(visits, n)"""
    genuine: Flags
    """(visits, p)"""


def measure(visits: Sequence[Visit], gallery: Gallery, calibration: Calibration) -> Measured:
    """Every frame against every template; raises UsageError where a kind of trial is missing."""
    people = np.array([visit.person for visit in visits], dtype=np.int32)
    genuine = people[:, None] == gallery.people[None]
    if not visits or not genuine.any() or genuine.all():
        raise UsageError("sequences need clips of people with a template, and two people at least")
    return Measured(
        np.stack([_to_templates(visit, gallery, calibration) for visit in visits]),
        np.stack([visit.times for visit in visits]),
        np.stack([visit.quality for visit in visits]),
        genuine,
    )


def judge(
    measured: Measured,
    calibration: Calibration,
    level: Level,
    *,
    visits: Sequence[Sequence[int]] | None = None,
) -> Outcome:
    """What verifications at `level` decide.

    `visits` says which of the n clips are the attempts of one visit, in their order: the first that
    matches ends it. None takes each clip for a visit.
    """
    decisive = criterion(calibration, level)
    rule = sequence_rule(far=decisive.share, toll=decisive.toll)
    decided, genuine = _decided(measured, decisive, rule), measured.genuine
    if visits is not None:
        decided = np.stack([_first(decided[list(attempts)]) for attempts in visits])
        genuine = np.stack([genuine[attempts[0]] for attempts in visits])
    strangers = ~genuine
    accepts = Rate(int((decided[strangers] != _NEVER).sum()), int(strangers.sum()))
    by_frame = measured.distances.transpose(0, 2, 1)
    near, far = by_frame[measured.genuine].ravel(), by_frame[~measured.genuine].ravel()
    matched = decided[genuine]
    return Outcome(
        level=level,
        threshold=decisive.threshold,
        false_rejects=Rate(int((matched == _NEVER).sum()), matched.size),
        false_accepts=accepts,
        frame_false_rejects=Rate(int((near > decisive.threshold).sum()), near.size),
        frame_false_accepts=Rate(int((far <= decisive.threshold).sum()), far.size),
        frame_frr_at_same_far=_frr_at(near, far, accepts.share),
        frames=matched[matched != _NEVER].astype(np.float64),
    )


def attempts_of_visits(clips: Sequence[Visit]) -> list[list[int]]:
    """Which of `clips` are attempts of one visit: up to `ATTEMPTS` of a person, in their order."""
    by_person: dict[int, list[int]] = {}
    for index, clip in enumerate(clips):
        by_person.setdefault(clip.person, []).append(index)
    return [
        own[start : start + ATTEMPTS]
        for own in by_person.values()
        for start in range(0, len(own), ATTEMPTS)
    ]


def joined(visits: Sequence[Visit]) -> list[Visit]:
    """Visits in which a person's appearance changes: halves of two clips of a person, in turn."""
    by_person: dict[int, list[Visit]] = {}
    for visit in visits:
        by_person.setdefault(visit.person, []).append(visit)
    return [
        _joined(own[index], own[index + 1])
        for own in by_person.values()
        for index in range(0, len(own) - 1, 2)
    ]


def _joined(one: Visit, other: Visit) -> Visit:
    half = one.times.size // 2
    step = one.times[1] - one.times[0]
    later = other.times[:half] - other.times[0] + one.times[half - 1] + step
    return Visit(
        one.person,
        np.concatenate([one.times[:half], later]),
        np.concatenate([one.embeddings[:half], other.embeddings[:half]]),
        np.concatenate([one.quality[:half], other.quality[:half]]),
    )


def _to_templates(visit: Visit, gallery: Gallery, calibration: Calibration) -> Array:
    added = calibration.corrections(visit.embeddings)[:, None]
    added = added + calibration.between(gallery.templates, visit.embeddings).T
    rows = [
        distances(embedding, gallery.templates, calibration.metric) + gallery.strictness + more
        for embedding, more in zip(visit.embeddings, added, strict=True)
    ]
    usable = visit.quality >= MIN_QUALITY
    return np.where(usable[:, None], np.stack(rows), np.inf).astype(np.float32)


def _decided(measured: Measured, decisive: Criterion, rule: Rule) -> Numbers:
    """Usable frames after which each visit matched each person, (visits, p); -1 for never."""
    decided = np.full(measured.genuine.shape, _NEVER, dtype=np.int32)
    # A match needs a frame within the threshold; almost no stranger has one.
    possible = (measured.distances <= decisive.threshold).any(axis=1)
    for visit, person in np.argwhere(possible):
        decided[visit, person] = _verified(
            measured.times[visit],
            measured.distances[visit, :, person],
            measured.quality[visit],
            decisive,
            rule,
        )
    return decided


def _first(attempts: Numbers) -> Numbers:
    """Of the first attempt (a, p) that matched each person, (p,); -1 for none."""
    matched = attempts != _NEVER
    first = np.take_along_axis(attempts, matched.argmax(axis=0)[None], axis=0)[0]
    return np.where(matched.any(axis=0), first, np.int32(_NEVER))


def _verified(
    times: Counts, to_template: Array, quality: Array, decisive: Criterion, rule: Rule
) -> int:
    test = SequentialTest(rule)
    for time, distance, good in zip(times, to_template, quality, strict=True):
        llr = decisive.calibration.evidence(float(distance))
        said = Evidence(llr, float(distance) <= decisive.threshold, float(good))
        verdict = test.observe(float(time), {"who": said})
        if verdict is not Verdict.UNDECIDED:
            return test.frames if verdict is Verdict.MATCH else _NEVER
    return _NEVER


def _frr_at(near: Array, far: Array, rate: float) -> float | None:
    accepted = int(rate * far.size)
    if accepted == 0:
        return None
    threshold = np.partition(far, accepted - 1)[accepted - 1]
    return float(np.mean(near > threshold))
