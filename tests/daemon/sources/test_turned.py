"""A camera that hangs upside down or on its side."""

import numpy as np
import pytest

from daemon.sources.base import BasicSource, Frame
from daemon.sources.demo import open_demo
from daemon.sources.turned import turned


class Corner(BasicSource):
    """One frame, 6 wide and 4 high, with a white pixel at its upper left; then the end."""

    def __init__(self) -> None:
        super().__init__("corner", live=True, patience=3.0)
        self.closed = False
        self._frames = [Frame(np.zeros((4, 6, 3), np.uint8), 0.5, 7, "name")]
        self._frames[0].image[0, 0] = 255

    def read(self) -> Frame | None:
        return self._frames.pop() if self._frames else None

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("degrees", "shape", "white"),
    [(90, (6, 4), (0, 3)), (180, (4, 6), (3, 5)), (270, (6, 4), (5, 0))],
)
def test_frames_are_turned_clockwise_and_keep_all_else(
    degrees: int, shape: tuple[int, int], white: tuple[int, int]
) -> None:
    corner = Corner()
    source = turned(corner, degrees)
    frame = source.read()
    assert frame is not None
    assert frame.image.shape[:2] == shape
    assert [tuple(place) for place in np.argwhere(frame.image[:, :, 0])] == [white]
    assert (frame.time, frame.index, frame.name) == (0.5, 7, "name")
    assert (source.description, source.live, source.still, source.patience) == (
        *("corner", True, False, 3.0),
    )
    assert source.read() is None
    source.close()
    assert corner.closed


def test_an_upright_camera_is_left_alone() -> None:
    corner = Corner()
    assert turned(corner, 0) is corner


def test_what_can_be_skipped_still_can() -> None:
    with open_demo("empty", pace=False) as clip:
        assert getattr(turned(clip, 90), "skip", None) == getattr(clip, "skip", None)
