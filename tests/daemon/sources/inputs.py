"""Inputs of many kinds by name: what a person has on a disk, and what cameras and clocks say.

`python -m tests.daemon.sources.inputs` prints what comes of each; `docs/inputs.md` lists that.
"""

import os
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from daemon.clients.agent.phrases import phrases
from daemon.errors import SourceError
from daemon.policy.cameras import Camera, Identity, Known, obstacle, unsupported_format, usable
from daemon.sources.open import open_source
from daemon.sources.pixels import Depth
from daemon.sources.v4l2 import Node, parse_capability
from daemon.sources.video import FrameClock

Make = Callable[[Path], Path]


def scene(width: int = 96, height: int = 64) -> np.ndarray:
    """A picture whose upper left quarter is bright."""
    image = np.full((height, width, 3), 40, np.uint8)
    image[: height // 2, : width // 2] = 200
    return image


def encoded(suffix: str, image: np.ndarray | None = None, *options: int) -> bytes:
    """A picture in a format of OpenCV's."""
    return bytes(cv2.imencode(suffix, scene() if image is None else image, list(options))[1])


def written(name: str, data: bytes) -> Make:
    """A file of these bytes."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(data)
        return path

    return make


def exif(orientation: int) -> bytes:
    """A JPEG that is to be turned, by its EXIF (CIPA DC-008, tag 0x0112)."""
    body = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHHI", 0x112, 3, 1, orientation, 0, 0)
    jpeg = encoded(".jpg")
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def pnm(magic: str, white: int, *, comment: str = "") -> bytes:
    """A grey picture as netpbm writes it, its upper left quarter white."""
    grey = np.zeros((48, 64), np.uint16)
    grey[:24, :32] = white
    head = f"{magic}\n{comment}64 48\n{white}\n".encode()
    if magic == "P2":
        # Nothing says that a line must end at the end of the file.
        return head + b"\n".join(b" ".join(b"%d" % value for value in row) for row in grey)
    return head + grey.astype(">u2" if white > 255 else "u1").tobytes()


def video(name: str, code: str, frames: int, fps: float = 10.0) -> Make:
    """A clip."""

    def make(folder: Path) -> Path:
        path = folder / name
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), fps, (96, 64))
        for number in range(frames):
            writer.write(np.roll(scene(), number, axis=1))
        writer.release()
        return path

    return make


def cut(make: Make, share: float) -> Make:
    """The first part of a file."""

    def shorter(folder: Path) -> Path:
        path = make(folder)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        return path

    return shorter


def y4m(frames: int) -> bytes:
    """An uncompressed clip as ffmpeg and mpv write it."""
    plane = b"\x80" * (96 * 64) + b"\x80" * (96 * 64 // 2)
    return b"YUV4MPEG2 W96 H64 F10:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + plane) * frames


def folder_of(**contents: bytes | None) -> Make:
    """A folder of files by name, None for a folder below; "_" stands for a dot."""

    def make(folder: Path) -> Path:
        made = folder / "pictures"
        made.mkdir()
        for name, data in contents.items():
            path = made / name.replace("_", ".")
            path.mkdir() if data is None else path.write_bytes(data)
        return made

    return make


def linked(target: str) -> Make:
    """A symbolic link."""

    def make(folder: Path) -> Path:
        path = folder / "link.jpg"
        path.symlink_to(target)
        return path

    return make


def fifo(folder: Path) -> Path:
    """A pipe that nobody writes into."""
    path = folder / "pipe.jpg"
    os.mkfifo(path)
    return path


_BMP = encoded(".bmp")
_UPSIDE = _BMP[:22] + struct.pack("<i", -64) + _BMP[26:]

FILES: Mapping[str, Make] = {
    "JPEG, progressive": written("a.jpg", encoded(".jpg", None, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)),
    "JPEG, restart markers": written(
        "a.jpg", encoded(".jpg", None, cv2.IMWRITE_JPEG_RST_INTERVAL, 2)
    ),
    "JPEG, grey": written("a.jpg", encoded(".jpg", scene()[..., 0])),
    "JPEG, EXIF: upside down": written("a.jpg", exif(3)),
    "JPEG, EXIF: on its side": written("a.jpg", exif(6)),
    "JPEG, EXIF: orientation 99": written("a.jpg", exif(99)),
    "JPEG, rubbish after its end": written("a.jpg", encoded(".jpg") + b"x" * 5000),
    "JPEG, first half": written("a.jpg", encoded(".jpg")[:500]),
    "JPEG called .png": written("a.png", encoded(".jpg")),
    "JPEG called .JPEG": written("A.JPEG", encoded(".jpg")),
    "PNG, 16 bits": written("a.png", encoded(".png", scene().astype(np.uint16) * 257)),
    "PNG, 1 bit": written("a.png", encoded(".png", scene()[..., 0], cv2.IMWRITE_PNG_BILEVEL, 1)),
    "PNG, transparent": written(
        "a.png", encoded(".png", np.dstack([scene(), scene()[..., 0] * 0]))
    ),
    "PNG without a suffix": written("picture", encoded(".png")),
    "BMP, lines from the top": written("a.bmp", _UPSIDE),
    "BMP, width 2,000,000,000": written(
        "a.bmp", _BMP[:18] + struct.pack("<i", 2_000_000_000) + _BMP[22:]
    ),
    "WebP, lossless": written("a.webp", encoded(".webp", None, cv2.IMWRITE_WEBP_QUALITY, 101)),
    "PGM, in digits": written("a.pgm", pnm("P2", 255)),
    "PGM, white is 15": written("a.pgm", pnm("P5", 15)),
    "PGM, white is 1023": written("a.pgm", pnm("P5", 1023)),
    "PGM in digits, white is 4095": written("a.pgm", pnm("P2", 4095)),
    "PGM, a remark in its head": written("a.pgm", pnm("P5", 255, comment="# by a scanner\n")),
    "PGM, white is 0": written("a.pgm", pnm("P5", 0)),
    "GIF, one picture": written("a.gif", encoded(".gif")),
    "TIFF": written("a.tif", encoded(".tiff")),
    "HEIC": written("a.heic", b"\0\0\0\x18ftypheic" + bytes(64)),
    "AVIF called .jpg": written("a.jpg", b"\0\0\0\x1cftypavif" + bytes(64)),
    "JPEG XL": written("a.jxl", b"\xff\x0a" + bytes(64)),
    "SVG": written("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "a web page called .jpg": written("a.jpg", b"<!DOCTYPE html><html></html>"),
    "nothing in it": written("a.png", b""),
    "19 x 40 pixels": written("a.png", encoded(".png", scene(19, 40))),
    "20 x 20 pixels": written("a.png", encoded(".png", scene(20, 20))),
    "8000 x 20 pixels": written("a.png", encoded(".png", scene(8000, 20))),
    "a name with a line break": written("a\nb.png", encoded(".png")),
    "a name that is no UTF-8": written(os.fsdecode(b"\xff.png"), encoded(".png")),
    "a pipe": fifo,
    "a link to itself": linked("link.jpg"),
    "a link to nothing": linked("gone.jpg"),
    "a folder, one of three HEIC": folder_of(
        a_jpg=encoded(".jpg"), b_JPG=encoded(".jpg"), c_HEIC=b"\0\0\0\x18ftypheic"
    ),
    "a folder of folders": folder_of(a_jpg=None, b=None),
    "an empty folder": folder_of(),
    "MJPEG in AVI": video("a.avi", "MJPG", 5),
    "MP4": video("a.mp4", "mp4v", 5),
    "MP4, first half": cut(video("a.mp4", "mp4v", 30), 0.5),
    "AVI, first half": cut(video("a.avi", "MJPG", 30), 0.5),
    "AVI of one frame": video("a.avi", "MJPG", 1),
    "AVI, 1000 frames a second": video("a.avi", "MJPG", 5, 1000.0),
    "YUV4MPEG2": written("a.y4m", y4m(3)),
    "a clip called .jpg": video("a.avi", "MJPG", 3),
}
"""What lies on a disk."""


def looked_at(path: Path) -> str:
    """What opening and reading it comes to, in a line."""
    try:
        with open_source(str(path), pace=False) as source:
            frames = []
            while (frame := source.read()) is not None:
                frames.append(frame.image)
    except SourceError as error:
        return _without(str(error), path.parent)
    first = frames[0]
    height, width = first.shape[:2]
    corners = (first[2, 2], first[2, -3], first[-3, -3], first[-3, 2])
    bright = ["left", "right", "right below", "left below"][
        int(np.argmax([int(corner.sum()) for corner in corners]))
    ]
    count = "1 frame" if len(frames) == 1 else f"{len(frames)} frames"
    level = int(max(int(corner.max()) for corner in corners))
    return f"{count}, {width} x {height}, brightest {bright}, {level}"


def _without(text: str, folder: Path) -> str:
    return text.replace(f"{folder}/", "").replace(str(folder), "it")


def _camera(number: int, *formats: str, infrared: bool = False, driver: str = "uvcvideo") -> Camera:
    identity = Identity(f"usb-{number}", "1234", "5678", "", driver)
    path = f"/dev/video{number}"
    return Camera(path, "Camera", identity, 0, formats=formats, infrared=infrared)


def _taken(*cameras: Camera) -> str:
    order = usable(cameras, Known(), infrared="prefer")
    passed = [
        unsupported_format(one) if not one.supported else f"{one.path}: {why}"
        for one in cameras
        if (why := obstacle(one, Known(), infrared="prefer")) is not None
    ]
    return "; ".join([f"takes {order[0].path}" if order else "takes none", *passed])


def _node(name: bytes, capabilities: int = 1) -> Node:
    raw = struct.pack("=16s32s32s3I12x", b"uvcvideo", name, b"usb", 0, capabilities, 0)
    return parse_capability("/dev/video0", raw)


COLOUR = _camera(1, "YUYV", "MJPG")

CAMERAS: Mapping[str, Callable[[], str]] = {
    "Y8I beside a webcam": lambda: _taken(_camera(0, "Y8I ", infrared=True), COLOUR),
    "BA10 (raw, of a phone's sensor) beside a webcam": lambda: _taken(_camera(0, "BA10"), COLOUR),
    "Y12I and Z16 (a depth camera) alone": lambda: _taken(_camera(0, "Y12I", "Z16 ")),
    "H264 only (a conference camera's second node)": lambda: _taken(_camera(0, "H264"), COLOUR),
    "no format at all": lambda: _taken(_camera(0)),
    "Y16 infrared beside a webcam": lambda: _taken(COLOUR, _camera(2, "Y16 ", infrared=True)),
    "v4l2loopback before a webcam": lambda: _taken(
        _camera(0, "YUYV", driver="v4l2loopback"), COLOUR
    ),
    "a name with an escape sequence": lambda: _node(b"\x1b[31mCam\x07").name,
    "a name that is no UTF-8": lambda: _node(b"Cam\xe9ra").name,
    "a metadata node": lambda: f"camera: {_node(b'Cam', 0x0080_0000).is_camera}",
    "10 bits in 16, then a lamp": lambda: _depths(900, 1020, 300),
    "12 bits in 16, the first frames black": lambda: _depths(0, 0, 4000, 400),
}
"""What cameras say, through a stand-in for the kernel."""


def _depths(*levels: int) -> str:
    depth = Depth()
    seen = [int(depth.eight_bits(np.full((48, 64), level, np.uint16)).max()) for level in levels]
    return f"{depth.bits} bits: {', '.join(map(str, seen))}"


def _clocked(*stated: float, fps: float = 10.0) -> str:
    clock = FrameClock(fps)
    return ", ".join(f"{clock.next(one):.1f}" for one in stated)


def _said(language: str, hour: int) -> str:
    spoken = phrases(language)
    text = spoken.greeting.render("Ada", hour=hour, daytimes=spoken.daytimes)
    return f"{text} / {spoken.daytimes.at(hour)} / {spoken.away(125.0)}"


CLOCKS: Mapping[str, Callable[[], str]] = {
    "a clip whose times go back": lambda: _clocked(0.0, 0.1, 0.05, 0.3),
    "a clip whose times leap a day": lambda: _clocked(0.0, 86_400.0, 86_400.1),
    "a clip without times": lambda: _clocked(0.0, 0.0, 0.0),
    "a clip whose times are no numbers": lambda: _clocked(0.0, float("nan"), float("inf"), 0.3),
    "a clip of 0 frames a second": lambda: _clocked(0.0, 0.0, 0.0, fps=0.0),
    "language de_AT@euro at 4": lambda: _said("de_AT@euro", 4),
    "language tr at 5": lambda: _said("tr", 5),
    "language zh_Hans_CN at 23": lambda: _said("zh_Hans_CN", 23),
    "language ../../etc at 12": lambda: _said("../../etc", 12),
}
"""What clocks and locales say."""


def results() -> Iterator[tuple[str, str, str]]:
    """(kind, input, what comes of it)."""
    for name, make in FILES.items():
        with tempfile.TemporaryDirectory() as folder:
            yield "file", name, looked_at(make(Path(folder)))
    for kind, table in (("camera", CAMERAS), ("clock or locale", CLOCKS)):
        for name, ask in table.items():
            yield kind, name, ask()


def cell(result: str) -> str:
    """A result as it stands in a table."""
    return result.replace("|", "/")


def main() -> int:
    for kind, name, result in results():
        sys.stdout.write(f"| {kind} | {name} | {cell(result)} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
