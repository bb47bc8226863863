"""How sure an error rate is: exact binomial intervals, and a bootstrap over people."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.errors import UsageError
from models.evaluation.metrics import ErrorCurve, Numbers, Ranked

CONFIDENCE = 0.95
BOOTSTRAP_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, low <= high."""

    low: float
    high: float


def clopper_pearson(errors: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """Exact interval of a binomial share, for `errors` among `trials` independent trials.

    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26, 1934: the limits are quantiles of the beta distribution. Raises
    UsageError unless 0 <= errors <= trials, trials >= 1 and 0 < confidence < 1.
    """
    from scipy.special import betaincinv

    if not 0 <= errors <= trials or trials < 1 or not 0.0 < confidence < 1.0:
        raise UsageError("an interval needs 0 <= errors <= trials and a confidence in (0, 1)")
    tail = (1.0 - confidence) / 2
    low = 0.0 if errors == 0 else float(betaincinv(errors, trials - errors + 1, tail))
    high = 1.0 if errors == trials else float(betaincinv(errors + 1, trials - errors, 1 - tail))
    return Interval(low, high)


def over_people(
    ranked: Ranked,
    statistic: Callable[[ErrorCurve], float],
    *,
    rounds: int = BOOTSTRAP_ROUNDS,
    seed: int = 0,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Percentile interval of `statistic` when people, not comparisons, are drawn again.

    Comparisons of one person are not independent, so whole people are drawn with replacement
    (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993; for biometrics Bolle, Ratha,
    Pankanti, "Error analysis of pattern recognition systems: the subsets bootstrap", CVIU 2004).
    A genuine comparison weighs as often as its person was drawn, an impostor comparison as often
    as both were. Draws that leave no comparison of either kind are drawn anew, at most ten times
    `rounds` in all; raises UsageError where that does not suffice.
    """
    rng = np.random.default_rng(seed)
    first, second = _renumbered(ranked)
    people = int(max(first.max(), second.max())) + 1
    values: list[float] = []
    for _ in range(10 * rounds):
        drawn = rng.multinomial(people, np.full(people, 1.0 / people))
        weights = np.where(first == second, drawn[first], drawn[first] * drawn[second])
        try:
            values.append(statistic(ranked.curve(weights)))
        except UsageError:
            continue
        if len(values) == rounds:
            tail = 50.0 * (1.0 - confidence)
            low, high = np.percentile(values, [tail, 100.0 - tail])
            return Interval(float(low), float(high))
    raise UsageError("too few people for an interval over people")


def _renumbered(ranked: Ranked) -> tuple[Numbers, Numbers]:
    """Person numbers without gaps, so that nobody is drawn who is in no comparison."""
    sides = np.stack([ranked.comparisons.first, ranked.comparisons.second])
    _, numbers = np.unique(sides, return_inverse=True)
    first, second = numbers.reshape(sides.shape).astype(np.int32)
    return first, second
