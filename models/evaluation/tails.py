"""The distance within which a rate of strangers lies, also beyond what was seen."""

import numpy as np

from models.scoring.checked import Curve
from models.types import Array

_RULE_OF_THIRTY = 30
_FEW = 8
"""Strangers below which a quantile is chance; a tail is fitted from there on."""
_FITTED_TO = 0.05


def measured(values: Array) -> float:
    """The lowest rate that thirty of `values` show."""
    return _RULE_OF_THIRTY / max(values.size, 1)


def quantiles(values: Array, rates: Curve) -> Curve:
    """Distance within which each of `rates` of the sorted `values` lie, (r,)."""
    from scipy.special import ndtri  # only who measures has scipy

    sure = measured(values)
    seen = values[np.minimum((rates * values.size).astype(int), values.size - 1)]
    if rates.min() >= sure:
        return np.asarray(seen, dtype=np.float64)
    low = min(_FEW / values.size, 0.2)
    fitted = np.geomspace(low, max(_FITTED_TO, min(4 * low, 0.5)), 12)
    at = values[(fitted * values.size).astype(int)].astype(np.float64)
    slope, middle = np.polyfit(ndtri(fitted), at, 1)
    onward = middle + max(slope, 0.0) * ndtri(np.minimum(rates, 0.5))
    return np.asarray(np.where(rates >= sure, seen, onward), dtype=np.float64)
