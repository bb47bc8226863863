"""Fits a calibration that holds for the worst of several groups, and says what that is worth.

The false accepts that go with it are of people on whom nothing was fitted: one half of the people
makes thresholds and kinds, the other is measured, and the other way round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.embedders.spec import EMBEDDERS
from models.errors import UsageError
from models.evaluation import group_rates
from models.evaluation.calibrate import evidence_curve, rising
from models.evaluation.fairness import UNLABELLED
from models.evaluation.group_fit import Impostors, gather, rare_groups, thresholds
from models.evaluation.group_rates import EVERYBODY, GroupRate
from models.evaluation.kinds import Labels, Weights, kinds_of
from models.evaluation.metrics import Numbers
from models.evaluation.turns import Distances, Faces
from models.scoring.calibration import Calibration, HeldOut, Provenance
from models.scoring.security import LEVELS, STANDARD
from models.types import Array, Embedder

ENROLLED = (3, 1)
_RATES = np.append(10.0 ** (np.arange(-24, 0) / 3), 1.0)
_RULE_OF_THIRTY = 30


def fit(
    faces: Faces, embedder: Embedder, labels: Sequence[Labels], provenance: Provenance
) -> Calibration:
    """The calibration of `embedder`; `labels` name groups of the people in `faces`, by number.

    Counts in `provenance` are set here. Raises UsageError where there are too few people.
    """
    made, genuine = _fitted(faces, embedder, labels, provenance)
    missed = float(np.mean(genuine > made.threshold(STANDARD.far)))
    found = held_out(faces, embedder, labels, provenance)
    return replace(made, held_out=replace(found, frr=missed))


def numbered(named: Sequence[Mapping[str, str]], names: Sequence[str]) -> list[Labels]:
    """Groups of the people `names` by number; raises UsageError where a list names nobody."""
    found: list[Labels] = []
    for groups in named:
        labels = {number: groups[name] for number, name in enumerate(names) if name in groups}
        if not labels:
            raise UsageError("the groups name none of the people in the pictures")
        found.append(labels)
    return found


def held_out(
    faces: Faces, embedder: Embedder, labels: Sequence[Labels], provenance: Provenance
) -> HeldOut:
    """What each half of the people gets by what the other half was asked."""
    halves = _halves(faces.people, labels)
    found: list[GroupRate] = []
    kept = True
    for tested in (0, 1):
        ours = halves == tested
        known = Faces(faces.embeddings[~ours], faces.people[~ours])
        unknown = Faces(faces.embeddings[ours], faces.people[ours])
        calibration, _ = _fitted(known, embedder, labels, provenance)
        for enrolled in ENROLLED:
            rates = _rates(unknown, calibration, labels, enrolled)
            kept = kept and all(rate.keeps(promise) for promise, rate in rates)
            if enrolled == ENROLLED[0]:
                found += [rate for promise, rate in rates if promise == STANDARD.far]
    return _summary(found, kept=kept)


def _rates(
    faces: Faces, calibration: Calibration, labels: Sequence[Labels], enrolled: int
) -> list[tuple[float, GroupRate]]:
    made = group_rates.decisions(faces, calibration, enrolled=enrolled)
    names = [str(number) for number in range(int(faces.people.max()) + 1)]
    found = []
    for promise in LEVELS.values():
        threshold = calibration.threshold(promise)
        found.append((promise, group_rates.everybody(made, threshold)))
        for one in labels:
            groups = {str(number): group for number, group in one.items()}
            rates = group_rates.by_group(made, threshold, names, groups)
            found += [(promise, rate) for rate in rates if rate.group != UNLABELLED]
    return found


def _summary(found: Sequence[GroupRate], *, kept: bool) -> HeldOut:
    groups: dict[str, list[GroupRate]] = {}
    for rate in found:
        groups.setdefault(rate.group, []).append(rate)
    far = {
        name: sum(one.accepted for one in rates) / max(sum(one.impostors for one in rates), 1)
        for name, rates in groups.items()
    }
    everybody = groups[EVERYBODY]
    worst = max(far, key=lambda name: far[name])
    missed, genuine = (sum(getattr(one, of) for one in everybody) for of in ("missed", "genuine"))
    return HeldOut(missed / max(genuine, 1), worst, far[worst], kept)


def _halves(people: Numbers, labels: Sequence[Labels]) -> Numbers:
    """Half of each picture: people in turn, each rare group by itself."""
    rare = rare_groups(people, labels)
    numbers = sorted((int(one) for one in np.unique(people)), key=lambda n: (rare.get(n, ""), n))
    half: Mapping[int, int] = {number: index % 2 for index, number in enumerate(numbers)}
    return np.array([half[int(number)] for number in people], dtype=np.int32)


def _fitted(
    faces: Faces, embedder: Embedder, labels: Sequence[Labels], provenance: Provenance
) -> tuple[Calibration, Array]:
    """The calibration, and the genuine distances of three pictures enrolled."""
    weights = Weights(*EMBEDDERS[embedder.name].kinds)
    impostors = gather(faces, embedder.metric, labels, weights)
    knots = thresholds(impostors, _RATES)
    distances, log_far = rising(knots, np.log10(_RATES))
    everybody = impostors.by_group[ENROLLED[0], EVERYBODY]
    trials = Distances(impostors.genuine, everybody, int(np.unique(faces.people).size), 1.0)
    try:
        made = Calibration(
            model_id=embedder.model_id,
            precision=embedder.precision,
            metric=embedder.metric,
            provenance=_counted(provenance, faces, impostors),
            distances=distances,
            log_far=log_far,
            llr=evidence_curve(trials, distances, log_far),
            measured_far=_RULE_OF_THIRTY / everybody.size,
            neighbours=kinds_of(faces, embedder.metric, weights, labels),
        )
    except ValueError as error:
        raise UsageError(f"nothing to calibrate on: {error}") from error
    return made, impostors.genuine


def _counted(provenance: Provenance, faces: Faces, impostors: Impostors) -> Provenance:
    return replace(
        provenance,
        people=int(np.unique(faces.people).size),
        pictures=int(faces.people.size),
        genuine=int(impostors.genuine.size),
        impostors=int(impostors.by_group[ENROLLED[0], EVERYBODY].size),
    )
