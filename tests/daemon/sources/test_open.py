import os
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.errors import SourceError
from daemon.sources import v4l2
from daemon.sources.base import FrameSource
from daemon.sources.demo import Clip
from daemon.sources.open import open_source
from daemon.sources.pictures import PictureSource
from daemon.sources.video import VideoSource
from tests.daemon.sources.files import flat, png_claiming, truncate, write_video


def levels(source: FrameSource) -> list[int]:
    with source:
        found: list[int] = []
        while (frame := source.read()) is not None:
            assert frame.index == len(found)
            found.append(round(float(frame.image.mean())))
        return found


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """One wrong input of each kind, by name."""
    (tmp_path / "notes.txt").write_text("hello world\n" * 100)
    (tmp_path / "notes.mp4").write_text("hello world\n" * 100)
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "empty.png").touch()
    truncate(write_video(tmp_path / "cut.mp4", codec="mp4v"), 0.5)
    cv2.imwrite(str(tmp_path / "tiny.png"), flat(9, width=1, height=1))
    (tmp_path / "huge.png").write_bytes(png_claiming(20_000, 20_000))
    (tmp_path / "thread.png").write_bytes(png_claiming(20_000, 20))
    (tmp_path / "liar.png").write_bytes(png_claiming(2_000, 2_000))
    cv2.imwrite(str(tmp_path / "half.png"), np.random.default_rng(0).integers(0, 255, (64, 64, 3)))
    truncate(tmp_path / "half.png", 0.5)
    cv2.imwrite(str(tmp_path / "half.jpg"), np.random.default_rng(0).integers(0, 255, (64, 64, 3)))
    truncate(tmp_path / "half.jpg", 0.5)
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(64))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").write_text("no picture")
    os.mkfifo(tmp_path / "pipe.mp4")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    write_video(tmp_path / "victim.avi")
    (tmp_path / "list.m3u8").write_text(
        f"#EXTM3U\n#EXTINF:2,\n{tmp_path}/victim.avi\n#EXT-X-ENDLIST\n"
    )
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile victim.avi\n")
    (tmp_path / "loop").symlink_to("loop")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("notes.txt", "neither a picture nor a video"),
        ("notes.mp4", "neither a picture nor a video"),
        ("empty.mp4", "is empty"),
        ("empty.png", "is empty"),
        ("cut.mp4", "cannot be played"),
        ("tiny.png", "1 x 1 pixels, too small"),
        ("huge.png", "20000 x 20000 pixels, too large; the limit is 64 million"),
        ("thread.png", "narrow"),
        ("half.png", "damaged"),
        ("half.jpg", "damaged"),
        ("photo.heic", "HEIC"),
        ("folder", "has no pictures"),
        ("pipe.mp4", "is a pipe"),
        ("socket", "is a socket"),
        ("list.m3u8", "neither a picture nor a video"),
        ("list.mp4", "neither a picture nor a video"),
        ("loop", "cannot be opened"),
        ("missing.mp4", "there is no file"),
        ("victim.avi/inside", "there is no file"),
        ("x" * 300, "File name too long"),
    ],
)
def test_wrong_files_end_in_one_clear_line(
    inputs: Path, name: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceError) as caught, open_source(str(inputs / name)) as source:
        source.read()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    # No decoder adds words of its own.
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no source is named"),
        ("  ", "no source is named"),
        ("clip\0.mp4", "no file name"),
        ("\ud800", "no file name"),
        ("a" * 5000, "no file name"),
        ("demo:nobody", "owner, stranger, empty, story"),
        ("demo:\x1b[31m", "\\x1b"),
        ("/dev/null", "not a camera"),
        ("9999", "no camera number"),
        ("-1", "no file"),
        ("~nobody-of-that-name/x", "home"),
        ("file:///etc/passwd", "given by its path"),
        ("concat://a|b", "not a stream"),
        ("rtsp://", "no host"),
        ("rtsp://[::1", "no valid address"),
        ("http://host:99999/", "no valid address"),
        ("http://host/a b", "characters"),
    ],
)
def test_wrong_words_end_in_one_clear_line(text: str, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(text)
    assert says in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_picture_that_lies_about_its_size_is_damaged(inputs: Path) -> None:
    with pytest.raises(SourceError, match=r"liar\.png is a damaged picture"):
        open_source(str(inputs / "liar.png"))


def test_a_missing_camera_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(v4l2, "cameras", list)
    for text in ("77", "/dev/video77"):
        with pytest.raises(SourceError, match="no camera at /dev/video77; no camera is connected"):
            open_source(text)


def test_an_unreadable_file_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(tmp_path / "clip.avi")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")  # root may open everything

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceError, match=r"clip\.avi cannot be read: Permission denied"):
        open_source(str(path))


def test_each_form_opens_its_source(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "face.png"), flat(50))
    video = write_video(tmp_path / "clip.avi")
    with open_source(str(video)) as source:
        assert isinstance(source, VideoSource)
        assert source.live
        assert not source.still
    with open_source("demo") as source:
        assert isinstance(source, Clip)
        assert (source.description, source.live, source.still) == ("demo:owner", True, False)
    for name in ("face.png", "."):
        with open_source(str(tmp_path / name)) as source:
            assert isinstance(source, PictureSource)
            assert (source.live, source.still) == (False, True)


def test_without_pace_every_frame_is_delivered(tmp_path: Path) -> None:
    video = write_video(tmp_path / "clip.avi", frames=20)
    with open_source(str(video), pace=False) as source:
        assert not source.live
    found = levels(open_source(str(video), pace=False))
    assert found == pytest.approx([10 * index for index in range(20)], abs=3)


def test_a_truncated_video_plays_what_it_has(tmp_path: Path) -> None:
    video = truncate(write_video(tmp_path / "clip.avi", frames=25), 0.8)
    assert 5 <= len(levels(open_source(str(video), pace=False))) < 25


def test_a_name_with_odd_characters_opens_and_is_shown_escaped(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), flat(50))
    odd = (tmp_path / "a.png").rename(tmp_path / "a\n\x1b[31m:%03d.png")
    with open_source(str(odd)) as source:
        assert source.description.isprintable()
        assert source.read() is not None
