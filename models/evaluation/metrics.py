"""Error rates of comparisons: curves, operating points, accuracy by fold. Pure NumPy.

A comparison is genuine (both pictures show one person) or an impostor; it is accepted where its
distance is at most the threshold. FAR is the share of impostors accepted, FRR the share of
genuine comparisons rejected (ISO/IEC 19795-1 calls them false match and false non-match rate).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.errors import UsageError
from models.types import Array

Counts = npt.NDArray[np.float64]
"""Float64 that counts: weights, cumulative weights, rates."""

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """n comparisons. Raises UsageError unless all fields are (n,), n >= 1, and no distance is NaN.

    An infinite distance is a comparison that no threshold accepts.
    """

    distances: Array
    same: Flags
    """True where genuine."""
    first: Numbers
    """Number of the person in the first picture, >= 0."""
    second: Numbers

    def __post_init__(self) -> None:
        shapes = {a.shape for a in (self.distances, self.same, self.first, self.second)}
        if shapes != {(self.distances.size,)} or self.distances.size == 0:
            raise UsageError("comparisons need at least one distance, and one label for each")
        if np.isnan(self.distances).any() or (self.distances == -np.inf).any():
            raise UsageError("a distance is not a number")
        if min(self.first.min(), self.second.min()) < 0:
            raise UsageError("people are numbered from 0")

    def __len__(self) -> int:
        return self.distances.size

    def take(self, chosen: npt.NDArray[np.integer] | Flags) -> "Comparisons":
        """The comparisons that an index array or mask selects."""
        return Comparisons(
            self.distances[chosen], self.same[chosen], self.first[chosen], self.second[chosen]
        )


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCurve:
    """Error rates at every threshold that matters: (k,) each, thresholds rising strictly.

    The first threshold is -inf, where nothing is accepted; the last finite one accepts all that a
    finite threshold can.
    """

    thresholds: Counts
    far: Counts
    """Rises from 0."""
    frr: Counts
    """Falls from 1."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Error rates at one threshold."""

    threshold: float
    far: float
    frr: float


class Ranked:
    """Comparisons in order of distance, so that curves of many reweightings cost little."""

    def __init__(self, comparisons: Comparisons) -> None:
        order = np.argsort(comparisons.distances, kind="stable")
        self.comparisons = comparisons.take(order)
        distances = self.comparisons.distances.astype(np.float64)
        # Equal distances are accepted together: a threshold lies at the last of each group.
        last = np.append(distances[1:] != distances[:-1], True)
        self._ends = np.flatnonzero(last & np.isfinite(distances))
        self._thresholds = np.concatenate([[-np.inf], distances[self._ends]])

    def curve(self, weights: npt.NDArray[np.number] | None = None) -> ErrorCurve:
        """Error rates at every distance seen; `weights` (n,) >= 0 follow `self.comparisons`.

        Raises UsageError where no genuine or no impostor comparison has weight.
        """
        same = self.comparisons.same
        weight = np.ones(same.size) if weights is None else np.asarray(weights, np.float64)
        genuine, impostors = self._shares(weight * same), self._shares(weight * ~same)
        if genuine is None or impostors is None:
            raise UsageError(
                "error rates need comparisons of the same person and of different people"
            )
        return ErrorCurve(self._thresholds, far=impostors, frr=np.maximum(1.0 - genuine, 0.0))

    def _shares(self, weight: Counts) -> Counts | None:
        running = np.cumsum(weight)
        if running[-1] <= 0:
            return None
        return np.concatenate([[0.0], running[self._ends] / running[-1]])


def equal_error_rate(curve: ErrorCurve) -> float:
    """Error rate where FAR and FRR meet, in [0, 1]; linear between the two nearest thresholds.

    Where infinite distances keep them from meeting, half the total error at the last threshold.
    """
    above = np.flatnonzero(curve.far >= curve.frr)
    if above.size == 0:
        return float(curve.far[-1] + curve.frr[-1]) / 2
    right = int(above[0])
    left = right - 1
    before = float(curve.frr[left] - curve.far[left])
    after = float(curve.far[right] - curve.frr[right])
    share = before / (before + after)
    return float(curve.far[left] + share * (curve.far[right] - curve.far[left]))


def at_far(curve: ErrorCurve, far: float) -> OperatingPoint:
    """The largest threshold whose measured FAR is at most `far` in [0, 1], with its rates.

    A threshold of -inf says that accepting anybody would accept too many impostors.
    """
    if not 0.0 <= far <= 1.0:
        raise UsageError("a false-accept rate lies in [0, 1]")
    # Sums of rates that should be equal differ in the last bits.
    index = int(np.searchsorted(curve.far, far + 1e-12, side="right")) - 1
    return _point(curve, index)


def at_threshold(curve: ErrorCurve, threshold: float) -> OperatingPoint:
    """The rates at any `threshold`."""
    index = int(np.searchsorted(curve.thresholds, threshold, side="right")) - 1
    point = _point(curve, max(index, 0))
    return OperatingPoint(threshold, point.far, point.frr)


def _point(curve: ErrorCurve, index: int) -> OperatingPoint:
    return OperatingPoint(
        float(curve.thresholds[index]), float(curve.far[index]), float(curve.frr[index])
    )


def accuracy(comparisons: Comparisons, threshold: float) -> float:
    """Share of comparisons that `threshold` decides rightly, in [0, 1]."""
    # In float64: NumPy would round the threshold to float32, and perhaps onto a distance.
    accepted = comparisons.distances.astype(np.float64) <= threshold
    return float(np.mean(accepted == comparisons.same))


def best_threshold(comparisons: Comparisons) -> float:
    """A threshold of the highest accuracy: the middle one of all that reach it.

    It lies half-way to the next distance, so that both classes keep the same margin. Raises
    UsageError as `Ranked.curve` does.
    """
    curve = Ranked(comparisons).curve()
    genuine = int(comparisons.same.sum())
    errors = genuine * curve.frr + (len(comparisons) - genuine) * curve.far
    best = np.flatnonzero(errors <= errors.min() + 1e-6)
    index = int(best[best.size // 2])
    return _half_way(curve.thresholds, index)


def _half_way(thresholds: Counts, index: int) -> float:
    if index + 1 == thresholds.size:
        return float(thresholds[index])
    if index == 0:
        return float(np.nextafter(thresholds[1], -np.inf))
    return float(thresholds[index] + thresholds[index + 1]) / 2


@dataclass(frozen=True, slots=True)
class FoldResult:
    """Accuracy on one fold at the threshold chosen on all other folds."""

    threshold: float
    accuracy: float


def by_fold(comparisons: Comparisons, folds: Sequence[Numbers]) -> tuple[FoldResult, ...]:
    """Accuracy of each fold (indices into `comparisons`), its threshold chosen on the others.

    The image-restricted protocol of Huang, Ramesh, Berg, Learned-Miller, "Labeled Faces in the
    Wild", UMass Amherst TR 07-49, 2007. Raises UsageError for fewer than two folds.
    """
    if len(folds) < 2:
        raise UsageError("a threshold chosen on other folds needs at least two folds")
    results = []
    for index, fold in enumerate(folds):
        others = np.concatenate([other for i, other in enumerate(folds) if i != index])
        threshold = best_threshold(comparisons.take(others))
        results.append(FoldResult(threshold, accuracy(comparisons.take(fold), threshold)))
    return tuple(results)
