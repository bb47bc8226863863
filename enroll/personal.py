"""Whether one person needs a stricter threshold than others, and what an enrolment can promise."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from enroll.template import Appearance, Person
from models.scoring.calibration import Calibration
from models.scoring.checked import Curve
from models.scoring.matching import centre, distances
from models.scoring.security import LEVELS, Level
from models.types import Array

GOOD_PICTURES = 0.5
"""Median quality of the pictures of an appearance below which it is poor. Of 111 people of the LFW
half whose enrolled pictures were blurred to a median of 0.46, mobilefacenet missed 19 % at FAR
1e-3, 33 % at 1e-4; blurred to 0.64 4 % and 11 %; unblurred 0.6 % and 1.3 %."""

_MOST_MISSED = 1 / 3  # of an appearance's own pictures, each against the others
_FEWEST_TO_COMPARE = 3


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an appearance can be used for. Remarks are sentences for the person who enrolled."""

    level: Level
    """What was asked for."""
    reaches: Level | None
    """The strictest level up to that one which it can keep; None for not even the laxest."""
    threshold: float
    """Of this appearance at `level`."""
    remarks: tuple[str, ...]


def strictness(appearance: Appearance, calibration: Calibration) -> float:
    """How much nearer than others this person must come to `appearance`: a distance >= 0.

    0 where the calibration knows no crowd.
    """
    return calibration.strictness(appearance.embeddings)


def assess(
    appearance: Appearance,
    *,
    quality: float,
    others: Iterable[Person],
    calibration: Calibration,
    level: Level,
) -> Assessment:
    """What `appearance` can promise. `quality` is the median of its pictures, in [0, 1].

    `others` are everybody else enrolled: nobody may come so near another that both would be taken
    for each other. Raises UsageError where the calibration does not reach `level`.
    """
    strict = strictness(appearance, calibration)
    twins = [(person.name, _between(appearance, person, calibration)) for person in others]
    reaches: Level | None = None
    remarks: list[str] = []
    apart = _apart(appearance, calibration)
    for asked in (level, *_laxer(level)):
        threshold = calibration.threshold(asked.far) - strict
        objections = _objections(quality, twins, apart, threshold, asked)
        if not objections:
            reaches = asked
            break
        # Told once, of the level that was asked for.
        remarks = remarks or objections
    return Assessment(level, reaches, calibration.threshold(level.far) - strict, tuple(remarks))


def twins(
    appearance: Appearance, others: Iterable[Person], threshold: float, calibration: Calibration
) -> list[str]:
    """Names of `others` so near to `appearance` that either could be taken for the other."""
    near = (person for person in others if _between(appearance, person, calibration) <= threshold)
    return [person.name for person in near]


def own_distances(appearance: Appearance) -> Array:
    """Distance of each picture of `appearance` to the centre of its others, (n,); (0,) for few."""
    rows = appearance.embeddings
    if len(rows) < _FEWEST_TO_COMPARE:
        return np.zeros(0, dtype=np.float32)
    to_others = [
        distances(
            row, centre(np.delete(rows, index, axis=0), appearance.metric)[None], appearance.metric
        )[0]
        for index, row in enumerate(rows)
    ]
    return np.array(to_others, dtype=np.float32)


def _laxer(level: Level) -> list[Level]:
    named = sorted(LEVELS.items(), key=lambda one: one[1])
    return [Level(name, far) for name, far in named if far > level.far]


def _objections(
    quality: float, twins: list[tuple[str, float]], apart: Curve, threshold: float, level: Level
) -> list[str]:
    found = [
        f"at security {level.name} this model cannot tell you from {name} (distance "
        f"{distance:.3f}, threshold {threshold:.3f}): either may be taken for the other"
        for name, distance in twins
        if distance <= threshold
    ]
    if quality < GOOD_PICTURES and level.far < max(LEVELS.values()):
        found.append(
            "the pictures are poor, and many visits would be missed: enrol again in better light, "
            "holding still"
        )
    missed = int((apart > threshold).sum())
    if missed > _MOST_MISSED * apart.size:
        found.append(
            f"the pictures are unlike each other: {missed} of {apart.size} would not be recognised "
            f"by the others at security {level.name}; enrol each way you look as an appearance of "
            "its own"
        )
    return found


def _apart(appearance: Appearance, calibration: Calibration) -> Curve:
    """As `own_distances`, as they count where somebody is recognised."""
    to_others = own_distances(appearance)
    rows = appearance.embeddings
    added = calibration.corrections(rows) + calibration.between(appearance.template, rows)[0]
    return np.asarray(to_others + added[: to_others.size])


def _between(appearance: Appearance, other: Person, calibration: Calibration) -> float:
    """Distance of the template of `appearance` to the nearest of `other`'s by the same model, as
    it counts between a template and a face; infinite without any.
    """
    theirs = [one.template for one in other.appearances_of(appearance.model_id)]
    alike = [one for one in theirs if one.shape == appearance.template.shape]
    if not alike:
        return float(np.inf)
    rows = np.stack(alike)
    plain = distances(appearance.template, rows, appearance.metric)
    return float((plain + calibration.between(rows, appearance.template)[:, 0]).min())
