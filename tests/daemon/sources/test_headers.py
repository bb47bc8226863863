import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.sources.headers import demuxers, is_foreign_still, is_picture, picture_size
from tests.daemon.sources.files import flat

STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"RIFF\0\0\0\0WEBPVP8", b"P5 ", b"P6#", b"")


@given(width=st.integers(1, 400), height=st.integers(1, 400))
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".ppm"])
def test_the_stated_size_is_the_decoded_size(suffix: str, width: int, height: int) -> None:
    data = cv2.imencode(suffix, flat(90, width=width, height=height))[1].tobytes()
    assert is_picture(data[:64])
    assert picture_size(data) == (width, height)


def test_lossy_webp_and_progressive_jpeg_state_their_size() -> None:
    image = np.random.default_rng(0).integers(0, 255, (30, 50, 3), dtype=np.uint8)
    lossy = cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, 50])[1].tobytes()
    assert lossy[12:16] == b"VP8 "
    assert picture_size(lossy) == (50, 30)
    progressive = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    assert picture_size(progressive) == (50, 30)


@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=300))
def test_no_bytes_break_it(start: bytes, rest: bytes) -> None:
    size = picture_size(start + rest)
    assert size is None or min(size) >= 0
    demuxers(start + rest)
    is_foreign_still(start + rest)


def test_a_pnm_header_of_comments_takes_no_endless_time() -> None:
    # A careless expression would try every way to split the blanks.
    assert picture_size(b"P5 " + b" \n" * 4000 + b"x") is None
    assert picture_size(b"P5\n# made by hand\n12 # wide\n34\n255\n") == (12, 34)


def test_a_png_with_one_bit_flipped_is_damaged() -> None:
    data = bytearray(cv2.imencode(".png", flat(90))[1].tobytes())
    assert picture_size(bytes(data)) == (64, 48)
    data[45] ^= 1
    assert picture_size(bytes(data)) is None


def test_each_container_allows_its_own_demuxers_only() -> None:
    starts = {
        b"\0\0\0\x20ftypisom": "mov,mp4,m4a,3gp,3g2,mj2",
        b"\x1aE\xdf\xa3": "matroska,webm",
        b"RIFF\0\0\0\0AVI LIST": "avi",
        b"OggS": "ogg",
        b"#EXTM3U\n": None,
        b"ffconcat version 1.0\n": None,
        b"v=0\r\no=- 0 0 IN IP4\r\n": None,
        b"hello world": None,
        b"": None,
    }
    for start, names in starts.items():
        assert demuxers(start) == names
