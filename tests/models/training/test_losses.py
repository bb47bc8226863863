"""Losses against values computed by hand, and their slopes against finite differences."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training import losses

VECTORS = st.lists(st.floats(-1, 1), min_size=4, max_size=4)


def tensorflow() -> Any:
    """Not at the top: each process that collects the tests would load it, whatever it runs."""
    import tensorflow as tf

    return tf


def constant(values: object) -> Any:
    return tensorflow().constant(values, dtype="float64")


def test_distance_by_hand() -> None:
    apart = losses.distance(constant([[3.0, 0.0], [1.0, 1.0]]), constant([[0.0, 4.0], [1.0, 1.0]]))
    assert apart.numpy() == pytest.approx([5.0, 0.0], abs=1e-5)


def test_cross_entropy_by_hand() -> None:
    # sigmoid(0) = 1/2: ln 2 each; sigmoid(ln 3) = 3/4: -ln(3/4) where the same, -ln(1/4) where not.
    found = losses.cross_entropy(constant([0.0, math.log(3), math.log(3)]), constant([1, 1, 0]))
    assert float(found) == pytest.approx((math.log(2) - math.log(0.75) + math.log(4)) / 3)


def test_contrastive_by_hand() -> None:
    # Genuine at 0.6: 0.18. Impostors: at 0.4 of a margin of 1: 0.18; at 1.5: nothing.
    found = losses.contrastive(constant([0.6, 0.4, 1.5]), constant([1, 0, 0]), 1.0)
    assert float(found) == pytest.approx((0.18 + 0.18 + 0.0) / 3)


@pytest.mark.parametrize(("alpha", "loss"), [(0.2, 0.0), (0.5, 0.0), (0.8, 0.2), (-0.5, 0.0)])
def test_triplet_by_hand(alpha: float, loss: float) -> None:
    # |a - p|^2 = 0.04, |a - n|^2 = 0.64: 0.6 to spare.
    at = [constant([[value]]) for value in (0.0, 0.2, 0.8)]
    assert float(losses.triplet(at[0], at[1], at[2], alpha)) == pytest.approx(loss)


def test_a_negative_margin_leaves_alone_what_is_a_little_wrong() -> None:
    anchor, near, far = constant([[0.0]]), constant([[0.5]]), constant([[0.6]])
    # The stranger is nearer by 0.36 - 0.25 = 0.11.
    assert float(losses.triplet(anchor, far, near, -0.2)) == 0.0
    assert float(losses.triplet(anchor, far, near, -0.1)) == pytest.approx(0.01)


@settings(deadline=None, max_examples=30)
@given(VECTORS, st.floats(-1, 1))
def test_equal_anchor_and_positive_and_a_far_negative_cost_nothing(
    vector: list[float], alpha: float
) -> None:
    anchor = constant([vector])
    assert float(losses.triplet(anchor, anchor, anchor + 1.0, alpha)) == 0.0


@settings(deadline=None, max_examples=30)
@given(VECTORS, VECTORS, st.floats(-1, 1))
def test_no_loss_is_negative(first: list[float], second: list[float], alpha: float) -> None:
    a, b = constant([first]), constant([second])
    apart = losses.distance(a, b)
    for same in (0, 1):
        assert float(losses.contrastive(apart, constant([same]), abs(alpha))) >= 0.0
        assert float(losses.cross_entropy(apart, constant([same]))) >= 0.0
    assert float(losses.triplet(a, b, a, alpha)) >= 0.0


SAME = np.array([1.0, 0.0, 1.0])
LOSSES: dict[str, Callable[[Any], Any]] = {
    "bce": lambda x: losses.cross_entropy(5 - 5 * losses.distance(x[:3], x[3:6]), SAME),
    "contrastive": lambda x: losses.contrastive(losses.distance(x[:3], x[3:6]), SAME, 1.2),
    "triplet": lambda x: losses.triplet(x[:3], x[3:6], x[6:], 0.7),
    "of directions": lambda x: losses.triplet(
        losses.unit(x[:3]), losses.unit(x[3:6]), losses.unit(x[6:]), 0.7
    ),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_slopes_are_those_of_finite_differences(loss: Callable[[Any], Any]) -> None:
    at = np.random.default_rng(1).normal(0, 0.5, (9, 4))
    with tensorflow().GradientTape() as tape:
        tape.watch(x := constant(at))
        value = loss(x)
    slopes = tape.gradient(value, x).numpy()
    assert np.abs(slopes).max() > 0.01
    for index in np.ndindex(at.shape):
        up, down = at.copy(), at.copy()
        up[index] += 1e-6
        down[index] -= 1e-6
        measured = (float(loss(constant(up))) - float(loss(constant(down)))) / 2e-6
        assert slopes[index] == pytest.approx(measured, abs=1e-6)


def test_two_equal_pictures_have_a_finite_slope() -> None:
    with tensorflow().GradientTape() as tape:
        tape.watch(x := constant([[0.3, 0.4]]))
        value = losses.contrastive(losses.distance(x, x), constant([0.0]), 1.0)
    assert np.isfinite(tape.gradient(value, x).numpy()).all()
