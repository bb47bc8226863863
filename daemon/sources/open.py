"""Turns the text of `--source` into a source of frames."""

import errno
import stat
from pathlib import Path

from daemon.api.source_names import is_address, is_drawn
from daemon.errors import SourceError
from daemon.sources import headers, pictures, v4l2, video
from daemon.sources.base import FrameSource, shown
from daemon.sources.device import open_device

FORMS = (
    "a camera (/dev/video0 or 0), a video file, a picture, a folder of pictures, "
    "an rtsp or http address, or demo[:owner|:stranger|:empty|:story]"
)

FILES = f"videos: MP4, MKV, WebM, AVI; pictures: {headers.PICTURES}"

_MOST_CHARACTERS = 4096
_ODD_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a disk"),
)


def open_source(text: str, *, pace: bool = True) -> FrameSource:
    """Opens what `text` names; see FORMS.

    With `pace` a file or demo is played at its own speed, like a camera; without, as fast as it
    is read and every frame of it. Raises SourceError, one line, for whatever cannot be used.
    """
    _check_text(text)
    if is_drawn(text):
        from daemon.sources import demo

        return demo.open_demo(text.removeprefix("demo").removeprefix(":"), pace=pace)
    if is_address(text):
        from daemon.sources import stream  # loads an HTTP client

        return stream.StreamSource(text)
    if text.isascii() and text.isdecimal():
        return open_device(f"/dev/video{_index(text)}")
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:
        raise SourceError(f"{shown(text)}: {error}") from None
    return _open_path(path, pace=pace)


def _check_text(text: str) -> None:
    if not text.strip():
        raise SourceError("no source is named", f"use {FORMS}")
    if "\0" in text or len(text) > _MOST_CHARACTERS:
        raise SourceError("the source's name is no file name", f"use {FORMS}")


def _index(text: str) -> int:
    if len(text) > 3:
        raise SourceError(f"there is no camera number {shown(text)}")
    return int(text)


def _open_path(path: Path, *, pace: bool) -> FrameSource:
    try:
        status = path.stat()
    except ValueError:
        raise SourceError(f"{shown(path)} is no file name", f"use {FORMS}") from None
    except OSError as error:
        if path.is_relative_to(v4l2.DEV) and error.errno == errno.ENOENT:
            return open_device(str(path))  # which says what cameras there are
        raise _stat_error(path, error) from None
    if stat.S_ISCHR(status.st_mode):
        return open_device(str(path))
    if stat.S_ISDIR(status.st_mode):
        return pictures.open_folder(path)
    for matches, kind in _ODD_KINDS:
        if matches(status.st_mode):
            raise SourceError(f"{shown(path)} is {kind}", "name a file, a folder or a camera")
    if status.st_size == 0:
        raise SourceError(f"{shown(path)} is empty")
    return _open_file(path, pace=pace)


def _stat_error(path: Path, error: OSError) -> SourceError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return SourceError(f"there is no file {shown(path)}", f"use {FORMS}")
    return SourceError(f"{shown(path)} cannot be opened: {error.strerror}")


def _open_file(path: Path, *, pace: bool) -> FrameSource:
    try:
        with path.open("rb") as file:
            head = file.read(headers.VIDEO_HEAD)
    except OSError as error:
        raise SourceError(f"{shown(path)} cannot be read: {error.strerror}") from None
    if headers.is_picture(head):
        return pictures.open_picture(path)
    if headers.is_foreign_still(head):
        raise SourceError(f"{shown(path)} is an HEIC or AVIF picture", "save it as JPEG or PNG")
    if headers.demuxers(head) is None:
        raise SourceError(f"{shown(path)} is neither a picture nor a video", FILES)
    return video.open_video(path, head, pace=pace)
