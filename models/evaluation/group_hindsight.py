"""How few owners one threshold could miss at best, chosen with everybody's answers at hand.

That is no promise to anybody: it tells what a network's own distances could do, so that what is
lost to the worst group can be told from what is lost by a calibration. Pure.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from models.evaluation import group_rates
from models.evaluation.fairness import UNLABELLED
from models.evaluation.group_rates import EVERYBODY, Decisions, GroupRate, Labels
from models.evaluation.metrics import Flags
from models.evaluation.turns import Faces
from models.scoring.calibration import Calibration
from models.scoring.security import LEVELS
from models.types import Array


def hindsight_json(
    faces: Faces,
    calibration: Calibration,
    names: Sequence[str],
    labels: Sequence[Labels],
    *,
    enrolled: int,
) -> dict[str, Any]:
    """By level: the group that holds the threshold back, and FRR by group at the largest one at
    which no group gets more let in than chance explains; and where nobody but all people together
    is heeded. Nothing that a calibration adds to distances is added.

    `names` are the people by number. Raises UsageError as `group_rates.decisions`.
    """
    plain = replace(calibration, cohort=None, neighbours=None, axes=None, projection=None)
    made = group_rates.decisions(faces, plain, enrolled=enrolled)
    groups = _groups(names, labels)
    impostors = {name: _impostors(made, inside) for name, inside in groups.items()}
    found: dict[str, Any] = {}
    for level, promise in LEVELS.items():
        limits = {name: _largest(values, promise) for name, values in impostors.items()}
        worst = min(limits, key=lambda name: limits[name])
        found[level] = {
            "worst": worst,
            "frr": _frr(made, limits[worst], names, labels),
            "frr_unheeded": _frr(made, limits[EVERYBODY], names, labels),
        }
    return found


def _groups(names: Sequence[str], labels: Sequence[Labels]) -> Mapping[str, Flags]:
    found: dict[str, Flags] = {EVERYBODY: np.ones(len(names), dtype=bool)}
    for one in labels:
        for group in sorted(set(one.values())):
            found[group] = np.array([one.get(name) == group for name in names])
    return found


def _impostors(made: Decisions, inside: Flags) -> Array:
    """Sorted distances of people of `inside`, by number, to templates of others of it."""
    templates, pictures = inside[made.owners], inside[made.shown]
    other = made.owners[templates][:, None] != made.shown[pictures][None]
    return np.sort(made.distances[templates][:, pictures][other])


def _largest(values: Array, promise: float) -> float:
    """The largest distance at which no more of the sorted `values` are let in than `promise`."""
    most = group_rates.most_kept(promise, values.size) if values.size else 0
    return float(np.nextafter(values[most], -np.inf)) if most < values.size else math.inf


def _frr(
    made: Decisions, threshold: float, names: Sequence[str], labels: Sequence[Labels]
) -> dict[str, float | None]:
    rates: list[GroupRate] = [group_rates.everybody(made, threshold)]
    for one in labels:
        rates += group_rates.by_group(made, threshold, names, one)
    return {
        rate.group: None if rate.frr is None else round(rate.frr, 5)
        for rate in rates
        if rate.group != UNLABELLED
    }
