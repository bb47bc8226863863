import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.errors import SourceError
from daemon.sources.pixels import MAX_SIDE, MIN_SIDE, as_frame, check_size


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
