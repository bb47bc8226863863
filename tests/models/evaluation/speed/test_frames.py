"""The frames of the race are what the issue asks for, and the same each time."""

import numpy as np

from models.evaluation.speed.frames import frame


def test_frames_have_the_size_and_move() -> None:
    first, later = frame(0), frame(10)
    assert first.shape == (480, 640, 3)
    assert first.dtype == np.uint8
    assert np.abs(first.astype(int) - later).mean() > 1.0


def test_frames_repeat() -> None:
    once = frame(3).copy()
    frame.cache_clear()
    assert np.array_equal(frame(3), once)
