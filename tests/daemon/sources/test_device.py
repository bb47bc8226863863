from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

import cv2
import numpy as np
import pytest

from daemon.errors import SourceBusyError, SourceError, SourceLostError
from daemon.sources import device
from daemon.sources.device import DeviceSource, open_device
from daemon.sources.opencv import Capture
from daemon.sources.v4l2 import Node
from tests.daemon.sources.files import flat

NODE = Node("/dev/video0", "uvcvideo", "Integrated Camera", "usb-1", 1, ("YUYV",))


class Camera:
    """Stands in for cv2.VideoCapture: gives `pictures`, None for a failed read, then only fails."""

    def __init__(self, *pictures: Any, size: tuple[int, int] = (64, 48)) -> None:
        self._pictures = list(pictures)
        self._size = size
        self.reads = 0

    def read(self) -> tuple[bool, Any]:
        self.reads += 1
        picture = self._pictures.pop(0) if self._pictures else None
        return picture is not None, picture

    def grab(self) -> bool:
        self._taken = self.read()
        return self._taken[0]

    def retrieve(self) -> tuple[bool, Any]:
        return self._taken

    def get(self, prop: int) -> float:
        return {cv2.CAP_PROP_FRAME_WIDTH: self._size[0], cv2.CAP_PROP_FRAME_HEIGHT: self._size[1]}[
            prop
        ]

    def release(self) -> None:
        pass


class Opener(Protocol):
    """Opens a stand-in, None for one that OpenCV cannot open."""

    def __call__(self, camera: Camera | None, node: Node = NODE) -> DeviceSource: ...


SETTINGS = {
    ("GREY",): [cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"GREY")],
    ("Y16 ", "GREY"): [cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"GREY")],
    ("Y16 ",): [cv2.CAP_PROP_CONVERT_RGB, 0],
}
"""What OpenCV is asked for first, by the formats of a camera."""


@pytest.fixture
def opener(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Opens the camera given to it, through `open_device`."""
    monkeypatch.setattr(device, "inspect_camera", lambda _: NODE)
    monkeypatch.setattr(device, "still_there", lambda _: True)
    monkeypatch.setattr(device, "_FAILURE_PAUSE", 0.0)

    asked: list[int] = []

    def start(camera: Camera | None, node: Node = NODE) -> DeviceSource:
        asked.clear()
        if node is not NODE:
            monkeypatch.setattr(device, "inspect_camera", lambda _: node)

        def capture(target: str, backend: int, settings: Sequence[int]) -> Capture | None:
            assert (target, backend) == ("/dev/video0", cv2.CAP_V4L2)
            asked.extend(settings)
            return None if camera is None else Capture(camera)  # type: ignore[arg-type]

        monkeypatch.setattr(device, "open_capture", capture)
        try:
            return open_device("/dev/video0")
        finally:
            assert asked[1::2][-3:] == [640, 480, 30]
            assert asked[:-6] == SETTINGS.get(node.formats, [])

    return start


@pytest.mark.parametrize(("white", "bits"), [(1023, 10), (4095, 12), (65_535, 16)])
def test_16_bit_words_are_shown_at_the_depth_that_was_found_at_opening(
    opener: Opener, white: int, bits: int
) -> None:
    awake = np.full((48, 64), white, np.uint16)
    waking = [np.zeros((48, 64), np.uint16)] * 4
    dim = awake // 4
    with opener(Camera(*waking, *[awake] * 4, dim, awake), deep_node("Y16 ")) as source:
        frames = [source.read() for _ in range(2)]
    levels = [int(frame.image.max()) for frame in frames if frame is not None]
    assert levels == [white // 4 >> (bits - 8), 255]


@pytest.mark.parametrize("formats", [("GREY",), ("Y16 ", "GREY")])
def test_bytes_are_preferred_to_words(opener: Opener, formats: tuple[str, ...]) -> None:
    camera = Camera(np.full((48, 64), 77, np.uint8))
    with opener(camera, deep_node(*formats)) as source:
        frame = source.read()
    assert camera.reads == 1
    assert frame is not None
    assert (frame.image == 77).all()


def deep_node(*formats: str) -> Node:
    """An infrared camera."""
    return replace(NODE, formats=formats)


def test_grey_and_16_bit_infrared_pictures_become_bgr(opener: Opener) -> None:
    grey = np.full((48, 64), 9, np.uint8)
    deep = np.full((48, 64), 9 * 4, np.uint16)
    with opener(Camera(flat(9), grey, grey[..., None], deep)) as source:
        assert source.live
        assert not source.still
        frames = [source.read() for _ in range(4)]
    times = []
    for index, frame in enumerate(frames):
        assert frame is not None
        assert frame.image.shape == (48, 64, 3)
        assert (frame.image == 9).all()
        assert frame.index == index
        times.append(frame.time)
    assert times == sorted(times)


def test_a_damaged_frame_is_passed_over(opener: Opener) -> None:
    with opener(Camera(None, None, flat(1))) as source:
        frame = source.read()
    assert frame is not None
    assert frame.index == 0


def test_a_camera_that_only_fails_is_lost(opener: Opener) -> None:
    camera = Camera(flat(1))
    with opener(camera) as source:
        assert source.read() is not None
        with pytest.raises(SourceLostError, match="stopped sending pictures"):
            source.read()
    assert camera.reads == 6


def test_an_unplugged_camera_is_lost_at_once(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = Camera()
    with opener(camera) as source:
        monkeypatch.setattr(device, "still_there", lambda _: False)
        with pytest.raises(SourceLostError, match=r"Integrated Camera, colour\) was unplugged"):
            source.read()
    assert camera.reads == 1


def test_a_closed_camera_ends(opener: Opener) -> None:
    source = opener(Camera(flat(1)))
    source.close()
    assert source.read() is None


def test_garbage_of_a_camera_is_an_error(opener: Opener) -> None:
    source = opener(Camera(np.zeros((48, 64, 7), np.uint8)))
    with source, pytest.raises(SourceError, match="7 channels"):
        source.read()


def test_a_camera_that_opencv_cannot_open_is_an_error(opener: Opener) -> None:
    with pytest.raises(SourceError, match=r"Integrated Camera, colour\) cannot be opened"):
        opener(None)


def test_what_opencv_cannot_open_is_busy_only_where_the_kernel_says_so(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceError) as caught:
        opener(None)
    assert not isinstance(caught.value, SourceBusyError)
    answers: Iterator[SourceError | None] = iter((None, SourceBusyError("in use")))

    def inspect(_path: str) -> Node:
        error = next(answers)
        if error is not None:
            raise error
        return NODE

    monkeypatch.setattr(device, "inspect_camera", inspect)
    with pytest.raises(SourceBusyError, match="in use"):
        opener(None)


def test_a_camera_of_odd_size_is_an_error(opener: Opener) -> None:
    with pytest.raises(SourceError, match="16 x 8 pixels, too small"):
        opener(Camera(size=(16, 8)))
