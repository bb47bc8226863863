"""How a camera is reported."""

from dataclasses import replace
from pathlib import Path

import pytest

from daemon.camera.source_report import camera_report
from daemon.sources import v4l2
from daemon.sources.v4l2 import Node
from tests.daemon.fakes import FakeSource

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
