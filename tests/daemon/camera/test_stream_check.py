"""A camera that changes its picture in the middle has begun something else."""

from dataclasses import replace

import numpy as np
import pytest

from daemon.camera.stream_check import StreamCheck
from daemon.errors import SourceLostError
from daemon.sources.base import Frame
from tests.daemon.fakes import ADA, FakeSource, picture

GREY = Frame(np.full((240, 320, 3), 90, np.uint8), 0.0, 0)
COLOURED = Frame(picture(ADA), 0.0, 0)


class Scene:
    """A check, and how often colour was told of."""

    def __init__(self, *, still: bool = False, infrared: bool = False) -> None:
        self.told = 0
        source = FakeSource([], live=not still, still=still)
        self.check = StreamCheck(source, infrared=infrared, on_colour=self._tell)

    def _tell(self) -> None:
        self.told += 1

    def show(self, *frames: Frame) -> int:
        for frame in frames:
            self.check.see(frame)
        return self.told


def sized(width: int, height: int) -> Frame:
    return replace(GREY, image=np.zeros((height, width, 3), np.uint8))


def test_frames_of_one_size_go_on() -> None:
    assert Scene().show(*[sized(640, 480)] * 5) == 0


@pytest.mark.parametrize("other", [sized(320, 240), sized(480, 640), sized(640, 481)])
def test_another_size_is_another_stream(other: Frame) -> None:
    scene = Scene()
    scene.show(sized(640, 480))
    with pytest.raises(SourceLostError, match="changed its picture's size"):
        scene.show(other)


def test_pictures_of_a_folder_have_sizes_of_their_own() -> None:
    Scene(still=True).show(sized(640, 480), sized(320, 240))


def test_what_calls_itself_infrared_is_told_of_once_it_shows_colour() -> None:
    scene = Scene(infrared=True)
    assert scene.show(*[COLOURED] * 2, GREY, *[COLOURED] * 2) == 0
    assert scene.show(COLOURED) == 1
    assert scene.show(*[COLOURED] * 9) == 1


def test_grey_pictures_of_an_infrared_camera_are_as_they_should_be() -> None:
    assert Scene(infrared=True).show(*[GREY] * 9) == 0


def test_of_a_camera_that_calls_itself_coloured_nothing_is_asked() -> None:
    assert Scene().show(*[COLOURED] * 9) == 0
