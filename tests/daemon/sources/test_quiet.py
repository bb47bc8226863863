"""Damaged pictures fill no terminal and no journal; they are counted."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from daemon.sources.opencv import Capture
from daemon.sources.pictures import read_picture
from daemon.sources.quiet import damaged
from tests.data import ROOT

RNG = np.random.default_rng(4)


def damaged_jpeg() -> np.ndarray:
    """A picture whose coded data were hit, in a whole file."""
    picture = RNG.integers(0, 255, (240, 320, 3), dtype=np.uint8)
    data = np.array(cv2.imencode(".jpg", picture)[1])
    places = RNG.integers(700, data.size - 10, 30)
    data[places] = RNG.integers(0, 255, 30)
    return data


class LooseCamera:
    """Stands in for cv2.VideoCapture of a camera whose MJPEG arrives damaged, decoded as there."""

    def grab(self) -> bool:
        return True

    def retrieve(self) -> tuple[bool, Any]:
        image = cv2.imdecode(damaged_jpeg(), cv2.IMREAD_COLOR)
        return image is not None, image

    def release(self) -> None:
        pass


def test_a_camera_with_a_loose_plug_is_counted_and_not_heard(capfd: Any) -> None:
    before = damaged.count
    capture = Capture(LooseCamera())  # type: ignore[arg-type]
    pictures = [capture.read() for _ in range(20)]
    assert sum(picture is not None for picture in pictures) >= 15
    assert damaged.count - before >= 10
    assert capfd.readouterr().err == ""


def test_so_is_a_damaged_picture_in_a_file(tmp_path: Path, capfd: Any) -> None:
    before = damaged.count
    for number in range(5):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(damaged_jpeg().tobytes())
        read_picture(path)
    assert damaged.count > before
    assert capfd.readouterr().err == ""


def test_whatever_else_is_said_is_passed_on(capfd: Any) -> None:
    import os

    before = damaged.count
    with damaged.heard():
        os.write(2, b"Corrupt JPEG data: 3 extraneous bytes\nthe roof is on fire\n")
    assert damaged.count == before + 1
    assert capfd.readouterr().err == "the roof is on fire\n"


def test_a_flood_of_remarks_never_blocks() -> None:
    import os

    before = damaged.count
    with damaged.heard():
        for _ in range(100):
            try:
                os.write(2, b"Corrupt JPEG data: x\n" * 100)
            except BlockingIOError:
                break
    assert damaged.count == before + 1


def test_without_a_standard_error_pictures_are_read_all_the_same() -> None:
    code = (
        "import os; os.close(2)\n"
        "from daemon.sources.quiet import damaged\n"
        "with damaged.heard(): print('decoded')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "decoded\n"
