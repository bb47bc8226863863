"""The preview as a client reads it: whole pictures or none, whatever comes through the pipe."""

import os
import struct

import pytest

from daemon.api import PreviewHeader
from daemon.clients.requests.preview import Picture, PreviewReader

PATIENCE = 60.0


def read(content: bytes) -> Picture | None:
    """What a reader is left with once all of `content` came."""
    reading, writing = os.pipe()
    reader = PreviewReader(reading)
    os.write(writing, content)
    os.close(writing)
    reader.wait(PATIENCE)
    return reader.latest


def picture(number: int, width: int = 4, height: int = 3) -> bytes:
    return PreviewHeader(width, height, number).pack() + bytes([number]) * (width * height * 3)


def test_the_newest_picture_is_kept() -> None:
    assert read(picture(1) + picture(7)) == Picture(4, 3, 7, bytes([7]) * 36)


def test_half_a_picture_is_none() -> None:
    assert read(picture(1)[:-1]) is None
    last = read(picture(1) + picture(2)[:-5])
    assert last is not None
    assert last.number == 1


@pytest.mark.parametrize(
    "rubbish",
    [b"", b"FLP1", b"GIF89a" * 20, struct.pack("<4sHHI", b"FLP1", 65535, 65535, 1) + b"x" * 64],
)
def test_what_is_no_preview_is_not_read(rubbish: bytes) -> None:
    assert read(rubbish) is None
    kept = read(picture(1) + rubbish)
    assert kept is not None
    assert kept.number == 1
