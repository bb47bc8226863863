"""What a browser may send: pictures of bounded size, whatever the file calls itself."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clients.web import uploads
from models.errors import ImageError
from tests.daemon.clients.web.pages import png


def chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def bomb(width: int, height: int) -> bytes:
    """A few kilobytes that unpack to width x height x 3 bytes of zeros."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def test_a_picture_is_decoded_and_a_large_one_shrunk() -> None:
    assert uploads.decode(png(np.full((100, 80, 3), 7, np.uint8))).shape == (100, 80, 3)
    assert uploads.decode(png(np.zeros((200, 3200, 3), np.uint8))).shape == (100, 1600, 3)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no picture was sent"),
        (b"Dear diary, this is text named me.jpg", "no picture, whatever its name says"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (b"GIF89a" + b"\0" * 50, "no picture"),
        (b"\xff\xd8\xff" + b"\0" * 50, "damaged"),
        (bomb(60_000, 60_000), "60000 x 60000 pixels"),
        (bomb(2**31 - 1, 2**31 - 1), "pixels; at most"),
        (bomb(200, 10), "too few for a face"),
        (png(np.zeros((64, 64, 3), np.uint8))[:-20], "damaged"),
        (b"\0" * (uploads.MOST_BYTES + 1), "too large"),
    ],
)
def test_anything_else_is_refused_in_words(content: bytes, says: str) -> None:
    with pytest.raises(ImageError, match=says):
        uploads.decode(content)


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"BM", b"\x89PNG\r\n\x1a\n"])
)
def test_any_bytes_are_a_picture_or_an_error(content: bytes, head: bytes) -> None:
    try:
        assert uploads.decode(head + content).ndim == 3
    except ImageError as error:
        assert error.message
