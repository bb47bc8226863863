import math
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.errors import SourceError
from daemon.sources import video
from daemon.sources.base import Pacer
from daemon.sources.headers import VIDEO_HEAD
from daemon.sources.video import FrameClock, open_video
from tests.daemon.sources.files import write_gif, write_video


@given(
    fps=st.floats(allow_nan=True, allow_infinity=True),
    stated=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30),
)
def test_the_clock_rises_whatever_a_file_states(fps: float, stated: list[float]) -> None:
    clock = FrameClock(fps)
    times = [clock.next(time) for time in stated]
    assert all(math.isfinite(time) for time in times)
    assert all(late > early for early, late in pairwise(times))
    assert not times or times[0] == 0.0


def test_the_clock_believes_a_file_that_makes_sense() -> None:
    clock = FrameClock(25.0)
    stated = [7.0, 7.1, 7.3, 7.3, 5.0]
    assert [clock.next(time) for time in stated] == pytest.approx([0, 0.1, 0.3, 0.34, 0.38])


def test_times_are_those_of_the_file(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", frames=6, fps=10.0)
    with open_video(path, path.read_bytes()[:VIDEO_HEAD], pace=False) as source:
        times = []
        while (frame := source.read()) is not None:
            times.append(frame.time)
    assert times == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5], abs=0.002)


@pytest.mark.parametrize("pace", [False, True])
def test_a_gif_of_one_frame_is_a_picture(tmp_path: Path, pace: bool) -> None:
    path = write_gif(tmp_path / "one.gif", [100])
    with open_video(path, path.read_bytes()[:VIDEO_HEAD], pace=pace) as source:
        assert (source.still, source.live) == (True, False)
        frame = source.read()
        assert frame is not None
        assert frame.image.mean() == pytest.approx(100, abs=3)
        assert source.read() is None


def test_a_gif_that_moves_and_a_clip_of_one_frame_are_none(tmp_path: Path) -> None:
    gif = write_gif(tmp_path / "two.gif", [100, 200])
    clip = write_video(tmp_path / "one.avi", frames=1)
    for path, frames in ((gif, 2), (clip, 1)):
        with open_video(path, path.read_bytes()[:VIDEO_HEAD], pace=False) as source:
            assert not source.still
            read = [source.read() for _ in range(frames + 1)]
        assert [one is not None for one in read] == [True] * frames + [False]


class Waits(threading.Event):
    """An event that notes how long it was waited for, and a clock that these waits advance."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        self.now += timeout
        return self.is_set()


def test_the_pacer_waits_until_frames_are_due() -> None:
    event = Waits()
    pacer = Pacer(event, clock=lambda: event.now)
    pacer.wait(0.0)
    pacer.wait(0.5)
    event.now += 0.3  # decoding took its time
    pacer.wait(1.0)
    assert event.waits == pytest.approx([0.5, 0.2])
    assert event.now == pytest.approx(101.0)


def test_the_pacer_does_not_hurry_after_a_long_pause_nor_wait_through_a_gap() -> None:
    event = Waits()
    pacer = Pacer(event, clock=lambda: event.now)
    pacer.wait(0.0)
    event.now += 60.0  # the machine slept
    pacer.wait(0.1)
    pacer.wait(0.2)
    assert event.waits == pytest.approx([0.1])
    pacer.wait(500.0)
    pacer.wait(500.1)
    assert event.waits == pytest.approx([0.1, 1.0, 0.1])


def test_closing_ends_a_paced_video(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", fps=1.0)
    source = open_video(path, path.read_bytes()[:VIDEO_HEAD])
    assert source.read() is not None
    threading.Timer(0.05, source.close).start()
    assert source.read() is None
    source.close()
    assert source.read() is None


def test_ffmpeg_is_confined_to_the_one_file_and_its_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(tmp_path / "clip.avi")
    asked: list[tuple[str, str]] = []

    def refuse(target: str, *_: Any, ffmpeg: str) -> None:
        asked.append((target, ffmpeg))

    monkeypatch.setattr(video, "open_capture", refuse)
    with pytest.raises(SourceError, match="cannot be played"):
        open_video(path, path.read_bytes()[:VIDEO_HEAD])
    assert asked == [(str(path), "protocol_whitelist;file|format_whitelist;avi")]


def test_a_playlist_in_the_clothes_of_a_video_stays_closed(tmp_path: Path) -> None:
    # Were the first bytes believed, FFmpeg would still refuse what they do not announce.
    write_video(tmp_path / "victim.avi")
    playlist = tmp_path / "list.avi"
    playlist.write_text("ffconcat version 1.0\nfile victim.avi\n")
    with pytest.raises(SourceError, match="cannot be played"):
        open_video(playlist, b"RIFF\0\0\0\0AVI ")


def test_a_video_of_huge_pictures_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.sources.pixels.MAX_PIXELS", 1000)
    path = write_video(tmp_path / "clip.avi")
    with pytest.raises(SourceError, match="64 x 48 pixels, too large"):
        open_video(path, path.read_bytes()[:VIDEO_HEAD])
