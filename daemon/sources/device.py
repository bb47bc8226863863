"""A camera of this machine, through V4L2."""

import os
import time

import cv2

from daemon.errors import SourceError, SourceLostError
from daemon.sources.base import BasicSource, Frame, shown
from daemon.sources.opencv import Capture, open_capture, within
from daemon.sources.pixels import Depth, as_frame, check_size
from daemon.sources.v4l2 import Node, inspect_camera, still_there
from models.types import Image

CAMERA_SIZE = (640, 480)
"""What cameras are asked for; each gives the nearest size that it has."""

CAMERA_FPS = 30.0

_OPEN_SECONDS = 15.0
_GREY, _DEEP = "GREY", "Y16 "
# A frame that arrives damaged is no reason to give up; a camera that is gone gives none again.
_MOST_FAILURES = 5
_FAILURE_PAUSE = 0.05
_DEPTH_FRAMES = 8
"""A camera that wakes up is dark for some of them."""


class DeviceSource(BasicSource):
    """Frames of a camera as they come; grey and infrared ones as BGR. Times are of arrival.

    Raises SourceLostError once it is unplugged or sends nothing usable. A camera that freezes
    keeps `read` trying for some 15 s; `FrameWorker` notices sooner.
    """

    held = 3
    """Frames that wait to be read, later ones are lost: OpenCV asks for four buffers of V4L2's and
    has one of them in hand."""

    def __init__(self, node: Node, capture: Capture) -> None:
        super().__init__(node.path, live=True)
        self.node = node
        self._capture = capture
        self._depth = Depth()
        self._start = time.monotonic()
        self._index = 0

    def read(self) -> Frame | None:
        """The next frame, or None after `close`; raises SourceLostError."""
        for _ in range(_MOST_FAILURES):
            image = self._image()
            if self._capture.closed.is_set():
                return None
            if image is not None:
                frame = Frame(image, time.monotonic() - self._start, self._index)
                self._index += 1
                return frame
            if not still_there(self.node):
                raise SourceLostError(f"camera {self.node} was unplugged")
            self._capture.closed.wait(_FAILURE_PAUSE)
        raise SourceLostError(f"camera {self.node} stopped sending pictures", "plug it in again")

    def skip(self) -> bool:
        """Passes over one frame without decoding it; False after `close`.

        What fails here is left for `read` to find out.
        """
        if not self._capture.skip():
            self._capture.closed.wait(_FAILURE_PAUSE)
        return not self._capture.closed.is_set()

    def _image(self) -> Image | None:
        image = self._capture.read()
        if image is None:
            return None
        return as_frame(self.description, self._depth.eight_bits(image))

    def find_depth(self) -> None:
        """Reads a few frames of 16-bit words, so that the first that is shown is as the next."""
        for _ in range(_DEPTH_FRAMES):
            image = self._capture.read()
            if image is not None:
                self._depth.see(image)

    def close(self) -> None:
        """Releases the camera."""
        self._capture.close()


def open_device(
    path: str, *, size: tuple[int, int] = CAMERA_SIZE, fps: float = CAMERA_FPS
) -> DeviceSource:
    """The camera at `path`, asked for frames of about `size` and `fps`; raises SourceError."""
    node = inspect_camera(path)
    settings = (
        *_grey_settings(node),
        *(cv2.CAP_PROP_FRAME_WIDTH, size[0], cv2.CAP_PROP_FRAME_HEIGHT, size[1]),
        *(cv2.CAP_PROP_FPS, round(fps)),
    )
    capture = within(
        _OPEN_SECONDS,
        lambda: open_capture(os.path.realpath(path), cv2.CAP_V4L2, settings),
        late=lambda late: late.close() if late else None,
        what=f"camera {shown(path)}",
    )
    if capture is None:
        raise _unopened(path, node)
    source = _checked(DeviceSource(node, capture), capture)
    if _is_deep(node):
        within(_OPEN_SECONDS, source.find_depth, late=lambda _: None, what=f"camera {shown(path)}")
    return source


def _is_deep(node: Node) -> bool:
    """Whether it has nothing but grey words of 16 bits."""
    return node.infrared and _GREY not in node.formats and _DEEP in node.formats


def _grey_settings(node: Node) -> tuple[int, ...]:
    """OpenCV prefers 16-bit words to bytes, and takes them for 16 bits deep: most are of 10 or 12.

    Where there are bytes they are asked for, otherwise the words as they are.
    """
    if node.infrared and _GREY in node.formats:
        return (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*_GREY))
    return (cv2.CAP_PROP_CONVERT_RGB, 0) if _is_deep(node) else ()


def _unopened(path: str, node: Node) -> SourceError:
    """Why OpenCV did not open it: busy is what the kernel calls busy, and nothing else."""
    try:
        inspect_camera(path)
    except SourceError as error:
        return error
    formats = ", ".join(one.strip() for one in node.formats) or "none"
    return SourceError(
        f"camera {node} cannot be opened", f"its picture formats may be unknown: {formats}"
    )


def _checked(source: DeviceSource, capture: Capture) -> DeviceSource:
    width, height = (
        int(capture.number(prop)) for prop in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    try:
        check_size(f"the picture of {source.node}", width, height)
    except SourceError:
        source.close()
        raise
    return source
