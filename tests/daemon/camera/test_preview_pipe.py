"""What the preview sends, and to whom it does not matter."""

import os

import numpy as np
from daemon.enrolment.preview import Preview

from daemon.api import PREVIEW_HEADER_SIZE, PreviewHeader


def test_the_preview_sends_whole_pictures_and_shrinks_large_ones() -> None:
    preview = Preview()
    preview.offer(np.zeros((1080, 1920, 3), dtype=np.uint8))
    with os.fdopen(preview.reader, "rb") as reader:
        header = PreviewHeader.unpack(reader.read(PREVIEW_HEADER_SIZE))
        assert (header.width, header.height) == (640, 360)
        assert len(reader.read(header.payload_size)) == header.payload_size
        preview.close()
        assert reader.read() == b""


def test_the_preview_survives_a_reader_that_leaves() -> None:
    preview = Preview()
    os.close(preview.reader)
    for _ in range(3):
        preview.offer(np.zeros((480, 640, 3), dtype=np.uint8))
    preview.close()
