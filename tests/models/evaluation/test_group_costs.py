"""What a group costs: as much as its strangers come nearer than others, where that is gained."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest

from models.evaluation.group_costs import Group, Held, costs_of
from models.types import Array


def _held(distances: npt.NDArray[np.float64], shares: Mapping[str, float]) -> Held:
    found = distances.astype(np.float32)
    return Held(found, {name: np.full_like(found, share) for name, share in shares.items()})


def _group(people: int, middle: float, share: float, *, few: float = 0.0, n: int = 40_000) -> Group:
    rng = np.random.default_rng(people)
    shares = {"near": share, "few": few}
    strangers = {size: _held(rng.normal(middle, 0.05, n), shares) for size in (1, 3)}
    return Group(people, strangers, _held(rng.normal(0.3, 0.05, 400), shares))


def _limit(values: Mapping[int, Array]) -> float:
    return float(min(one[len(one) // 1000] for one in values.values()))


def test_a_group_costs_what_its_strangers_come_nearer() -> None:
    groups = {"others": _group(200, 1.0, 0.0), "near": _group(40, 0.9, 1.0)}
    costs = costs_of(groups, ["near"], ["near"], _limit)
    assert costs["near"] == pytest.approx(0.1, abs=0.025)
    gained = groups["near"].limit(costs, _limit)
    assert gained == pytest.approx(groups["others"].limit(costs, _limit), abs=0.025)


def test_a_group_whose_strangers_are_as_far_as_others_costs_nothing() -> None:
    groups = {"others": _group(200, 1.0, 0.0), "near": _group(40, 1.05, 1.0)}
    assert costs_of(groups, ["near"], ["near"], _limit) == {"near": 0.0}


def test_a_cost_that_moves_no_limit_is_not_asked() -> None:
    groups = {"others": _group(200, 1.0, 0.0), "near": _group(40, 0.9, 0.01)}
    assert costs_of(groups, ["near"], ["near"], _limit)["near"] == 0.0


def test_a_group_too_few_to_tell_costs_what_the_dearest_rare_one_does() -> None:
    groups = {"others": _group(200, 1.0, 0.0), "near": _group(40, 0.9, 1.0)}
    groups["few"] = _group(12, 1.0, 0.0, few=1.0, n=2000)
    costs = costs_of(groups, ["near", "few"], ["near", "few"], _limit)
    assert costs["few"] == costs["near"] > 0.0


def test_without_a_large_group_that_costs_nothing_none_does() -> None:
    assert costs_of({"near": _group(200, 0.9, 1.0)}, ["near"], [], _limit) == {}
    assert costs_of({"tiny": _group(50, 1.0, 0.0)}, [], [], _limit) == {}
