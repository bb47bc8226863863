"""Fits a calibration that holds for the worst of several groups, and says what that is worth.

The false accepts that go with it are of people on whom nothing was fitted: one half of the people
makes thresholds and kinds, the other is measured, and the other way round.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.embedders.spec import EMBEDDERS
from models.errors import UsageError
from models.evaluation import group_rates
from models.evaluation.calibrate import of_visits, rising
from models.evaluation.fairness import UNLABELLED
from models.evaluation.group_fit import (
    Impostors,
    corrections_of,
    gather,
    rare_groups,
    thresholds,
)
from models.evaluation.group_rates import EVERYBODY, GroupRate
from models.evaluation.kinds import Labels, Weights
from models.evaluation.metrics import Flags, Numbers
from models.evaluation.turns import Distances, Faces
from models.scoring.calibration import Calibration, HeldOut, Provenance
from models.scoring.checked import Curve
from models.scoring.security import ATTEMPTS, LEVELS
from models.types import Embedder

ENROLLED = (3, 1)
_RATES = np.append(10.0 ** (np.arange(-24, 0) / 3), 1.0)
_RULE_OF_THIRTY = 30
_SAME_RATE = 1e-3  # decimal logarithms: files hold four digits
_HAIR = 1e-5  # of a distance


def fit(
    faces: Faces, embedder: Embedder, labels: Sequence[Labels], provenance: Provenance
) -> Calibration:
    """The calibration of `embedder`; `labels` name groups of the people in `faces`, by number.

    Counts in `provenance` are set here. Raises UsageError where there are too few people.
    """
    made = _fitted(faces, embedder, labels, provenance)
    owners = _rates(faces, made, labels, ENROLLED[0])
    strangers = _unknown(faces, embedder, labels, provenance)
    known = {
        level: held_out(owners[level], strangers[level], promise)
        for level, promise in LEVELS.items()
    }
    return tightened(replace(made, held_out=known))


def tightened(made: Calibration) -> Calibration:
    """`made` without a level that breaks its promise to people on whom nothing was fitted.

    Such a level gets the threshold of the next stricter one that keeps a smaller promise. Where
    there is none the calibration does not reach it, nor what is stricter.
    """
    strict: str | None = None
    for level, promise in sorted(LEVELS.items(), key=lambda one: one[1]):
        known = made.held_out.get(level)
        if known is None or promise < made.lowest_far or known.kept:
            strict = level if known is not None and known.kept else strict
        elif strict is None:
            made = _beyond(made, promise)
        else:
            made = _capped(made, promise, LEVELS[strict])
            made = replace(made, held_out={**made.held_out, level: made.held_out[strict]})
    return made


def _capped(made: Calibration, promise: float, kept: float) -> Calibration:
    """With the threshold of the rate `kept` at `promise`, to within a hair."""
    limit, before = made.threshold(kept), made.threshold(promise)
    low = made.log_far < math.log10(kept) - _SAME_RATE
    high = made.log_far > math.log10(promise) + _SAME_RATE
    return replace(
        made,
        distances=_joined(made.distances, low, [limit, limit + _HAIR], high),
        log_far=_joined(made.log_far, low, [math.log10(kept), math.log10(promise)], high),
        llr=_joined(made.llr, low, [made.evidence(limit), made.evidence(before)], high),
    )


def _beyond(made: Calibration, promise: float) -> Calibration:
    """Without rates up to `promise`; raises UsageError where none is left."""
    least = math.log10(promise) + 2 * _SAME_RATE
    if least >= made.log_far[-1]:
        raise UsageError("these pictures calibrate no level: its promise is kept at none")
    first = made.threshold(10.0**least)
    none, high = np.zeros(made.log_far.size, dtype=bool), made.log_far > least + _SAME_RATE
    return replace(
        made,
        distances=_joined(made.distances, none, [first], high),
        log_far=_joined(made.log_far, none, [least], high),
        llr=_joined(made.llr, none, [made.evidence(first)], high),
    )


def _joined(values: Curve, low: Flags, between: Sequence[float], high: Flags) -> Curve:
    return np.concatenate([values[low], between, values[high]])


def held_out(
    owners: Sequence[GroupRate], strangers: Mapping[int, Sequence[GroupRate]], promise: float
) -> HeldOut:
    """One level, of rate `promise`: `owners` at the thresholds that ship, `strangers` of people on
    whom nothing was fitted, by pictures enrolled; empty where the level is not reached.
    """
    if not owners or not all(strangers.values()):
        return HeldOut(1.0, EVERYBODY, 1.0, EVERYBODY, 0.0, kept=False)
    frr = {rate.group: rate.frr or 0.0 for rate in owners}
    missed = max(frr, key=lambda name: frr[name])
    both = {count: _together(rates) for count, rates in strangers.items()}
    far = {rate.group: rate.far or 0.0 for rate in both[ENROLLED[0]]}
    worst = max(far, key=lambda name: far[name])
    kept = all(rate.keeps(promise) for rates in both.values() for rate in rates)
    return HeldOut(frr[EVERYBODY], missed, frr[missed], worst, far[worst], kept)


def numbered(named: Sequence[Mapping[str, str]], names: Sequence[str]) -> list[Labels]:
    """Groups of the people `names` by number; raises UsageError where a list names nobody."""
    found: list[Labels] = []
    for groups in named:
        labels = {number: groups[name] for number, name in enumerate(names) if name in groups}
        if not labels:
            raise UsageError("the groups name none of the people in the pictures")
        found.append(labels)
    return found


def _unknown(
    faces: Faces, embedder: Embedder, labels: Sequence[Labels], provenance: Provenance
) -> dict[str, dict[int, list[GroupRate]]]:
    """By level and pictures enrolled, what each half of the people gets by what the other half was
    asked.
    """
    halves = _halves(faces.people, labels)
    found: dict[str, dict[int, list[GroupRate]]] = {
        level: {count: [] for count in ENROLLED} for level in LEVELS
    }
    for tested in (0, 1):
        ours = halves == tested
        known = Faces(faces.embeddings[~ours], faces.people[~ours])
        unknown = Faces(faces.embeddings[ours], faces.people[ours])
        calibration = _fitted(known, embedder, labels, provenance)
        for count in ENROLLED:
            for level, rates in _rates(unknown, calibration, labels, count).items():
                found[level][count] += rates
    return found


def _rates(
    faces: Faces, calibration: Calibration, labels: Sequence[Labels], enrolled: int
) -> dict[str, list[GroupRate]]:
    """By level, of everybody and of each group; empty where the level is not reached."""
    made = group_rates.decisions(faces, calibration, enrolled=enrolled)
    names = [str(number) for number in range(int(faces.people.max()) + 1)]
    named = [{str(number): group for number, group in one.items()} for one in labels]
    found: dict[str, list[GroupRate]] = {}
    for level, promise in LEVELS.items():
        found[level] = []
        if promise < calibration.lowest_far:
            continue
        threshold = calibration.threshold(promise)
        rates = [group_rates.everybody(made, threshold)]
        for one in named:
            rates += group_rates.by_group(made, threshold, names, one)
        found[level] += [rate for rate in rates if rate.group != UNLABELLED]
    return found


def _together(rates: Sequence[GroupRate]) -> list[GroupRate]:
    """What each group got in both halves."""
    groups: dict[str, GroupRate] = {}
    for rate in rates:
        before = groups.get(rate.group, GroupRate(rate.group, 0, 0, 0, 0, 0))
        groups[rate.group] = GroupRate(
            rate.group,
            before.people + rate.people,
            before.missed + rate.missed,
            before.genuine + rate.genuine,
            before.accepted + rate.accepted,
            before.impostors + rate.impostors,
        )
    return list(groups.values())


def _halves(people: Numbers, labels: Sequence[Labels]) -> Numbers:
    """Half of each picture: people in turn, each rare group by itself."""
    rare = rare_groups(people, labels)
    numbers = sorted((int(one) for one in np.unique(people)), key=lambda n: (rare.get(n, ""), n))
    half: Mapping[int, int] = {number: index % 2 for index, number in enumerate(numbers)}
    return np.array([half[int(number)] for number in people], dtype=np.int32)


def _fitted(
    faces: Faces, embedder: Embedder, labels: Sequence[Labels], provenance: Provenance
) -> Calibration:
    """The calibration without what is held out."""
    spec = EMBEDDERS[embedder.name]
    weights = Weights(*spec.kinds, spec.shared, spec.projected)
    impostors = gather(faces, embedder.metric, labels, weights)
    knots = thresholds(impostors, _RATES)
    distances, of_attempts = rising(knots, np.log10(_RATES / ATTEMPTS))
    everybody = impostors.by_group[ENROLLED[0], EVERYBODY]
    trials = Distances(impostors.genuine, everybody, int(np.unique(faces.people).size), 1.0)
    log_far, llr = of_visits(trials, distances, of_attempts)
    kinds, projection, axes = corrections_of(
        faces, embedder.metric, labels, weights, impostors.costs
    )
    try:
        return Calibration(
            model_id=embedder.model_id,
            precision=embedder.precision,
            metric=embedder.metric,
            provenance=_counted(provenance, faces, impostors),
            distances=distances,
            log_far=log_far,
            llr=llr,
            measured_far=min(ATTEMPTS * _RULE_OF_THIRTY / everybody.size, 1.0),
            neighbours=kinds,
            axes=axes,
            projection=projection,
        )
    except ValueError as error:
        raise UsageError(f"nothing to calibrate on: {error}") from error


def _counted(provenance: Provenance, faces: Faces, impostors: Impostors) -> Provenance:
    return replace(
        provenance,
        people=int(np.unique(faces.people).size),
        pictures=int(faces.people.size),
        genuine=int(impostors.genuine.size),
        impostors=int(impostors.by_group[ENROLLED[0], EVERYBODY].size),
    )
