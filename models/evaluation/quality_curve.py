"""Whether `models.quality` is worth listening to: errors against the share of pictures rejected.

The error-versus-reject curve of Grother and Tabassi, "Performance of biometric quality measures",
IEEE PAMI 29, 2007: pictures of the lowest quality are rejected, and what is left is decided at a
threshold that was chosen on all. A measure without merit leaves the curve flat.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.intervals import Interval, clopper_pearson
from models.evaluation.metrics import Flags, at_far
from models.evaluation.trials import Pairs, Trials
from models.types import Array

SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
FALSE_ACCEPT_RATE = 1e-3


@dataclass(frozen=True, slots=True)
class QualityStep:
    """Errors once pictures below `least` quality are rejected."""

    rejected: float
    """Share of pictures; less than asked where many have the same quality."""
    least: float
    genuine: int
    errors: int
    """At the threshold chosen on all pictures."""
    exact: Interval
    far: float
    """At that threshold."""
    frr_at_far: float
    """At the threshold chosen anew for the same false-accept rate."""

    @property
    def frr(self) -> float:
        """At the threshold chosen on all pictures."""
        return self.errors / self.genuine


def quality_curve(
    trials: Trials,
    quality: Array,
    *,
    shares: Sequence[float] = SHARES,
    asked: float = FALSE_ACCEPT_RATE,
) -> tuple[QualityStep, ...]:
    """Steps of rising rejection; `quality` (n,) is that of the rows of `trials.second`.

    Where both sides are pictures, both must be good enough. Ends where no genuine comparison is
    left; equal qualities are never torn apart, so that fewer steps may come out than `shares`.
    """
    threshold = at_far(trials.curve(), asked).threshold
    ordered = np.sort(quality)
    leasts = [float(ordered[int(share * quality.size)]) for share in shares]
    steps = []
    for least in dict.fromkeys(leasts):
        step = _step(trials, quality >= np.float32(least), threshold, asked)
        if step is not None:
            rejected = float((quality < np.float32(least)).mean())
            steps.append(QualityStep(rejected, least, *step))
    return tuple(steps)


def _step(
    trials: Trials, good: Flags, threshold: float, asked: float
) -> tuple[int, int, Interval, float, float] | None:
    genuine = _kept(trials, trials.genuine, good)
    impostors = _impostors(trials, good)
    if not len(genuine) or impostors < 1:
        return None
    errors = len(genuine) - len(genuine.up_to(threshold))
    near = _kept(trials, trials.nearest, good)
    far = len(near.up_to(threshold)) / impostors
    allowed = int(asked * impostors)
    beyond = near.distances[allowed] if allowed < len(near) else np.inf
    rejected = len(genuine) - int(np.searchsorted(genuine.distances, beyond, side="left"))
    exact = clopper_pearson(errors, len(genuine))
    return len(genuine), errors, exact, far, rejected / len(genuine)


def _kept(trials: Trials, pairs: Pairs, good: Flags) -> Pairs:
    return pairs.take(good[pairs.second] & (good[pairs.first] if trials.symmetric else True))


def _impostors(trials: Trials, good: Flags) -> float:
    """Impostor comparisons that are left, kept one by one or not."""
    second = np.bincount(trials.second_person[good], minlength=trials.people).astype(np.float64)
    first = second if trials.symmetric else trials.sides()[0]
    all_of_them = float(first.sum() * second.sum() - (first * second).sum())
    return all_of_them / 2 if trials.symmetric else all_of_them
