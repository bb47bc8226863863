"""Fits a calibration: how near strangers come to a template, and how near its owner does."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from models.embedders.spec import commonness_weight
from models.errors import UsageError
from models.evaluation.cohort import fit_cohort
from models.evaluation.collect import Collection
from models.evaluation.crossed import crossed
from models.evaluation.people import People
from models.evaluation.turns import Distances, Faces, measure
from models.scoring.calibration import Calibration, Provenance
from models.scoring.checked import Curve
from models.scoring.security import ATTEMPTS, LEVELS
from models.types import MIN_QUALITY, Array, Embedder

DETECTOR, MIN_FACE = "mtcnn", 40
"""What finds the faces of a calibration's pictures; pixels."""
_RULE_OF_THIRTY = 30
"""Errors below which a rate is no measurement: with 30 it is right to 30 % with a probability of
0.9 (Doddington et al., "The NIST speaker recognition evaluation", Speech Communication 31, 2000).
"""
_LOWEST_LOG_RATE, _KNOTS_A_DECADE = -8, 3
_LENGTH_ERROR = 1e-2
_LEAST_STEP = 1e-5  # between knots, of a distance
_LEAST_FALL = 1e-3  # between knots, of evidence: without plateaus nearer is always better
_PSEUDO_COUNT = 0.5  # Jeffreys' prior: a bin without a genuine trial is rare, not impossible


def fit(
    faces: Faces,
    embedder: Embedder,
    *,
    data: str,
    date: str,
    command: str,
    versions: Mapping[str, str],
) -> Calibration:
    """The calibration of `embedder` from its faces; raises UsageError as `measure`."""
    weight = commonness_weight(embedder.name)
    corrections = crossed(faces, weight).to_templates
    trials = measure(faces, embedder.metric, corrections=corrections)
    measured = lowest_measured(trials)
    knots, of_attempts = rate_curve(trials.impostors, measured)
    log_far, llr = of_visits(trials, knots, of_attempts)
    try:
        return Calibration(
            model_id=embedder.model_id,
            precision=embedder.precision,
            metric=embedder.metric,
            provenance=_provenance(
                faces, trials, data=data, date=date, command=command, versions=versions
            ),
            distances=knots,
            log_far=log_far,
            llr=llr,
            measured_far=min(ATTEMPTS * measured, 1.0),
            # A crowd is known of directions only.
            cohort=fit_cohort(faces, embedder.metric, weight=weight)
            if _directions(faces, embedder)
            else None,
        )
    except ValueError as error:
        raise UsageError(f"nothing to calibrate on: {error}") from error


def _provenance(
    faces: Faces,
    trials: Distances,
    *,
    data: str,
    date: str,
    command: str,
    versions: Mapping[str, str],
) -> Provenance:
    return Provenance(
        kind="measured",
        data=data,
        people=int(np.unique(faces.people).size),
        pictures=len(faces.people),
        genuine=round(trials.genuine.size / trials.turns),
        impostors=round(trials.impostors.size / trials.turns),
        date=date,
        command=command,
        versions=versions,
    )


def _directions(faces: Faces, embedder: Embedder) -> bool:
    lengths = np.linalg.norm(faces.embeddings, axis=1)
    return embedder.metric == "cosine" or bool(np.abs(lengths - 1.0).max() < _LENGTH_ERROR)


def lowest_measured(trials: Distances) -> float:
    """The rate at which thirty strangers came near; below, rates are extrapolated."""
    return _RULE_OF_THIRTY * trials.turns / trials.impostors.size


def rate_curve(impostors: Array, measured: float) -> tuple[Curve, Curve]:
    """Knots and the logarithm of the share of `impostors` that come within each, both (k,).

    Below the rate `measured` the logarithm goes on falling with the distance as it does over the
    two decades above, though it really falls faster the nearer one comes, as the tail of a normal
    distribution does; and where single impostors came nearer than that, they count.
    """
    ordered = np.sort(impostors[np.isfinite(impostors)]).astype(np.float64)
    # So that each level of a visit is a knot: between them the curve is no more than near.
    of_visit = 10.0 ** (np.arange(_LOWEST_LOG_RATE * _KNOTS_A_DECADE, 0) / _KNOTS_A_DECADE)
    rates = of_visit / ATTEMPTS
    counts = np.floor(rates * impostors.size * (1.0 + 1e-9)).astype(int)
    # Where not even one may come, the curve stays below the nearest that did.
    seen = ordered[np.clip(counts - 1, 0, ordered.size - 1)]
    high = min(100.0 * measured, 0.5)
    low_end, high_end = (ordered[int(rate * ordered.size)] for rate in (measured, high))
    slope = (high_end - low_end) / math.log10(high / measured)
    onward = low_end - slope * np.log10(measured / rates)
    knots = np.where(rates >= measured, seen, np.minimum(onward, seen))
    return rising(np.append(knots, ordered[-1]), np.append(np.log10(rates), 0.0))


