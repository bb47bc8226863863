"""The pyramid and the patches that the networks are given."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.detectors import patches
from models.types import Array, Box, Image
from tests.models.detectors import exact

sides = st.integers(1, 400)


def noise(height: int, width: int, seed: int = 0) -> Image:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


@settings(deadline=None, max_examples=40)
@given(sides, sides, st.integers(12, 200))
@example(480, 640, 60)
def test_levels_are_means_of_the_pixels_they_cover(height: int, width: int, face: int) -> None:
    image = noise(height, width)
    levels = patches.scales(height, width, min_face=face, scale_factor=0.709)
    for scale, level in zip(levels, patches.pyramid(image, levels), strict=True):
        size = (int(width * scale), int(height * scale))
        expected = cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        assert level.shape == (1, size[1], size[0], 3)
        assert np.abs(level[0] - expected).max() < 0.01


@settings(deadline=None, max_examples=40)
@given(sides, sides, st.integers(12, 200))
@example(480, 640, 60)
def test_rough_levels_have_the_same_sizes_and_nearly_the_same_light(
    height: int, width: int, face: int
) -> None:
    smooth = np.asarray(cv2.resize(noise(4, 4), (width, height)), dtype=np.uint8)
    levels = patches.scales(height, width, min_face=face, scale_factor=0.709)
    found = zip(patches.pyramid(smooth, levels), patches.rough_pyramid(smooth, levels), strict=True)
    for exactly, roughly in found:
        assert roughly.shape == exactly.shape
        assert roughly.dtype == np.float32
        assert np.abs(roughly - exactly).mean() < 3


@given(st.integers(1, 1920), st.integers(1, 1920), st.integers(12, 1000), st.floats(0.5, 0.9))
def test_levels_shrink_down_to_one_window(height: int, width: int, face: int, step: float) -> None:
    levels = patches.scales(height, width, min_face=face, scale_factor=step)
    shorter = min(height, width)
    assert bool(levels) == (shorter >= face) or shorter == face  # where rounding decides
    if levels:
        assert levels[0] * face == pytest.approx(patches.CELL)
        assert levels == sorted(levels, reverse=True)
        assert int(min(height, width) * levels[-1]) >= patches.CELL


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 300), st.integers(2, 300), st.integers(0, 2**32 - 1))
def test_patches_are_sampled_where_they_should(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Smooth, so that the 1/32 pixel to which OpenCV rounds a place shows in no grey level.
    smooth = cv2.resize(noise(4, 4, seed), (width, height), interpolation=cv2.INTER_LINEAR)
    boxes = squares_inside(rng, height, width)
    found = patches.cut(np.asarray(smooth, dtype=np.uint8), boxes, 24)
    expected = exact.cut(np.asarray(smooth, dtype=np.uint8), boxes, 24)
    steepest = 255 * 4 / min(height, width) / 32 + 1.5
    assert np.abs(found - expected).max() <= steepest


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 300), st.integers(2, 300), st.integers(0, 2**32 - 1))
def test_a_single_patch_is_cut_quickly_where_it_should(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    smooth = cv2.resize(noise(4, 4, seed), (width, height), interpolation=cv2.INTER_LINEAR)
    image = np.asarray(smooth, dtype=np.uint8)
    inside = squares_inside(rng, height, width)[:1]
    (left, top, right, bottom), expected = inside[0].tolist(), patches.cut(image, inside, 48)
    found = patches.cut_quickly(image, Box(left, top, right, bottom), 48)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    steepest = 255 * 4 / min(height, width) / 16 + 1.5
    assert np.abs(found - expected).max() <= steepest


def test_a_single_patch_shows_grey_beyond_the_picture() -> None:
    image = np.full((40, 60, 3), 200, dtype=np.uint8)
    found = patches.cut_quickly(image, Box(-60.0, 0.0, 60.0, 40.0), 48)
    assert (found[0, :, :23] == 128).all()
    assert (found[0, :, 25:] == 200).all()


def squares_inside(rng: np.random.Generator, height: int, width: int) -> Array:
    corners = rng.uniform(0, [width / 2, height / 2], (5, 2))
    extents = rng.uniform(1, min(height, width) / 2, (5, 1))
    return np.hstack([corners, corners + extents]).astype(np.float32)


def test_what_is_beyond_the_picture_is_grey() -> None:
    white = np.full((50, 60, 3), 255, dtype=np.uint8)
    boxes = np.array([[-40, -40, 20, 20], [200, 200, 260, 260]], dtype=np.float32)
    inside_out, outside = patches.cut(white, boxes, 24)
    assert (inside_out[:15] == 128).all()
    assert (inside_out[-5:, -5:] == 255).all()
    assert (outside == 128).all()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((480, 640), (480, 640)), ((1080, 1920), (1080, 1920)), ((10, 20_000), (1, 1920))],
)
def test_long_pictures_are_shrunk(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    small, factor = patches.bounded(np.zeros((*shape, 3), dtype=np.uint8))
    assert small.shape[:2] == expected
    assert factor == pytest.approx(max(shape) / max(expected))
