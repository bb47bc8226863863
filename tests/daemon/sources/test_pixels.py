import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.errors import SourceError
from daemon.sources.pixels import MAX_SIDE, MIN_SIDE, Depth, as_frame, check_size


@given(
    height=st.integers(MIN_SIDE, 60),
    width=st.integers(MIN_SIDE, 60),
    channels=st.sampled_from([None, 1, 3, 4]),
    deep=st.booleans(),
)
def test_whatever_comes_becomes_bgr(
    height: int, width: int, channels: int | None, deep: bool
) -> None:
    shape = (height, width) if channels is None else (height, width, channels)
    image = np.full(shape, 513 if deep else 2, np.uint16 if deep else np.uint8)
    frame = as_frame("camera", image)
    assert frame.shape == (height, width, 3)
    assert frame.dtype == np.uint8
    assert (frame == 2).all()


@pytest.mark.parametrize(
    "garbage",
    [
        np.zeros((48, 64, 2), np.uint8),
        np.zeros((48, 64, 5), np.uint8),
        np.zeros((48, 64, 3), np.float32),
        np.zeros((0, 64, 3), np.uint8),
        np.zeros(64, np.uint8),
        np.zeros((1, 48, 64, 3), np.uint8),
    ],
)
def test_garbage_is_refused(garbage: np.ndarray) -> None:
    with pytest.raises(SourceError, match=r"^camera "):
        as_frame("camera", garbage)


def test_sizes_have_bounds() -> None:
    check_size("x", MIN_SIDE, MIN_SIDE)
    check_size("x", 8000, 8000)
    for width, height in ((MIN_SIDE - 1, 99), (99, MIN_SIDE - 1), (8001, 8000), (0, 0), (-5, 50)):
        with pytest.raises(SourceError, match=f"x is {width} x {height} pixels"):
            check_size("x", width, height)


def test_a_large_frame_is_shrunk_in_proportion() -> None:
    assert as_frame("x", np.zeros((100, 2 * MAX_SIDE, 3), np.uint8)).shape == (50, MAX_SIDE, 3)


def words(level: int, *, hot: int = 0) -> np.ndarray:
    """A grey picture of 16-bit words, three rows of it dark, one pixel hot."""
    image = np.full((48, 64), level, np.uint16)
    image[:3] = level // 4
    image[0, 0] = max(hot, level // 4)
    return image


@pytest.mark.parametrize(
    ("white", "bits"), [(3, 10), (1023, 10), (1024, 12), (4095, 12), (16_383, 14), (65_535, 16)]
)
def test_the_depth_of_16_bit_words_is_found(white: int, bits: int) -> None:
    depth = Depth()
    depth.see(words(white))
    assert depth.bits == bits
    assert depth.eight_bits(words(white)).max() == min(white >> (bits - 8), 255)


def test_the_depth_is_kept_whatever_the_light_does() -> None:
    depth = Depth()
    depth.see(words(4000))
    assert [int(depth.eight_bits(words(level)).max()) for level in (4000, 400, 40, 4000)] == [
        250,
        25,
        2,
        250,
    ]
    assert depth.bits == 12


def test_a_hot_pixel_is_white_and_changes_nothing() -> None:
    depth = Depth()
    depth.see(words(900))
    image = depth.eight_bits(words(900, hot=65_535))
    assert (depth.bits, int(image[0, 0]), int(image[5, 5])) == (10, 255, 225)


def test_a_camera_that_was_covered_when_it_was_opened_is_seen_aright_later() -> None:
    depth = Depth()
    depth.see(words(0))
    assert depth.eight_bits(words(60_000)).max() == 60_000 >> 8


def test_pictures_of_bytes_are_left_alone() -> None:
    image = np.full((48, 64), 200, np.uint8)
    depth = Depth()
    depth.see(image)
    assert depth.eight_bits(image) is image
    assert depth.bits == 10
