"""Fits what `models.scoring.cohort.Cohort` knows of strangers, and what that says of a template."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.evaluation.commonness import crowd_of
from models.evaluation.turns import Faces, halves, to_template, turns_of
from models.scoring.checked import Curve
from models.scoring.cohort import Cohort
from models.types import Array, Metric

_SIZES = (2, 3, 5)
"""Pictures enrolled in the templates that are looked at: more make a template more like a crowd."""
_NEAR = 0.01  # share of strangers whose distance is predicted
_TESTED_RATE = 1e-3
_WORST_SHARE = 0.1
_LEAST_GAIN = 0.03
_SPLITS = 6
_FEWEST = 40


def fit_cohort(faces: Faces, metric: Metric, *, weight: float = 0.0) -> Cohort:
    """The cohort of `faces`, for distances by `metric`; `weight` is that of `Commonness`.

    Its weights are 0 unless, fitted on half of the people, they lower the false-accept rate of
    the worst tenth of templates of the other half, compared at the same mean rate.
    """
    cohort = _fitted(faces, metric, weight)
    if held_out_gain(faces, metric) < _LEAST_GAIN:
        return replace(cohort, weight_likeness=0.0, weight_spread=0.0)
    return cohort


def held_out_gain(faces: Faces, metric: Metric, *, splits: int = _SPLITS) -> float:
    """Share by which personal thresholds lower the rate of the worst tenth, on other people.

    Mean over `splits` random halves, each way round.
    """
    rng = np.random.default_rng(0)
    gains = []
    for _ in range(splits):
        one, other = halves(faces, rng)
        gains += [
            _gain(_fitted(one, metric), other, metric),
            _gain(_fitted(other, metric), one, metric),
        ]
    return float(np.mean(gains))


def _fitted(faces: Faces, metric: Metric, weight: float = 0.0) -> Cohort:
    cohort = crowd_of(faces, weight)
    features, near = _regressed(faces, cohort, metric)
    if len(near) < _FEWEST:
        return cohort
    weights = _not_negative(features - features.mean(axis=0), near - near.mean())
    usual = _usual(faces, cohort, metric)
    return replace(cohort, weight_likeness=weights[0], weight_spread=weights[1], usual=usual)


def _regressed(faces: Faces, cohort: Cohort, metric: Metric) -> tuple[Curve, Curve]:
    """Features of templates, (n, 2), and how near 1 in 100 strangers come to each, (n,)."""
    features, near = [], []
    for size in _SIZES:
        for turn in turns_of(faces, size=size, most=1):
            to_each = to_template(faces, turn, metric)[turn.strangers]
            features.append(cohort.features(faces.embeddings[turn.enrolled], metric))
            near.append(float(np.quantile(to_each, _NEAR)))
    return np.array(features).reshape(-1, 2), np.array(near)


def _usual(faces: Faces, cohort: Cohort, metric: Metric) -> tuple[float, float]:
    """Mean features of the templates that the general threshold is made for."""
    each = [cohort.features(faces.embeddings[turn.enrolled], metric) for turn in turns_of(faces)]
    likeness, spread = np.mean(each, axis=0)
    return float(likeness), float(spread)


def _not_negative(features: Curve, target: Curve) -> tuple[float, float]:
    """Least squares with weights of at least 0: whom strangers resemble is never let off."""
    best, least = (0.0, 0.0), float(target @ target)
    for chosen in ([0, 1], [0], [1]):
        weights = np.zeros(2)
        weights[chosen] = np.linalg.lstsq(features[:, chosen], target, rcond=None)[0]
        residual = target - features @ weights
        if (weights >= 0.0).all() and residual @ residual < least:
            best, least = (float(weights[0]), float(weights[1])), float(residual @ residual)
    return best


def _gain(cohort: Cohort, faces: Faces, metric: Metric) -> float:
    """By what share the worst templates' rate falls where each has its own threshold."""
    plain: list[Array] = []
    own: list[Array] = []
    for turn in turns_of(faces, most=2):
        to_each = to_template(faces, turn, metric)[turn.strangers]
        plain.append(to_each)
        strict = cohort.strictness(faces.embeddings[turn.enrolled], metric)
        own.append(to_each + np.float32(strict))
    if not plain:
        return 0.0
    before, after = _worst(plain), _worst(own)
    return (before - after) / before if before > 0.0 else 0.0


def _worst(each: Sequence[Array]) -> float:
    """Mean rate of the worst tenth of templates at a threshold of one mean rate for all."""
    threshold = np.quantile(np.concatenate(each), _TESTED_RATE)
    rates = np.sort([np.mean(to_each < threshold) for to_each in each])[::-1]
    return float(rates[: max(round(_WORST_SHARE * rates.size), 1)].mean())
