"""A video file, at its own pace or as fast as it can be read."""

from pathlib import Path

import cv2

from daemon.errors import SourceError
from daemon.sources.base import BasicSource, Frame, Pacer, shown
from daemon.sources.headers import demuxers
from daemon.sources.opencv import Capture, open_capture, within
from daemon.sources.pixels import as_frame, check_size
from models.types import Image

USUAL_FPS = 30.0
_LOWEST_FPS, _HIGHEST_FPS = 1.0, 240.0
# Stated times are believed this far ahead of the last frame; beyond, the file is nonsense.
_LONGEST_GAP = 10.0
_OPEN_SECONDS = 20.0
_GIF = "gif"


class FrameClock:
    """Times of frames from what a file states, made to rise however wrong that is."""

    def __init__(self, fps: float) -> None:
        self._step = 1 / (fps if _LOWEST_FPS <= fps <= _HIGHEST_FPS else USUAL_FPS)
        self._last: float | None = None
        self._origin = 0.0

    def next(self, stated: float) -> float:
        """Seconds of the next frame, which the file states to be at `stated` seconds."""
        if self._last is None:
            self._last, self._origin = 0.0, stated
        elif self._last < stated - self._origin <= self._last + _LONGEST_GAP:
            self._last = stated - self._origin
        else:
            self._last += self._step
        return self._last


class VideoSource(BasicSource):
    """Frames of `capture`; `first` is its first picture, decoded already.

    With `pace` the frames come on the file's clock and stale ones are dropped; without, every
    frame is delivered, as fast as it is taken. `still` where the file holds one picture that is no
    moment of a clip.
    """

    def __init__(
        self,
        description: str,
        capture: Capture,
        first: Image,
        *,
        pace: bool = True,
        still: bool = False,
    ) -> None:
        super().__init__(description, live=pace, still=still)
        self._capture = capture
        self._first: Image | None = first
        self._clock = FrameClock(capture.number(cv2.CAP_PROP_FPS))
        self._pacer = Pacer(capture.closed) if pace else None
        self._index = 0

    def read(self) -> Frame | None:
        """The next frame, held back until it is due, or None at the end."""
        image = self._image()
        if image is None:
            return None
        time = self._clock.next(self._capture.number(cv2.CAP_PROP_POS_MSEC) / 1e3)
        if self._pacer is not None:
            self._pacer.wait(time)
        if self._capture.closed.is_set():
            return None
        frame = Frame(image, time, self._index)
        self._index += 1
        return frame

    def skip(self) -> bool:
        """Passes over one frame when it is due; False at the end."""
        # Decoding is needed anyway, for the pictures that follow; converting them is not.
        if self._first is not None:
            self._first = None
        elif not self._capture.skip():
            return False
        time = self._clock.next(self._capture.number(cv2.CAP_PROP_POS_MSEC) / 1e3)
        if self._pacer is not None:
            self._pacer.wait(time)
        return not self._capture.closed.is_set()

    def _image(self) -> Image | None:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        image = self._capture.read()
        return None if image is None else as_frame(self.description, image)

    def close(self) -> None:
        """Closes the file."""
        self._capture.close()


def open_video(path: Path, head: bytes, *, pace: bool = True) -> VideoSource:
    """The video in the regular file `path`, whose first bytes are `head`.

    Raises SourceError where it yields no frame.
    """
    name = shown(path)
    names = demuxers(head)
    if names is None:
        raise SourceError(f"{name} is no video that is known", "use MP4, MKV, WebM or AVI")
    # A hostile file may be a playlist that names other files or servers: FFmpeg may read this
    # file only, and only as the container that its first bytes say it is.
    options = f"protocol_whitelist;file|format_whitelist;{names}"
    target = str(path.absolute())
    still = names == _GIF and _is_one_picture(name, _opened(name, target, options))
    return _start(name, _opened(name, target, options), pace=pace and not still, still=still)


def _opened(name: str, target: str, options: str) -> Capture:
    capture = within(
        _OPEN_SECONDS,
        lambda: open_capture(target, cv2.CAP_FFMPEG, ffmpeg=options),
        late=lambda late: late.close() if late else None,
        what=name,
    )
    if capture is None:
        raise SourceError(f"{name} cannot be played", "the file is damaged or not complete")
    return capture


def _is_one_picture(name: str, capture: Capture) -> bool:
    """Whether there is no second frame; closes the capture. What the file states is not asked."""
    try:
        size = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        check_size(name, *(int(capture.number(prop)) for prop in size))
        return not within(
            _OPEN_SECONDS,
            lambda: capture.skip() and capture.skip(),
            late=lambda _: None,
            what=name,
        )
    finally:
        capture.close()


def _start(name: str, capture: Capture, *, pace: bool, still: bool) -> VideoSource:
    try:
        width, height = (
            int(capture.number(prop))
            for prop in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        check_size(name, width, height)
        image = within(_OPEN_SECONDS, capture.read, late=lambda _: None, what=name)
        if image is None:
            raise SourceError(f"{name} has no picture that can be played")
        return VideoSource(name, capture, as_frame(name, image), pace=pace, still=still)
    except BaseException:
        capture.close()
        raise
