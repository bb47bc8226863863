"""A stream from the network: RTSP or HTTP cameras."""

import re
import threading
import time
from urllib.parse import SplitResult, urlsplit, urlunsplit

import cv2

from daemon.errors import SourceError, SourceLostError
from daemon.sources.base import BasicSource, Frame, shown
from daemon.sources.opencv import Capture, open_capture, within
from daemon.sources.pixels import as_frame
from daemon.sources.web_answer import why_no_video
from models.types import Image

OPEN_SECONDS = 10.0
READ_SECONDS = 5.0
RECONNECT_DELAYS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each attempt to reach a stream that broke off; then it is lost."""

_MOST_CHARACTERS = 2048
# Protocols that FFmpeg may use for each scheme: none of them reads a file of this machine.
_PROTOCOLS = {
    "rtsp": "rtsp,rtp,udp,tcp",
    "rtsps": "rtsps,rtsp,rtp,srtp,udp,tcp,tls",
    "http": "http,https,tcp,tls,crypto",
    "https": "http,https,tcp,tls,crypto",
}
_FORMATS = "rtsp,sdp,mpjpeg,mjpeg,mpegts,hls,h264,hevc,flv,matroska,webm,avi,ogg,mov,mp4"

SCHEMES = tuple(_PROTOCOLS)


def checked_url(text: str) -> SplitResult:
    """The parts of a stream's address; raises SourceError."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SourceError(f"{shown(text)} is no valid address: {error}") from None
    if parts.scheme.lower() not in _PROTOCOLS:
        hint = "a file is given by its path" if parts.scheme == "file" else ", ".join(SCHEMES)
        raise SourceError(f"{shown(parts.scheme)}:// is not a stream that can be read", hint)
    if not host:
        raise SourceError(f"{shown(text)} names no host")
    if len(text) > _MOST_CHARACTERS or re.search(r"[^!-~]", text):
        raise SourceError("the address is too long or has characters an address may not have")
    return parts


def without_password(parts: SplitResult) -> str:
    """The address as it may be shown: cameras' addresses often hold a password."""
    host = parts.netloc.rpartition("@")[2]
    return shown(urlunsplit((parts.scheme, host, parts.path, "", "")))


class StreamSource(BasicSource):
    """Frames of a stream; one that breaks off is opened again a few times, then SourceLostError.

    Times are those of arrival. Raises SourceError where the first attempt to open it fails.
    """

    def __init__(
        self,
        url: str,
        *,
        delays: tuple[float, ...] = RECONNECT_DELAYS,
        open_seconds: float = OPEN_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        parts = checked_url(url)
        one_attempt = open_seconds + 2 * read_seconds
        patience = read_seconds + sum(delays) + len(delays) * one_attempt + 5.0
        super().__init__(without_password(parts), live=True, patience=patience)
        self._url = url
        self._protocols = _PROTOCOLS[parts.scheme.lower()]
        self._delays = delays
        self._limits = (open_seconds, read_seconds)
        self._index = 0
        self._closed = threading.Event()
        self._start = time.monotonic()
        self._first: Image | None
        try:
            self._capture, self._first = self._connect()
        except SourceError as error:
            raise SourceError(error.message, self._why(parts) or error.hint) from None

    def read(self) -> Frame | None:
        """The next frame, or None at the end of a file on a server; raises SourceLostError."""
        image = self._image()
        if image is None or self._closed.is_set():
            return None
        frame = Frame(image, time.monotonic() - self._start, self._index)
        self._index += 1
        return frame

    def close(self) -> None:
        """Closes the connection and ends any wait for another."""
        self._closed.set()
        self._capture.close()

    def _image(self) -> Image | None:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        image = self._capture.read()
        if image is not None:
            return as_frame(self.description, image)
        if self._closed.is_set() or self._finished():
            return None
        return self._reconnect()

    def _finished(self) -> bool:
        """Whether this was a file on a server, played to its end."""
        total = self._capture.number(cv2.CAP_PROP_FRAME_COUNT)
        return 0 < total <= self._capture.number(cv2.CAP_PROP_POS_FRAMES) + 1

    def _reconnect(self) -> Image | None:
        self._capture.close()
        for delay in self._delays:
            if self._closed.wait(delay):
                return None
            try:
                self._capture, image = self._connect()
            except SourceError:
                continue
            if self._closed.is_set():  # while connecting, when there was nothing to close
                self._capture.close()
            return image
        raise SourceLostError(
            f"stream {self.description} broke off",
            f"{len(self._delays)} attempts to open it again failed",
        )

    def _connect(self) -> tuple[Capture, Image]:
        open_seconds, read_seconds = self._limits
        capture = within(
            open_seconds + 2.0,  # FFmpeg ends by itself, except while it looks up the name
            self._open,
            late=lambda late: late.close() if late else None,
            what=f"stream {self.description}",
        )
        if capture is None:
            raise SourceError(
                f"stream {self.description} cannot be opened",
                "no answer, a refusal, or no video there",
            )
        try:
            image = within(
                2 * read_seconds, capture.read, late=lambda _: None, what=self.description
            )
            if image is None:
                raise SourceError(f"stream {self.description} sends no picture")
            return capture, as_frame(self.description, image)
        except BaseException:
            capture.close()
            raise

    def _why(self, parts: SplitResult) -> str:
        """Why there is no video, where the server tells; "" elsewhere."""
        return why_no_video(parts, self._limits[1]) if parts.scheme.startswith("http") else ""

    def _open(self) -> Capture | None:
        open_seconds, read_seconds = self._limits
        # TCP because pictures with lost packets are no use to a recogniser.
        options = f"protocol_whitelist;{self._protocols}|format_whitelist;{_FORMATS}"
        return open_capture(
            self._url,
            cv2.CAP_FFMPEG,
            (
                *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(open_seconds * 1e3)),
                *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(read_seconds * 1e3)),
            ),
            ffmpeg=f"{options}|rtsp_transport;tcp",
        )
