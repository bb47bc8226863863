"""A picture, or a folder of pictures, one frame each."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from daemon.errors import SourceError
from daemon.sources.base import BasicSource, Frame, shown
from daemon.sources.headers import (
    OTHER_PICTURE_SUFFIXES,
    PICTURE_SUFFIXES,
    PICTURES,
    ended,
    other_white,
    picture_size,
)
from daemon.sources.opencv import quieten
from daemon.sources.pixels import MAX_SIDE, as_frame, check_size
from daemon.sources.quiet import damaged
from models.types import Image

MAX_BYTES = 64 * 2**20
"""Larger files are refused unread."""

_MOST_NAMED = 5
"""Files that one line names."""

MAX_PICTURES = 10_000
"""Most files of a folder."""

SECONDS_APART = 1.0
"""Pictures have no clock of their own."""

_log = logging.getLogger(__name__)


def read_picture(path: Path) -> Image:
    """The picture in `path`, upright as its EXIF says, as H x W x 3 BGR.

    Grey, alpha and 16 bit are converted; a side over `pixels.MAX_SIDE` is shrunk. Raises
    SourceError for what is no picture, damaged, too small or too large.
    """
    name = shown(path)
    data = _contents(path)
    size = picture_size(data)
    if size is None:
        raise SourceError(f"{name} is no picture, or a damaged one", f"use {PICTURES}")
    check_size(name, *size)
    white = other_white(data)
    quieten()
    try:
        flags = _flags(*size) if white is None else cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH
        with damaged.heard():
            image = cv2.imdecode(np.frombuffer(ended(data), dtype=np.uint8), flags)
    except cv2.error:
        image = None
    if image is None:
        raise SourceError(f"{name} is a damaged picture", "save it anew from its original")
    if white is not None:
        image = np.minimum(image * (255.0 / white), 255.0).astype(np.uint8)
    return as_frame(name, image)


def _contents(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"{shown(path)} cannot be read: {error.strerror}") from None
    if not data:
        raise SourceError(f"{shown(path)} is empty")
    if len(data) > MAX_BYTES:
        raise SourceError(
            f"{shown(path)} is too large for a picture", f"the limit is {MAX_BYTES >> 20} MiB"
        )
    return data


def _flags(width: int, height: int) -> int:
    # JPEG decodes at half size for a quarter of the memory.
    if max(width, height) >= 2 * MAX_SIDE:
        return cv2.IMREAD_REDUCED_COLOR_2
    return cv2.IMREAD_COLOR


class PictureSource(BasicSource):
    """Pictures in the order given; those that cannot be read are named in the log and left out.

    Raises SourceError at the end where none could be read, or at once where there is only one.
    """

    def __init__(self, description: str, paths: Sequence[Path]) -> None:
        # A folder may begin with many damaged files, all skipped within one read.
        super().__init__(description, live=False, still=True, patience=60.0)
        self._paths = tuple(paths)
        self._next = 0
        self._index = 0
        self._closed = False

    def read(self) -> Frame | None:
        """The next picture that can be read, or None after the last."""
        while self._next < len(self._paths) and not self._closed:
            path = self._paths[self._next]
            self._next += 1
            image = self._read_or_skip(path)
            if image is not None:
                time = self._index * SECONDS_APART
                frame = Frame(image, time, self._index, shown(path.name))
                self._index += 1
                return frame
        if self._index == 0 and not self._closed:
            raise SourceError(f"none of the pictures in {self.description} can be read")
        return None

    def _read_or_skip(self, path: Path) -> Image | None:
        try:
            return read_picture(path)
        except SourceError as error:
            if len(self._paths) == 1:
                raise
            _log.warning("%s", error)
            return None

    def close(self) -> None:
        """Ends the pictures."""
        self._closed = True


def open_picture(path: Path) -> PictureSource:
    """The picture at `path`, decoded once to be sure; raises SourceError."""
    read_picture(path)
    return PictureSource(shown(path), (path,))


def open_folder(folder: Path) -> PictureSource:
    """The pictures in `folder`, sorted by name, not those in folders below; raises SourceError."""
    name = shown(folder)
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if not entry.name.startswith(".")]
            paths = [Path(entry) for entry in found if _has_suffix(entry, PICTURE_SUFFIXES)]
            others = [entry.name for entry in found if _has_suffix(entry, OTHER_PICTURE_SUFFIXES)]
    except OSError as error:
        raise SourceError(f"folder {name} cannot be read: {error.strerror}") from None
    if others:
        _log.warning("%s", _left_out(name, sorted(others)))
    if not paths:
        raise SourceError(f"folder {name} has no pictures", f"put {PICTURES} files into it")
    if len(paths) > MAX_PICTURES:
        raise SourceError(
            f"folder {name} has {len(paths)} pictures", f"the limit is {MAX_PICTURES}"
        )
    return PictureSource(name, sorted(paths, key=lambda path: path.name))


def _has_suffix(entry: os.DirEntry[str], suffixes: frozenset[str]) -> bool:
    # A FIFO named like a picture would block whoever opens it.
    return Path(entry.name).suffix.lower() in suffixes and entry.is_file()


def _left_out(folder: str, names: Sequence[str]) -> str:
    named = ", ".join(shown(name) for name in names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    count = "1 picture is" if len(names) == 1 else f"{len(names)} pictures are"
    return (
        f"{folder}: {count} left out, for a format that is not read: {named}{more}; "
        "save them as JPEG or PNG"
    )