def of_visits(trials: Distances, knots: Curve, log_far: Curve) -> tuple[Curve, Curve]:
    """The rates of visits, and the evidence of one picture, both (k,), of the rates of one attempt.

    Each attempt is a chance of its own (Bonferroni).
    """
    visits = np.minimum(log_far + math.log10(ATTEMPTS), 0.0)
    llr = np.minimum(evidence_curve(trials, knots, log_far), -math.log(10) * visits)
    return visits, np.minimum.accumulate(llr) - _LEAST_FALL * np.arange(llr.size)


def rising(knots: Curve, log_far: Curve) -> tuple[Curve, Curve]:
    """Of knots that lie (almost) at one distance those of the lowest and of the highest rate, a
    hair apart; none below 0.

    At such a distance the lowest rate holds already, and the highest allows no more.
    """
    places: list[list[tuple[float, float]]] = []
    for distance, rate in zip(knots[::-1].tolist(), log_far[::-1].tolist(), strict=True):
        if places and distance >= places[-1][0][0] - _LEAST_STEP:
            places[-1].append((distance, rate))
        elif distance > 0.0:
            places.append([(distance, rate)])
    if len(places) < 2:
        raise UsageError("the distances of these pictures do not differ enough to calibrate")
    found: list[tuple[float, float]] = []
    for place in places:
        (distance, highest), (_, lowest) = place[0], place[-1]
        if found and found[-1][0] - distance <= 2 * _LEAST_STEP:
            continue  # a hair below the last one
        found.append((distance, highest))
        if lowest < highest:
            found.append((distance - _LEAST_STEP, lowest))
    ordered = np.array(found[::-1])
    return ordered[:, 0], ordered[:, 1]


def evidence_curve(trials: Distances, knots: Curve, log_far: Curve) -> Curve:
    """Log-likelihood ratio at each of `knots`, (k,), falling.

    The share of genuine trials between two knots over that of impostors, made to fall by pooling
    adjacent bins that do not (Ayer et al., "An empirical distribution function for sampling with
    incomplete information", Annals of Mathematical Statistics 26, 1955; for likelihood ratios
    Bruemmer and du Preez, "Application-independent evaluation of speaker detection", Computer
    Speech and Language 20, 2006), and nowhere more than the rate allows.
    """
    edges = np.concatenate([[-np.inf], knots, [np.inf]])
    # Each turn of a person is not a new person: they count as one together.
    found = np.histogram(trials.genuine, edges)[0] / trials.turns + _PSEUDO_COUNT
    genuine = found / found.sum()
    impostors = np.diff(np.concatenate([[0.0], 10.0**log_far, [1.0 + 10.0 ** log_far[0]]]))
    ratios = np.log(_falling(genuine / impostors, impostors))
    middles = np.concatenate([[knots[0]], (knots[1:] + knots[:-1]) / 2, [knots[-1]]])
    llr = np.interp(knots, middles, ratios)
    llr = np.minimum(llr, -math.log(10) * log_far)
    return np.asarray(np.minimum.accumulate(llr) - _LEAST_FALL * np.arange(llr.size))


def _falling(values: Curve, weights: Curve) -> Curve:
    """The nearest sequence that does not rise, in weighted least squares."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        block = (float(value), float(weight), 1)
        while blocks and blocks[-1][0] < block[0]:
            mean, mass, size = blocks.pop()
            total = mass + block[1]
            block = ((mean * mass + block[0] * block[1]) / total, total, size + block[2])
        blocks.append(block)
    return np.concatenate([np.full(size, value) for value, _, size in blocks])


def usable_faces(people: People, collection: Collection) -> Faces:
    """Every picture with a face that is good enough to decide on: no other is ever compared.

    Raises UsageError where there is none.
    """
    usable = collection.detected & (collection.quality >= MIN_QUALITY)
    if not usable.any():
        raise UsageError(
            f"none of the {usable.size} pictures shows a usable face: {len(collection.unreadable)} "
            f"unreadable, {collection.undetected} without a face, others of poor quality"
        )
    return Faces(collection.embeddings[usable], people.person[usable])


def described(made: Calibration) -> dict[str, Any]:
    """What it was made of, and its thresholds at the levels of security, as JSON."""
    origin = made.provenance
    return {
        "kind": origin.kind,
        "data": origin.data,
        "people": origin.people,
        "pictures": origin.pictures,
        "genuine": origin.genuine,
        "impostors": origin.impostors,
        "measured_far": made.measured_far,
        "held_out": {
            level: {"frr": known.frr, "far": known.far, "kept": known.kept, "usable": known.usable}
            for level, known in made.held_out.items()
        },
        "personal": made.cohort is not None and made.cohort.weight_likeness > 0.0,
        "levels": {name: _at(made, far) for name, far in LEVELS.items()},
    }


def _at(made: Calibration, far: float) -> dict[str, Any]:
    reached = far >= made.lowest_far
    return {
        "far": far,
        "threshold": round(made.threshold(far), 5) if reached else None,
        "extrapolated": made.extrapolated(far),
    }
