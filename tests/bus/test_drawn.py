"""What is kept of the demo's clips is what they draw."""

from pathlib import Path

import numpy as np

from daemon.sources.demo import Clip, open_demo
from models.synthetic.clip import FPS
from tests.bus.drawn import SECONDS, Drawn

LAST = round(SECONDS * FPS) - 1


def test_every_frame_is_as_the_clip_draws_it(tmp_path: Path) -> None:
    # Several processes have the file.
    kept = Drawn(tmp_path / "drawn"), Drawn(tmp_path / "drawn")
    places = [(part, index) for part in ("owner", "stranger", "empty") for index in (0, 1, LAST)]
    places += [("owner", LAST + 1), ("story", 0)]
    for _ in range(2):
        for part, index in places:
            clip = open_demo(part, pace=False)
            for one in kept:
                frame = one.frame_at(clip, index, Clip.frame_at)
                assert np.array_equal(frame, clip.frame_at(index)), (part, index)
                frame[:] = 0  # whoever has it may write to it


def test_a_frame_is_drawn_once(tmp_path: Path) -> None:
    drawn: list[int] = []

    def draw(clip: Clip, index: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        drawn.append(index)
        return clip.frame_at(index)

    clip = open_demo("owner", pace=False)
    for kept in (Drawn(tmp_path / "drawn"), Drawn(tmp_path / "drawn")):
        for index in (3, 4, 3):
            kept.frame_at(clip, index, draw)
    assert drawn == [3, 4]
