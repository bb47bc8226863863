"""What the preview sends, how often, and to whom it does not matter."""

import os

import numpy as np

from daemon.api import PREVIEW_HEADER_SIZE, PreviewHeader
from daemon.camera.preview_pipe import PreviewPipe


def test_the_preview_sends_whole_pictures_and_shrinks_large_ones() -> None:
    end, writer = os.pipe()
    preview = PreviewPipe(writer)
    preview.offer(np.zeros((1080, 1920, 3), dtype=np.uint8))
    with os.fdopen(end, "rb") as reader:
        header = PreviewHeader.unpack(reader.read(PREVIEW_HEADER_SIZE))
        assert (header.width, header.height) == (640, 360)
        assert len(reader.read(header.payload_size)) == header.payload_size
        preview.close()
        assert reader.read() == b""


def test_the_preview_survives_a_reader_that_leaves() -> None:
    times = iter(range(3))
    end, writer = os.pipe()
    preview = PreviewPipe(writer, clock=lambda: float(next(times)))
    os.close(end)
    for _ in range(3):
        preview.offer(np.zeros((480, 640, 3), dtype=np.uint8))
    preview.close()


def test_a_window_gets_no_more_pictures_than_it_can_show() -> None:
    times = iter([0.0, 0.01, 0.02])
    end, writer = os.pipe()
    preview = PreviewPipe(writer, clock=lambda: next(times))
    for number in range(3):
        preview.offer(np.full((2, 2, 3), number, dtype=np.uint8))
    with os.fdopen(end, "rb") as reader:
        header = PreviewHeader.unpack(reader.read(PREVIEW_HEADER_SIZE))
        assert reader.read(header.payload_size) == bytes(12)
        preview.close()
        assert reader.read() == b""
