"""Reads from a file's first bytes what it is and how large its picture is, before decoding.

Formats: PNG (RFC 2083), JPEG (ITU T.81 annex B), BMP, WebP (RFC 9649), PNM (netpbm).
"""

import re
import struct
import zlib
from collections.abc import Callable

PICTURES = "JPEG, PNG, BMP, WebP, PGM and PPM"
"""Formats of pictures that are read, in words."""

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".pgm", ".ppm", ".pnm"})
OTHER_PICTURE_SUFFIXES = frozenset(
    {".heic", ".heif", ".avif", ".jxl", ".tif", ".tiff", ".gif", ".dng", ".cr2", ".nef", ".arw"}
)
"""Pictures that are not read here: whoever gives a folder of them is told so."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_SIZE_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_STILL_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1"})

# First bytes -> the only demuxers FFmpeg may use for such a file.
_VIDEOS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb".{4}(ftyp|moov|mdat|wide|free|skip)", re.DOTALL), "mov,mp4,m4a,3gp,3g2,mj2"),
    (re.compile(rb"\x1aE\xdf\xa3"), "matroska,webm"),
    (re.compile(rb"RIFF.{4}AVI ", re.DOTALL), "avi"),
    (re.compile(rb"G.{187}G.{187}G", re.DOTALL), "mpegts"),
    (re.compile(rb"\x00\x00\x01\xba"), "mpeg"),
    (re.compile(rb"FLV\x01"), "flv"),
    (re.compile(rb"OggS"), "ogg"),
    (re.compile(rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"), "asf"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"YUV4MPEG2 "), "yuv4mpegpipe"),
)

VIDEO_HEAD = 1024
"""Bytes that suffice to tell what a file is."""


def is_picture(head: bytes) -> bool:
    """Whether a file that starts with `head` claims to be a picture that can be read."""
    return _reader(head) is not None


def is_foreign_still(head: bytes) -> bool:
    """Whether `head` starts an HEIC or AVIF picture, which look like videos."""
    return head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS


def demuxers(head: bytes) -> str | None:
    """FFmpeg's names for the container that `head` starts, or None where it is no video."""
    return next((names for pattern, names in _VIDEOS if pattern.match(head)), None)


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that the picture in `data` states, or None where it is damaged."""
    reader = _reader(data)
    try:
        return reader(data) if reader else None
    except (IndexError, struct.error):
        return None


def _reader(head: bytes) -> Callable[[bytes], tuple[int, int] | None] | None:
    if head.startswith(_PNG):
        return _png_size
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg_size
    if head.startswith(b"BM"):
        return _bmp_size
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp_size
    if re.match(rb"P[1-6][\s#]", head):
        return _pnm_size
    return None


def _png_size(data: bytes) -> tuple[int, int] | None:
    # libpng writes to standard error about damaged files: find the damage before it does.
    width, height = struct.unpack_from(">II", data, 16)
    at = len(_PNG)
    kind = b""
    while kind != b"IEND":
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(memoryview(data)[at + 4 : at + 8 + length]) != checksum:
            return None
        at += 12 + length
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_BARE_MARKERS:
            at += 2
        elif marker in _JPEG_SIZE_MARKERS:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _bmp_size(data: bytes) -> tuple[int, int] | None:
    (header,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    return abs(width), abs(height)


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        wide, high = (int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        return wide + 1, high + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


_PNM_NUMBER = rb"(?:\s|#[^\n]*\n)+(\d{1,9})"


def _pnm_size(data: bytes) -> tuple[int, int] | None:
    found = re.match(rb"P[1-6]" + _PNM_NUMBER * 2, data[:8192])
    return (int(found[1]), int(found[2])) if found else None


def other_white(data: bytes) -> int | None:
    """What white is in a PGM or PPM where it is not 255 (1 to 65,535), None for all else.

    Cameras of 10 and 12 bits write 1023 and 4095 there (netpbm's pgm(5), "maxval").
    """
    found = re.match(rb"P[2356]" + _PNM_NUMBER * 3, data[:8192])
    white = int(found[3]) if found else 255
    return white if 1 <= white <= 65_535 and white != 255 else None


def ended(data: bytes) -> bytes:
    """A picture whose numbers are in digits with a line's end behind the last, which OpenCV needs
    and netpbm does not.
    """
    return data + b"\n" if re.match(rb"P[123]\s", data) else data
