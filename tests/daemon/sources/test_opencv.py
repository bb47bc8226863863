import os
import threading
from typing import Any

import cv2
import numpy as np
import pytest

from daemon.errors import SourceError
from daemon.sources.opencv import Capture, open_capture, within
from tests.daemon.sources.files import flat

SOON = 10.0


class Device:
    """Stands in for cv2.VideoCapture; its reads wait for `go` and are never released under way."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.reading = threading.Event()
        self.released = 0

    def read(self) -> tuple[bool, Any]:
        self.reading.set()
        self.go.wait(SOON)
        self.reading.clear()
        return True, flat(1)

    def grab(self) -> bool:
        self._taken = self.read()
        return self._taken[0]

    def retrieve(self) -> tuple[bool, Any]:
        return self._taken

    def get(self, prop: int) -> float:
        return float("nan") if prop else 12.5

    def release(self) -> None:
        assert not self.reading.is_set(), "released while a read was under way"
        self.released += 1


def as_capture(device: Device) -> Capture:
    return Capture(device)  # type: ignore[arg-type]


def test_closing_twice_releases_and_ends_reading() -> None:
    device = Device()
    device.go.set()
    opened = as_capture(device)
    assert opened.read() is not None
    opened.close()
    opened.close()
    assert device.released >= 1
    assert opened.read() is None
    assert opened.number(0) == 0.0


def test_a_hanging_read_is_released_by_itself_when_it_returns() -> None:
    device = Device()
    opened = as_capture(device)
    reader = threading.Thread(target=opened.read, daemon=True)
    reader.start()
    assert device.reading.wait(SOON)
    opened.close()
    assert device.released == 0
    device.go.set()
    reader.join(SOON)
    assert device.released == 1


def test_numbers_are_finite() -> None:
    opened = as_capture(Device())
    assert (opened.number(0), opened.number(1)) == (12.5, 0.0)


def test_an_opencv_error_reads_as_no_picture() -> None:
    class Broken(Device):
        def read(self) -> tuple[bool, Any]:
            raise cv2.error("broken")

    assert as_capture(Broken()).read() is None


def test_the_environment_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
    seen = []

    class Spy:
        def __init__(self, *_: object) -> None:
            seen.append(os.environ[name])

        def isOpened(self) -> bool:  # noqa: N802 (OpenCV's name)
            return False

    monkeypatch.setattr(cv2, "VideoCapture", Spy)
    monkeypatch.delenv(name, raising=False)
    assert open_capture("x", cv2.CAP_FFMPEG, ffmpeg="a;b") is None
    assert name not in os.environ
    monkeypatch.setenv(name, "mine")
    assert open_capture("x", cv2.CAP_FFMPEG, ffmpeg="a;b") is None
    assert os.environ[name] == "mine"
    assert seen == ["a;b", "a;b"]


def test_within_gives_the_result_or_the_error() -> None:
    assert within(SOON, lambda: 7, late=lambda _: None, what="it") == 7

    def fail() -> int:
        raise SourceError("no")

    with pytest.raises(SourceError, match="no"):
        within(SOON, fail, late=lambda _: None, what="it")


def test_within_gives_up_and_hands_on_what_comes_late() -> None:
    go, handed = threading.Event(), threading.Event()
    late: list[np.generic | int] = []

    def slow() -> int:
        go.wait(SOON)
        return 7

    def keep(value: int) -> None:
        late.append(value)
        handed.set()

    with pytest.raises(SourceError, match=r"it did not open within 0\.05 s"):
        within(0.05, slow, late=keep, what="it")
    go.set()
    assert handed.wait(SOON)
    assert late == [7]
