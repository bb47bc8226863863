"""Whether an appearance may learn from a visit: facts in, verdict out. Pure.

People change slowly, and an appearance may follow: it takes one embedding of a visit that left no
doubt. What it may take is decided by the enrolment alone. An embedding is measured against the
centre of the enrolled pictures, never against what was learnt since, so that no chain of visits
leads from the owner to somebody else: whoever is too far from the enrolment today is too far for
ever.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from enroll.template import MOST_ADAPTED, Adapted, Appearance, Person, in_utc
from models.pose import Pose
from models.scoring.matching import distances
from models.types import Array, Embedding

CERTAIN = 0.6
"""Share of the threshold within which every frame of a visit must be, for it to be certain."""
CONFIRMED = 0.8
"""The same where the password was typed right afterwards."""
LARGEST_SHIFT = 0.15
"""Share of the threshold, as a length (see `_length`), by which a template may move in all from
where the enrolment put it. By the triangle inequality nobody who was farther from the enrolment
than 1.15 thresholds can ever be accepted, whatever visits somebody stages."""
# The fewest that ever decide (`models.scoring.decision`): a very certain visit has no more.
_FEWEST_FRAMES = 3
_LEAST_QUALITY = 0.7
# Degrees, up to which a turn does no harm to a picture's quality (`models.quality`).
_STRAIGHT = 25.0
_UPRIGHT = 25.0
_NEAR_OTHERS = 1.25
"""Times the threshold: nothing is learnt that comes so near to somebody else."""


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One good face of a visit: `embedding` (d,) float32, `quality` in [0, 1]."""

    embedding: Embedding
    quality: float
    pose: Pose


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """What an attempt saw that ended with a match. Distances are to the template as it was."""

    appearance: str
    created: str
    """With `model_id`, which appearance it was: one that took its place meanwhile is another."""
    model_id: str
    threshold: float
    frames: int
    """Usable frames."""
    farthest: float
    """The largest distance among them."""
    others: int
    """Usable faces, frame by frame, that were not this person's, and faces beside theirs."""
    best: Probe
    """The frame that is most worth learning from."""
    added: float = 0.0
    """What whoever decided had added to the best frame's distance for the groups of people that its
    face is of; `threshold` is of such sums."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`appearance` has learnt; None where it may not, for `reason`."""

    appearance: Appearance | None
    reason: str


def decide(
    appearance: Appearance,
    visit: Visit,
    *,
    now: str,
    confirmed: bool,
    others: Iterable[Person] = (),
    most: int = MOST_ADAPTED,
) -> Verdict:
    """What `appearance` becomes by `visit`, which ended at `now` (as appearances are dated).

    `confirmed` says that the password was typed right afterwards, `others` are everybody else
    enrolled, `most` (1 to MOST_ADAPTED) is how many embeddings it keeps: the oldest goes first.
    """
    objection = (
        _not_this_appearance(appearance, visit)
        or _too_soon(appearance, now)
        or _doubtful(visit, CONFIRMED if confirmed else CERTAIN)
        or _poor(visit.best)
        or _far_from_enrolment(appearance, visit, CONFIRMED if confirmed else CERTAIN)
        or _near_somebody_else(appearance, visit, others)
    )
    if objection:
        return Verdict(None, objection)
    kept = appearance.adapted[max(len(appearance.adapted) - (most - 1), 0) :]
    learnt = replace(appearance, adapted=(*kept, Adapted(now, visit.best.embedding)))
    return Verdict(learnt, "") if _stays(learnt, visit.threshold) else Verdict(None, _DRIFT)


_DRIFT = "the appearance would move too far from its enrolment"


def _not_this_appearance(appearance: Appearance, visit: Visit) -> str:
    same = (appearance.name, appearance.created, appearance.model_id) == (
        visit.appearance,
        visit.created,
        visit.model_id,
    )
    fits = visit.best.embedding.shape == appearance.embeddings.shape[1:]
    return "" if same and fits else "the appearance is another one by now"


def _too_soon(appearance: Appearance, now: str) -> str:
    """One a day, by dates; where the clock went back, none until it has caught up."""
    today = in_utc(now)[:10]
    last = max((one.created for one in appearance.adapted), default=appearance.created)[:10]
    return "" if today > last else "it learnt today already, or the clock went back"


def _doubtful(visit: Visit, share: float) -> str:
    if visit.frames < _FEWEST_FRAMES:
        return "too few frames"
    if visit.others:
        return "somebody else was in the picture"
    # Written so that NaN is a doubt.
    if not visit.farthest <= share * visit.threshold:
        return "not every frame was certain"
    return ""


def _poor(best: Probe) -> str:
    if not best.quality >= _LEAST_QUALITY:
        return "no picture was good enough"
    # Each by itself: of a number and NaN the larger one is the number.
    straight = all(abs(angle) <= _STRAIGHT for angle in (best.pose.yaw, best.pose.pitch))
    if not (straight and abs(best.pose.roll) <= _UPRIGHT):
        return "the head was turned"
    return ""


def _far_from_enrolment(appearance: Appearance, visit: Visit, share: float) -> str:
    apart = _distance(appearance, visit.best.embedding, appearance.original)
    # Nearer by what was taken off counts for nothing; written so that NaN is too far.
    near = apart <= share * visit.threshold and apart + visit.added <= share * visit.threshold
    return "" if near else "too far from what was enrolled"


def _near_somebody_else(appearance: Appearance, visit: Visit, others: Iterable[Person]) -> str:
    reach = _NEAR_OTHERS * visit.threshold
    near = any(one.distance(visit.best.embedding, appearance.model_id) <= reach for one in others)
    return "too near to somebody else who is enrolled" if near else ""


def _stays(appearance: Appearance, threshold: float) -> bool:
    """Whether it is still its enrolment's: little moved, and strange to none of its own."""
    shift = _distance(appearance, appearance.template, appearance.original)
    before = distances(appearance.original, appearance.embeddings, appearance.metric)
    after = distances(appearance.template, appearance.embeddings, appearance.metric)
    strangers = (after > threshold) & (before <= threshold)
    most = LARGEST_SHIFT * _length(threshold, appearance)
    return bool(_length(shift, appearance) <= most and not strangers.any())


def _length(distance: float, appearance: Appearance) -> float:
    """A distance as a length between points, for which the triangle inequality holds."""
    # Of two directions at cosine distance c, on the unit sphere: |a - b|^2 = 2 - 2 cos = 2 c.
    return math.sqrt(2.0 * max(distance, 0.0)) if appearance.metric == "cosine" else distance


def _distance(appearance: Appearance, one: Embedding, other: Embedding) -> float:
    rows: Array = other[None]
    return float(distances(one, rows, appearance.metric)[0])
