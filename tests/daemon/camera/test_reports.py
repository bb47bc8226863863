"""Which camera is taken, what a throttle lets through, what the preview sends."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from daemon.api import PREVIEW_HEADER_SIZE, PreviewHeader
from daemon.camera.job import camera_report
from daemon.camera.opener import preferred
from daemon.enrolment.preview import Preview
from daemon.recognition.verifier import Motion
from daemon.sources import v4l2
from daemon.sources.throttle import Throttle
from daemon.sources.v4l2 import Node
from tests.daemon.fakes import ADA, BOB, NOBODY, FakeSource, picture

COLOUR = Node("/dev/video0", "uvcvideo", "Camera", "usb-1", 1, ("YUYV", "MJPG"))
INFRARED = Node("/dev/video2", "uvcvideo", "Camera", "usb-1", 1, ("GREY",))


def test_a_camera_is_named_so_that_it_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "video2").touch()
    (tmp_path / "by-path").mkdir()
    name = tmp_path / "by-path/usb-0:1:1.2-video-index0"
    name.symlink_to(tmp_path / "video2")
    monkeypatch.setattr(v4l2, "_BY_PATH", tmp_path / "by-path")
    source = FakeSource([])
    vars(source)["node"] = replace(INFRARED, path=str(tmp_path / "video2"))
    report = camera_report(source)
    assert (report.name, report.infrared) == (str(name), True)
    vars(source)["node"] = COLOUR
    assert (camera_report(source).name, camera_report(source).infrared) == (COLOUR.path, False)
    del vars(source)["node"]
    assert camera_report(source).name == source.description


@pytest.mark.parametrize(
    ("wish", "order"),
    [
        ("prefer", [INFRARED, COLOUR]),
        ("only", [INFRARED]),
        ("never", [COLOUR]),
    ],
)
def test_infrared_is_known_by_its_formats(wish: str, order: list[Node]) -> None:
    assert preferred([COLOUR, INFRARED], wish) == order


def test_a_throttle_lets_few_frames_through() -> None:
    times = iter(range(1000))
    source = FakeSource([ADA, BOB] * 50, live=True)
    # Ten ticks of this clock for each frame that is asked for.
    throttle = Throttle(source, lambda: 0.1, clock=lambda: float(next(times)))
    indices = []
    while (frame := throttle.read()) is not None:
        indices.append(frame.index)
    assert indices[0] == 0
    assert min(np.diff(indices)) > 5


def test_a_throttle_leaves_pictures_alone() -> None:
    throttle = Throttle(FakeSource([ADA, BOB]), lambda: 0.001)
    assert [throttle.read() is not None for _ in range(3)] == [True, True, False]


def test_motion_is_the_share_that_differs() -> None:
    motion = Motion()
    assert motion.change(picture(NOBODY)) == float("inf")
    assert motion.change(picture(NOBODY)) == 0.0
    half = picture(NOBODY).copy()
    half[:120] = 255 - half[:120]
    assert 0.2 < motion.change(half) <= 0.5


def test_the_preview_sends_whole_pictures_and_shrinks_large_ones() -> None:
    preview = Preview()
    preview.offer(np.zeros((1080, 1920, 3), dtype=np.uint8))
    with os.fdopen(preview.reader, "rb") as reader:
        header = PreviewHeader.unpack(reader.read(PREVIEW_HEADER_SIZE))
        assert (header.width, header.height) == (640, 360)
        assert len(reader.read(header.payload_size)) == header.payload_size
        preview.close()
        assert reader.read() == b""


def test_the_preview_survives_a_reader_that_leaves() -> None:
    preview = Preview()
    os.close(preview.reader)
    for _ in range(3):
        preview.offer(np.zeros((480, 640, 3), dtype=np.uint8))
    preview.close()
