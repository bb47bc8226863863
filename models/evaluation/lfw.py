"""The protocol of Labeled Faces in the Wild: labelled pairs in folds, to one report."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import UsageError
from models.evaluation.intervals import Interval, clopper_pearson, over_people
from models.evaluation.metrics import (
    Comparisons,
    ErrorCurve,
    FoldResult,
    Numbers,
    OperatingPoint,
    Ranked,
    at_far,
    at_threshold,
    by_fold,
    equal_error_rate,
)
from models.evaluation.pairs import PairList, PictureName
from models.types import Array, Metric

FALSE_ACCEPT_RATES = (0.01, 0.001)


@dataclass(frozen=True, slots=True)
class RateAtFar:
    """FRR at one false-accept rate, with how sure it is."""

    asked: float
    point: OperatingPoint
    errors: int
    """Genuine comparisons rejected."""
    trials: int
    """Genuine comparisons."""
    exact: Interval
    """Clopper and Pearson: the threshold taken as given, comparisons as independent."""
    people: Interval
    """Bootstrap over people, the threshold chosen anew in each draw."""
    resolved: bool
    """False where one impostor accepted is already more than what was asked."""


@dataclass(frozen=True, slots=True, eq=False)
class LfwResult:
    """What the pairs say about one embedder."""

    folds: tuple[FoldResult, ...]
    comparisons: Comparisons
    curve: ErrorCurve
    eer: float
    eer_people: Interval
    rates: tuple[RateAtFar, ...]
    at_own_threshold: OperatingPoint
    """Rates at the threshold that the embedder ships with."""

    @property
    def accuracy(self) -> float:
        """Mean over the folds, in [0, 1]."""
        return float(np.mean([fold.accuracy for fold in self.folds]))

    @property
    def accuracy_std(self) -> float:
        """Standard deviation over the folds (of a sample: divided by folds - 1)."""
        return float(np.std([fold.accuracy for fold in self.folds], ddof=1))

    @property
    def accuracy_error(self) -> float:
        """Standard error of the mean, which the LFW report calls S_E."""
        return self.accuracy_std / float(np.sqrt(len(self.folds)))

    @property
    def threshold(self) -> float:
        """Mean of the thresholds chosen on all folds but one."""
        return float(np.mean([fold.threshold for fold in self.folds]))


def pair_distances(first: Array, second: Array, metric: Metric) -> Array:
    """Distance of each row of `first` (n, d) to the same row of `second`: (n,) float32.

    As `models.scoring.matching.distances`: infinite where a value is not finite.
    """
    if metric == "euclidean":
        result = np.linalg.norm(first - second, axis=1)
    else:
        norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        products = np.einsum("ij,ij->i", first, second)
        result = 1.0 - products / np.maximum(norms, np.finfo(np.float32).tiny)
    return np.where(np.isfinite(result), result, np.inf).astype(np.float32)


def without(pairs: PairList, lost: set[PictureName]) -> PairList:
    """The pairs in which no picture of `lost` occurs; raises UsageError where a fold dies."""
    folds = tuple(
        tuple(pair for pair in fold if pair.first not in lost and pair.second not in lost)
        for fold in pairs.folds
    )
    if not all(folds):
        raise UsageError("no pair of a fold is left without the pictures that are missing")
    return PairList(folds, pairs.cut)


def compare(
    pairs: PairList, rows: Mapping[PictureName, int], embeddings: Array, metric: Metric
) -> tuple[Comparisons, tuple[Numbers, ...]]:
    """The comparisons of all pairs, and the indices of each fold.

    `rows` is where each picture's embedding lies in `embeddings` (n, d).
    """
    listed = pairs.pairs
    first = np.array([rows[pair.first] for pair in listed])
    second = np.array([rows[pair.second] for pair in listed])
    people = {name: i for i, name in enumerate(sorted({picture.person for picture in rows}))}
    comparisons = Comparisons(
        distances=pair_distances(embeddings[first], embeddings[second], metric),
        same=np.array([pair.same for pair in listed]),
        first=np.array([people[pair.first.person] for pair in listed], dtype=np.int32),
        second=np.array([people[pair.second.person] for pair in listed], dtype=np.int32),
    )
    ends = np.cumsum([0, *(len(fold) for fold in pairs.folds)])
    folds = tuple(np.arange(low, high, dtype=np.int32) for low, high in itertools.pairwise(ends))
    return comparisons, folds


def evaluate(
    comparisons: Comparisons,
    folds: Sequence[Numbers],
    *,
    own_threshold: float,
    rates: Sequence[float] = FALSE_ACCEPT_RATES,
    rounds: int = 1000,
) -> LfwResult:
    """Accuracy over folds, EER, and FRR at each FAR of `rates`, with intervals.

    `own_threshold` is what the embedder ships with. Raises UsageError where either kind of
    comparison is missing.
    """
    ranked = Ranked(comparisons)
    curve = ranked.curve()
    return LfwResult(
        folds=by_fold(comparisons, folds),
        comparisons=comparisons,
        curve=curve,
        eer=equal_error_rate(curve),
        eer_people=over_people(ranked, equal_error_rate, rounds=rounds),
        rates=tuple(rate_at_far(ranked, curve, far, rounds=rounds) for far in rates),
        at_own_threshold=at_threshold(curve, own_threshold),
    )


def rate_at_far(ranked: Ranked, curve: ErrorCurve, far: float, *, rounds: int) -> RateAtFar:
    """FRR at `far`, with both intervals."""
    point = at_far(curve, far)
    genuine = ranked.comparisons.same
    trials = int(genuine.sum())
    errors = int((ranked.comparisons.distances[genuine] > point.threshold).sum())
    return RateAtFar(
        asked=far,
        point=point,
        errors=errors,
        trials=trials,
        exact=clopper_pearson(errors, trials),
        people=over_people(ranked, lambda drawn: at_far(drawn, far).frr, rounds=rounds),
        resolved=far * (len(ranked.comparisons) - trials) >= 1.0,
    )
