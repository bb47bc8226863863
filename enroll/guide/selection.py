"""Chooses the frames an enrolment keeps: good, varied, and all of one person. Pure NumPy."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from enroll.errors import EnrollError
from models.errors import UsageError
from models.pose import pose
from models.scoring.matching import distances
from models.types import MIN_QUALITY, Analysis, Array, Detection, Embedding, Metric, Quality

MOST_KEPT = 10
"""More frames hardly move the centre of an appearance."""

GOOD_QUALITY = 0.5
"""Frames below it are kept only where there are none above."""

_MOST_TURNED = 35.0
"""Degrees. Beyond it a man alone (`spoof/pairs/b_live.mov`) is as far from his other pictures as
somebody else: such pictures are left out, and nobody is accused for them."""

_MOST_SAMPLES = 400
# A second face of this share of the largest one's area could be the one meant.
_COMPARABLE = 0.35
Flags = npt.NDArray[np.bool_]

DUPLICATE = 0.15
"""Share of the threshold, as a length (see `lengths`): frames nearer to each other are one moment,
and what they would add to the centre is noise."""
# A share as well. Frames nearer than it are one person: of 6,000 pairs of different people of the
# LFW half none was, for any embedder.
_SURELY_SAME = 0.75
# Measured on 110 people of the LFW half at a threshold of 0.6: of sets of 2 to 4 pictures of one
# person, 0 to 3 in 100 are refused. One picture of somebody else among 3 is let in in 0.2 of 100
# by mobilefacenet and in 5 by resnet, whose 0.6 is lax: at 0.5 it lets 0.2 in and refuses 4 to 7.
_MOST_SLACK = 1.1
_PICTURES_OF_THRESHOLD = 5
# One frame in ten may be a stray, a passer-by: it is left out. More, or several that agree with
# each other, are another person.
_STRAY_SHARE = 0.1
_ANOTHER_PERSON = 3
# Two groups whose pictures are on average farther than that from each other, in shares of the
# threshold as a length, are two people. Of 600 sets each of 2, 3 and 5 pictures of two people of
# the LFW half it lets 0 pass (mobilefacenet) and 0 to 2 (resnet), where looking for strays alone
# lets 243 to 351 and 19 to 31 pass; of sets of 4 to 6 pictures of one person it refuses at most one
# in 90 more.
_TWO_PEOPLE = 1.15
_FEWEST_TO_HALVE = 4
_MOST_ROUNDS = 10
_LARGEST_COMPONENT = 1e4


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The largest face of one frame. `embedding` is (d,) float32; `faces` counts comparable ones.

    `label` is what a person would call the frame: a file's name, a number. `turned` is by how many
    degrees the head is turned or tilted, 0 where nobody measured it.
    """

    embedding: Embedding
    quality: Quality
    faces: int = 1
    label: str = ""
    turned: float = 0.0

    @classmethod
    def of(cls, analysis: Analysis, *, label: str = "") -> "Sample | None":
        """The sample of an analysed frame, None where it shows no face."""
        if not analysis.faces:
            return None
        areas = [face.detection.box.area for face in analysis.faces]
        largest = analysis.faces[int(np.argmax(areas))]
        comparable = sum(area >= _COMPARABLE * max(areas) for area in areas)
        return cls(
            largest.embedding, largest.quality, comparable, label, _turned(largest.detection)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What an enrolment keeps: `embeddings` (n, d) float32, most typical first."""

    embeddings: Array
    kept: tuple[int, ...]
    """Which samples these are."""
    rejected: Counter[str]
    """How many samples were left out, by reason in words."""


def choose(
    samples: Sequence[Sample], *, threshold: float, metric: Metric, most: int = MOST_KEPT
) -> Selection:
    """The frames to keep, at most `most`; one good one is enough.

    `threshold` is the embedder's, in `metric`. Raises EnrollError where no frame is usable or
    where they show more than one person; UsageError for a `threshold` or `most` out of bounds.
    """
    if not (0.0 < threshold <= 2.0) or most < 1:
        raise UsageError("an enrolment needs a threshold in (0, 2] and keeps at least one frame")
    rejected: Counter[str] = Counter()
    usable = _usable(samples, rejected)
    embeddings = np.stack([samples[index].embedding for index in usable])
    gaps = _gaps(embeddings, metric)
    reach = length(threshold, metric)
    one_person, strays = _one_person(embeddings, reach, metric)
    called = [_called(samples, index) for index in usable]
    _check_strays(gaps, strays, reach, called)
    _check_halves(
        embeddings[one_person], [called[row] for row in one_person], reach=reach, metric=metric
    )
    if strays:
        rejected["unlike the others"] += len(strays)
    scores = np.array([samples[index].quality.score for index in usable], dtype=np.float32)
    kept = _spread(gaps, one_person, scores, least=DUPLICATE * reach, most=most)
    rejected["much like another"] += len(one_person) - len(kept)
    indices = tuple(usable[n] for n in kept)
    return Selection(embeddings[kept], indices, +rejected)


def _usable(samples: Sequence[Sample], rejected: Counter[str]) -> list[int]:
    """Indices of samples worth looking at; counts the others by reason."""
    passing = []
    for index, sample in enumerate(samples):
        reasons = objections(sample)
        rejected.update(reasons[:1])
        if not reasons:
            passing.append(index)
    if not passing:
        raise _nothing_usable(rejected)
    passing = _facing(samples, passing, rejected)
    good = [index for index in passing if samples[index].quality.score >= GOOD_QUALITY]
    if good and len(good) < len(passing):
        rejected["not as good as the others"] += len(passing) - len(good)
    chosen = good or passing
    if len(chosen) > _MOST_SAMPLES:
        steps = np.linspace(0, len(chosen) - 1, _MOST_SAMPLES).round().astype(int)
        rejected["more than needed"] += len(chosen) - _MOST_SAMPLES
        chosen = [chosen[step] for step in steps]
    return chosen


def _facing(samples: Sequence[Sample], passing: list[int], rejected: Counter[str]) -> list[int]:
    """Those of `passing` that look far enough toward the camera to be told from somebody else."""
    facing = [index for index in passing if samples[index].turned <= _MOST_TURNED]
    if not facing:
        return passing
    if len(facing) < len(passing):
        rejected["turned too far"] += len(passing) - len(facing)
    return facing


def _turned(detection: Detection) -> float:
    if not detection.landmarks_measured or not np.isfinite(detection.landmarks).all():
        return 0.0
    head = pose(detection.landmarks)
    return max(abs(head.yaw), abs(head.pitch))


def objections(sample: Sample) -> tuple[str, ...]:
    """Why `sample` cannot be used, worst first; nothing where it can."""
    if sample.faces > 1:
        return ("two faces in the picture",)
    if not MIN_QUALITY <= sample.quality.score <= 1.0:
        return sample.quality.reasons or ("poor picture",)
    # Components of real embeddings stay below 10; NaN, which no comparison holds for, is refused.
    if not (np.abs(sample.embedding) <= _LARGEST_COMPONENT).all() or not sample.embedding.any():
        return ("poor picture",)
    return ()


def _nothing_usable(rejected: Counter[str]) -> EnrollError:
    if not rejected:
        return EnrollError("no face was found", "look into the camera, with light on your face")
    (reason, _), *_ = rejected.most_common()
    if reason == "two faces in the picture":
        return EnrollError("every picture shows two faces", "enrol one person at a time")
    return EnrollError(f"no picture is good enough: {reason}", "improve that and try again")


def _one_person(embeddings: Array, reach: float, metric: Metric) -> tuple[list[int], list[int]]:
    """Rows of one person, most typical first, and the strays.

    The row farthest from the centre of the others is a stray where it is beyond reach; then again
    without it.
    """
    kept = list(range(len(embeddings)))
    strays: list[int] = []
    while True:
        outward = _from_centre_of_others(embeddings[kept], metric)
        worst = int(np.argmax(outward))
        others = len(kept) - 1
        if others == 0 or outward[worst] <= reach * _slack(others):
            return [kept[row] for row in np.argsort(outward, kind="stable")], sorted(strays)
        strays.append(kept.pop(worst))


def _from_centre_of_others(embeddings: Array, metric: Metric) -> Array:
    """Length of each row (n, d) to the centre of the other rows, (n,); 0 for a lone row."""
    count = len(embeddings)
    if count == 1:
        return np.zeros(1, dtype=np.float32)
    if metric == "cosine":
        embeddings = _directions(embeddings)
    centres = (embeddings.sum(axis=0) - embeddings) / (count - 1)
    each = [
        distances(row, centre[None], metric)[0]
        for row, centre in zip(embeddings, centres, strict=True)
    ]
    return lengths(np.array(each, dtype=np.float32), metric)


def _directions(embeddings: Array) -> Array:
    """Rows (n, d) of length 1; of one too short to have a direction in float32 any length below."""
    norms = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(norms, np.finfo(np.float32).tiny))


def _check_strays(gaps: Array, strays: list[int], reach: float, called: Sequence[str]) -> None:
    """Raises EnrollError where the strays are another person rather than a bad moment."""
    same = _linked(gaps <= _SURELY_SAME * reach, [n for n in range(len(gaps)) if n not in strays])
    others = [n for n in strays if n not in same]
    if not others:
        return
    agreeing = int((gaps[np.ix_(others, others)] <= reach).sum(axis=1).max())
    if len(others) > _STRAY_SHARE * len(called) or agreeing >= _ANOTHER_PERSON:
        raise _two_people([called[n] for n in others], len(called))


def _check_halves(rows: Array, called: Sequence[str], *, reach: float, metric: Metric) -> None:
    """Raises EnrollError where the pictures fall into two groups far from each other.

    The centre of two people lies between them, and near enough to both: no picture is far from the
    centre of the others then. So the two most different groups are looked for.
    """
    gaps = _gaps(rows, metric)
    if len(rows) < _FEWEST_TO_HALVE or not gaps.any():
        return
    halves = _halves(rows, gaps)
    if float(gaps[np.ix_(*map(np.flatnonzero, halves))].mean()) > _TWO_PEOPLE * reach:
        fewer = min(halves, key=lambda group: int(group.sum()))
        named = [name for name, inside in zip(called, fewer, strict=True) if inside]
        raise _two_people(named, len(rows))


def _halves(embeddings: Array, gaps: Array) -> tuple[Flags, Flags]:
    """Two groups of the rows (n, d), neither empty: two means of directions, begun at the two rows
    that are farthest from each other (Lloyd 1982, on the sphere).
    """
    first, second = np.unravel_index(int(np.argmax(gaps)), gaps.shape)
    member: Flags = gaps[:, second] < gaps[:, first]
    member[second] = True
    member[first] = False
    directions = _directions(embeddings)
    for _ in range(_MOST_ROUNDS):
        here, there = (_direction(directions[group]) for group in (member, ~member))
        moved: Flags = directions @ here > directions @ there
        if not moved.any() or moved.all() or np.array_equal(moved, member):
            break
        member = moved
    return member, ~member


def _direction(directions: Array) -> Array:
    middle = directions.mean(axis=0)
    return np.asarray(middle / max(float(np.linalg.norm(middle)), 1e-6), dtype=np.float32)


def _slack(pictures: int) -> float:
    """How much farther one may be from the centre of so few `pictures`.

    A centre of k pictures is itself off by 1/k of a person's spread, and thresholds are made for
    centres of some five.
    """
    share = (1 + 1 / max(pictures, 1)) / (1 + 1 / _PICTURES_OF_THRESHOLD)
    return min(float(np.sqrt(share)), _MOST_SLACK)


def _two_people(named: Sequence[str], count: int) -> EnrollError:
    shown = ", ".join(named[:3]) + (", ..." if len(named) > 3 else "")
    return EnrollError(
        f"the pictures show more than one person: {len(named)} of {count} unlike the "
        f"others ({shown})",
        "enrol one person at a time",
    )


def _linked(near: Flags, start: Sequence[int]) -> frozenset[int]:
    """Everything reachable from `start` by steps along `near` (n, n)."""
    reached = np.zeros(len(near), dtype=bool)
    reached[list(start)] = True
    while (grown := reached | near[reached].any(axis=0)).sum() > reached.sum():
        reached = grown
    return frozenset(int(n) for n in np.flatnonzero(reached))


def _spread(
    gaps: Array, one_person: Sequence[int], scores: Array, *, least: float, most: int
) -> list[int]:
    """Farthest-point choice (Gonzalez 1985) from the most typical row on, good frames preferred.

    No two of the rows chosen are nearer than `least`.
    """
    chosen = [one_person[0]]
    nearest = np.zeros(len(gaps), dtype=np.float32)
    nearest[list(one_person)] = gaps[chosen[0]][list(one_person)]
    while len(chosen) < most:
        nearest[nearest < least] = 0.0
        farthest = int(np.argmax(nearest * scores))
        if nearest[farthest] == 0.0:
            break
        chosen.append(farthest)
        nearest = np.minimum(nearest, gaps[farthest])
    return chosen


def _gaps(embeddings: Array, metric: Metric) -> Array:
    """Length between every two embeddings, (n, n) float32."""
    rows = [distances(embedding, embeddings, metric) for embedding in embeddings]
    gaps = lengths(np.stack(rows), metric)
    np.fill_diagonal(gaps, 0.0)
    return gaps


def lengths(values: Array, metric: Metric) -> Array:
    """Distances as lengths, which add up."""
    # 1 - cos grows with the square of the angle; the chord, sqrt(2 (1 - cos)), with the angle.
    if metric == "cosine":
        values = np.sqrt(2.0 * np.maximum(values, 0.0))
    return np.asarray(values, dtype=np.float32)


def length(value: float, metric: Metric) -> float:
    """One distance as a length."""
    return float(lengths(np.array([value], dtype=np.float32), metric)[0])


def _called(samples: Sequence[Sample], index: int) -> str:
    return samples[index].label or f"picture {index + 1}"
