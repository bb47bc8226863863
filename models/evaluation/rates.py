"""Error rates of `Trials` with how sure they are: exact intervals, and a bootstrap over people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.intervals import BOOTSTRAP_ROUNDS, CONFIDENCE, Interval, clopper_pearson
from models.evaluation.metrics import Counts, ErrorCurve, at_far, equal_error_rate
from models.evaluation.trials import Trials

FALSE_ACCEPT_RATES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
SURE_ERRORS = 30
"""Errors below which a rate is a guess (the rule of 30 of Doddington et al., 2000)."""

_HEADROOM = 3.0
"""How many times more impostors than asked are looked at, for draws that weigh them more."""
_FEW = 200_000
_POINTS = 2000


@dataclass(frozen=True, slots=True)
class Rate:
    """FRR at one false-accept rate."""

    asked: float
    threshold: float
    """The largest distance seen at which FAR is at most `asked`; -inf where there is none."""
    far: float
    frr: float
    errors: int
    """Genuine comparisons rejected."""
    genuine: int
    false_accepts: int
    impostors: int
    exact: Interval
    """Of FRR, by Clopper and Pearson: comparisons as if independent, the threshold as given."""
    far_exact: Interval
    people: Interval | None
    """Of FRR, by bootstrap over people, the threshold chosen anew in each draw."""

    @property
    def resolved(self) -> bool:
        """False where a single impostor accepted is more than what was asked."""
        return self.asked * self.impostors >= 1.0

    @property
    def sure(self) -> bool:
        """False where fewer than 30 impostors decide."""
        return self.asked * self.impostors >= SURE_ERRORS


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """What the comparisons of one protocol say."""

    curve: ErrorCurve
    """Thinned, for drawing: some thousand points, evenly over decades of FAR."""
    eer: float
    eer_people: Interval | None
    rates: tuple[Rate, ...]
    draws: Counts | None
    """(rounds, rates + 1): FRR at each rate and EER in each draw of people; the same seed draws the
    same people of the same folder. NaN where a draw needed impostors that were not kept."""

    def at(self, asked: float) -> Rate:
        """The rate that was `asked`; raises KeyError."""
        for rate in self.rates:
            if rate.asked == asked:
                return rate
        raise KeyError(asked)


def measure(
    trials: Trials,
    *,
    asked: Sequence[float] = FALSE_ACCEPT_RATES,
    rounds: int = BOOTSTRAP_ROUNDS,
    seed: int = 0,
) -> Rates:
    """EER and FRR at each FAR of `asked`, with intervals."""
    curve = trials.curve()
    eer = equal_error_rate(curve)
    drawn = _bootstrap(trials, asked, eer, rounds, seed)
    intervals = [None] * (len(asked) + 1) if drawn is None else [_central(row) for row in drawn.T]
    rates = tuple(
        _rate(trials, curve, far, interval)
        for far, interval in zip(asked, intervals[:-1], strict=True)
    )
    return Rates(_thinned(curve, trials.impostors), eer, intervals[-1], rates, drawn)


def _thinned(curve: ErrorCurve, impostors: int) -> ErrorCurve:
    grid = np.append(0.0, np.geomspace(1.0 / impostors, 1.0, _POINTS))
    chosen = np.unique(np.searchsorted(curve.far, grid, side="right") - 1)
    return ErrorCurve(curve.thresholds[chosen], curve.far[chosen], curve.frr[chosen])


def _rate(trials: Trials, curve: ErrorCurve, far: float, people: Interval | None) -> Rate:
    point = at_far(curve, far)
    genuine = len(trials.genuine)
    errors = genuine - len(trials.genuine.up_to(point.threshold))
    accepted = round(point.far * trials.impostors)
    return Rate(
        asked=far,
        threshold=point.threshold,
        far=point.far,
        frr=point.frr,
        errors=errors,
        genuine=genuine,
        false_accepts=accepted,
        impostors=trials.impostors,
        exact=clopper_pearson(errors, genuine),
        far_exact=clopper_pearson(accepted, trials.impostors),
        people=people,
    )


def _central(values: Counts) -> Interval | None:
    if np.isnan(values).any():
        return None
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.percentile(values, [tail, 100.0 - tail])
    return Interval(float(low), float(high))


def _bootstrap(
    trials: Trials, asked: Sequence[float], eer: float, rounds: int, seed: int
) -> Counts | None:
    """(rounds, rates + EER); NaN where a draw needs impostors that were not kept. None where
    there are too few people for draws.

    Whole people are drawn with replacement; a genuine comparison weighs as often as its person
    was drawn, an impostor comparison as often as both were (see `intervals.over_people`).
    """
    rng = np.random.default_rng(seed)
    draw = _Draw(trials, max(*asked, eer))
    shares = np.full(draw.people.size, 1.0 / draw.people.size)
    values: list[Counts] = []
    for _ in range(10 * rounds):
        times = np.zeros(trials.people)
        times[draw.people] = rng.multinomial(draw.people.size, shares)
        if (found := draw.statistics(times, asked)) is not None:
            values.append(found)
        if len(values) == rounds:
            return np.stack(values)
    return None


class _Draw:
    """What all draws share: who is in which comparison, and how the two kinds interleave."""

    def __init__(self, trials: Trials, highest: float) -> None:
        genuine, nearest = trials.genuine, trials.nearest
        needed = int(max(_HEADROOM * highest * trials.impostors, _FEW))
        self._all_kept = len(nearest) == trials.impostors and needed >= len(nearest)
        nearest = nearest.take(slice(0, needed))
        self._genuine_person = trials.owners(genuine)[0]
        self._first, self._second = trials.owners(nearest)
        self._sides = trials.sides()
        self._halved = 0.5 if trials.symmetric else 1.0
        self._below = np.searchsorted(genuine.distances, nearest.distances, side="left")
        self._within = np.searchsorted(genuine.distances, nearest.distances, side="right")
        first, second = self._sides
        self.people = np.flatnonzero(first + second)

    def statistics(self, times: Counts, asked: Sequence[float]) -> Counts | None:
        """FRR at each rate, then EER, person i counted `times`[i]; None without either kind."""
        genuine = np.concatenate([[0.0], np.cumsum(times[self._genuine_person])])
        impostors = self._weight(times)
        if genuine[-1] <= 0 or impostors <= 0:
            return None
        far = np.cumsum(times[self._first] * times[self._second]) / impostors
        missed = 1.0 - genuine / genuine[-1]
        values = [self._frr(far, missed, rate) for rate in asked]
        return np.array([*values, self._eer(far, missed)])

    def _weight(self, times: Counts) -> float:
        """Weight of all impostor comparisons, kept or not: of everyone with everyone else."""
        first, second = (side * times for side in self._sides)
        return self._halved * float(first.sum() * second.sum() - (first * second).sum())

    def _frr(self, far: Counts, missed: Counts, rate: float) -> float:
        """All thresholds below the first impostor too many are allowed."""
        index = int(np.searchsorted(far, rate + 1e-12, side="right"))
        if index == far.size:
            return float(missed[-1]) if self._all_kept else np.nan
        return float(missed[self._below[index]])

    def _eer(self, far: Counts, missed: Counts) -> float:
        frr = missed[self._within]
        met = np.flatnonzero(far >= frr)
        if met.size == 0:
            return float((far[-1] + frr[-1]) / 2) if self._all_kept else np.nan
        index = int(met[0])
        # The step over which they cross is one impostor: half the sum is exact to its weight.
        return float((far[index] + missed[self._below[index]]) / 2)
