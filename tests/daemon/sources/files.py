"""Pictures and videos made on the spot, good and bad."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np

from daemon.sources.opencv import quieten
from models.types import Image


def flat(level: int, *, width: int = 64, height: int = 48) -> Image:
    return np.full((height, width, 3), level, dtype=np.uint8)


def write_video(path: Path, *, frames: int = 20, fps: float = 30.0, codec: str = "MJPG") -> Path:
    """Frame number i is of grey level 10 * i."""
    quieten()  # FFmpeg takes its log level from whoever uses it first
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (64, 48))
    assert writer.isOpened()
    for index in range(frames):
        writer.write(flat(10 * index))
    writer.release()
    return path


def truncate(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def png_claiming(width: int, height: int) -> bytes:
    """A PNG that states a size and has (almost) no pixels, as a decompression bomb would."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def jpeg_turned(image: Image, orientation: int) -> bytes:
    """`image` as JPEG with an EXIF orientation."""
    data = cv2.imencode(".jpg", image)[1].tobytes()
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0" + b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


def write_gif(path: Path, levels: list[int], *, width: int = 64, height: int = 48) -> Path:
    """A GIF89a of one flat picture for each grey level, 0.1 s each.

    The pixels are literal 8-bit codes with a clear code before the table could grow to 9 bits.
    """
    palette = bytes(value for grey in range(0, 256, 2) for value in (grey, grey, grey))
    data = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF6, 0, 0) + palette
    for level in levels:
        codes = bytearray()
        pixels = bytes([level // 2]) * (width * height)
        for start in range(0, len(pixels), 100):
            codes += b"\x80" + pixels[start : start + 100]
        codes += b"\x81"
        blocks = [codes[at : at + 255] for at in range(0, len(codes), 255)]
        data += b"\x21\xf9\x04\x00" + struct.pack("<H", 10) + b"\0\0"
        data += b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x07"
        data += b"".join(bytes([len(block)]) + bytes(block) for block in blocks) + b"\0"
    path.write_bytes(data + b"\x3b")
    return path
