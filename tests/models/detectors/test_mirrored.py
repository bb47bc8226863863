"""One window and its mirror image before a network that answers what a test says."""

import math

import numpy as np
import pytest

from models.assets.runtime import Network
from models.detectors.mirrored import both_ways, is_near, window_of
from models.types import Array, Box

WINDOW = Box(100.0, 50.0, 199.0, 149.0)  # 100 pixels, counted inclusively
PATCH: Array = np.tile(np.arange(48, dtype=np.float32)[None, None, :, None], (1, 48, 1, 3))
FACE = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)]


def answer(*, left: float, right: float, points: list[tuple[float, float]], sure: float) -> Array:
    logit = math.log(sure / (1 - sure))
    across, down = zip(*points, strict=True)
    return np.array([left, 0.0, right, 0.0, *across, *down, logit], dtype=np.float32)


MIRRORED = [(1.01 - x, y) for x, y in (FACE[index] for index in (1, 0, 2, 4, 3))]


class Scripted(Network):
    """Answers one thing to `PATCH`, another to its mirror image."""

    def __init__(self, straight: Array, mirrored: Array) -> None:
        self.answers = {0.0: straight, 47.0: mirrored}

    def run(self, batch: Array) -> tuple[Array, ...]:
        assert batch.shape == (1, 48, 48, 3)
        return (self.answers[float(batch[0, 0, 0, 0])].reshape(1, 1, 1, -1),)


def test_a_face_and_its_mirror_image_say_the_same() -> None:
    straight = answer(left=0.1, right=-0.05, points=FACE, sure=0.9)
    mirrored = answer(left=0.05, right=-0.1, points=MIRRORED, sure=0.99)
    seen = both_ways(Scripted(straight, mirrored), PATCH, WINDOW)
    assert seen.confidence == pytest.approx(0.99)
    assert (seen.box.left, seen.box.right) == pytest.approx((110.0, 194.0))
    assert (seen.box.top, seen.box.bottom) == pytest.approx((50.0, 149.0))
    expected = np.array(FACE) * 100 + [99, 49]
    np.testing.assert_allclose(seen.landmarks, expected, atol=1e-4)


@pytest.mark.parametrize(("sure", "places"), [(0.9, 1.0), (0.4, 0.0)])
def test_only_answers_that_see_a_face_count(sure: float, places: float) -> None:
    moved = [(x, y + 0.02) for x, y in MIRRORED]
    straight = answer(left=0.0, right=0.0, points=FACE, sure=0.9)
    seen = both_ways(
        Scripted(straight, answer(left=0.2, right=0.2, points=moved, sure=sure)), PATCH, WINDOW
    )
    np.testing.assert_allclose(seen.landmarks[:, 1], np.array(FACE)[:, 1] * 100 + 49 + places)
    assert seen.box.left == pytest.approx(100.0 - 10.0 * places)


def test_where_neither_sees_a_face_neither_is_believed() -> None:
    nothing = answer(left=0.0, right=0.0, points=FACE, sure=0.1)
    assert both_ways(Scripted(nothing, nothing), PATCH, WINDOW).confidence == pytest.approx(0.1)


@pytest.mark.parametrize(("logit", "sure"), [(1e6, 1.0), (-1e6, 0.0)])
def test_a_confidence_however_extreme_is_a_share(logit: float, sure: float) -> None:
    heads = answer(left=0.0, right=0.0, points=FACE, sure=0.5)
    heads[-1] = logit
    assert both_ways(Scripted(heads, heads), PATCH, WINDOW).confidence == pytest.approx(sure)


def test_a_window_is_square_and_around_the_middle() -> None:
    assert window_of(Box(10, 20, 30, 60), 1.0) == Box(0, 20, 40, 60)
    assert window_of(Box(10, 20, 30, 60), 1.5) == Box(-10, 10, 50, 70)


@pytest.mark.parametrize(("shift", "near"), [(0.0, True), (5.0, True), (-7.0, False)])
def test_a_box_is_near_that_would_have_been_looked_at_there(shift: float, near: bool) -> None:
    box = Box(100 + shift, 100, 200 + shift, 180)
    window = window_of(Box(100, 100, 200, 180), 1.05)
    assert is_near(box, window, share=1.05, most=0.06) is near
    assert not is_near(Box(math.nan, 100, 200, 180), window, share=1.05, most=0.06)
