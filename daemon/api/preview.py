"""The preview of an enrolment: what goes through the passed file descriptor.

Nothing of it is ever written to a disk.
"""

import struct
from dataclasses import dataclass

PREVIEW_MAGIC = b"FLP1"
MOST_PREVIEW_WIDTH, MOST_PREVIEW_HEIGHT = 640, 480
PREVIEW_FORMAT = (
    "Read end of a pipe. Picture after picture, each a header of 12 bytes (FLP1; width and height,"
    " 16 bit; number, 32 bit; all little-endian), then height rows of width pixels, three bytes"
    f" each: red, green, blue. At most {MOST_PREVIEW_WIDTH} x {MOST_PREVIEW_HEIGHT}. A slow reader"
    " misses pictures, never half of one. End of file: the enrolment has ended."
)
_HEADER = struct.Struct("<4sHHI")
PREVIEW_HEADER_SIZE = _HEADER.size


@dataclass(frozen=True, slots=True)
class PreviewHeader:
    """Head of one picture: its size in pixels and its number, which rises and may skip."""

    width: int
    height: int
    number: int

    @property
    def payload_size(self) -> int:
        """Bytes of pixels that follow."""
        return self.width * self.height * 3

    def pack(self) -> bytes:
        """PREVIEW_HEADER_SIZE bytes; raises ValueError for a size out of bounds."""
        _check(self.width, self.height)
        return _HEADER.pack(PREVIEW_MAGIC, self.width, self.height, self.number & 0xFFFF_FFFF)

    @classmethod
    def unpack(cls, head: bytes) -> "PreviewHeader":
        """The header in PREVIEW_HEADER_SIZE bytes; raises ValueError for anything else."""
        try:
            magic, width, height, number = _HEADER.unpack(head)
        except struct.error:
            raise ValueError("this is no head of a preview picture") from None
        if magic != PREVIEW_MAGIC:
            raise ValueError("this is no head of a preview picture")
        _check(width, height)
        return cls(width, height, number)


def _check(width: int, height: int) -> None:
    if not (0 < width <= MOST_PREVIEW_WIDTH and 0 < height <= MOST_PREVIEW_HEIGHT):
        raise ValueError(f"a preview picture has no {width} x {height} pixels")
