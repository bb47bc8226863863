"""Boxes and transforms."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.geometry import iou, similarity_transform
from models.types import Box

COORDINATE = st.floats(-1e4, 1e4, width=32)
BOXES = st.builds(Box, COORDINATE, COORDINATE, COORDINATE, COORDINATE)
FACE = np.array([(30, 46), (65, 46), (48, 66), (33, 87), (62, 87)], dtype=np.float64)


def moved(
    points: npt.NDArray[np.float64], scale: float, angle: float, shift: tuple[float, float]
) -> npt.NDArray[np.float64]:
    """`points` turned by `angle` in radians, scaled and shifted."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(scale * points @ turn.T + shift)


def applied(
    matrix: npt.NDArray[np.float32], points: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return np.asarray(points @ matrix[:, :2].T.astype(np.float64) + matrix[:, 2])


def test_the_overlap_of_known_boxes() -> None:
    box = Box(0, 0, 10, 10)
    assert iou(box, box) == 1.0
    assert iou(box, Box(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert iou(box, Box(0, 0, 5, 5)) == pytest.approx(0.25)
    assert iou(box, Box(10, 0, 20, 10)) == 0.0
    assert iou(box, Box(30, 30, 40, 40)) == 0.0


def test_a_box_without_area_overlaps_nothing() -> None:
    point, inverted = Box(5, 5, 5, 5), Box(10, 10, 0, 0)
    for flat in (point, inverted):
        assert flat.area == 0.0
        assert iou(flat, flat) == 0.0
        assert iou(flat, Box(0, 0, 10, 10)) == 0.0


@given(BOXES, BOXES)
def test_overlap_is_a_share_and_the_same_both_ways(a: Box, b: Box) -> None:
    assert 0.0 <= iou(a, b) <= 1.0 + 1e-9
    assert iou(a, b) == pytest.approx(iou(b, a))


@given(
    scale=st.floats(0.01, 100),
    angle=st.floats(-3.1, 3.1),
    shift=st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000)),
)
def test_a_similarity_is_found_exactly(
    scale: float, angle: float, shift: tuple[float, float]
) -> None:
    target = moved(FACE, scale, angle, shift)
    found = similarity_transform(FACE, target)
    assert found.shape == (2, 3)
    assert found.dtype == np.float32
    assert np.allclose(applied(found, FACE), target, atol=1e-3 * max(scale, 1))


def test_no_similarity_is_nearer_than_the_one_found() -> None:
    rng = np.random.default_rng(1)
    target = FACE + rng.normal(0, 4, FACE.shape)
    best = similarity_transform(FACE, target)
    error = np.square(applied(best, FACE) - target).sum()
    for _ in range(300):
        a, b, x, y = rng.normal(0, [0.02, 0.02, 1, 1])
        near = best + np.array([[a, -b, x], [b, a, y]], dtype=np.float32)
        assert np.square(applied(near, FACE) - target).sum() > error - 1e-3


def test_a_mirrored_face_is_turned_never_mirrored() -> None:
    matrix = similarity_transform(FACE, FACE * (-1, 1))
    assert np.linalg.det(matrix[:, :2]) > 0


def test_points_that_coincide_give_a_transform_of_scale_0() -> None:
    matrix = similarity_transform(np.full((5, 2), 7.0), FACE)
    assert np.array_equal(matrix[:, :2], np.zeros((2, 2)))
    assert np.allclose(matrix[:, 2], FACE.mean(axis=0))
