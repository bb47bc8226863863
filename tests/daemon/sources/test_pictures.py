import logging
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from daemon.errors import SourceError
from daemon.sources import pictures
from daemon.sources.pictures import open_folder, open_picture, read_picture
from tests.daemon.sources.files import flat, jpeg_turned, png_claiming


def saved(folder: Path, name: str, image: npt.NDArray[np.integer]) -> Path:
    path = folder / name
    assert cv2.imwrite(str(path), image)
    return path


def test_grey_alpha_and_16_bit_become_bgr(tmp_path: Path) -> None:
    colour = flat(0)
    colour[:] = (10, 20, 30)
    with_alpha = np.dstack([colour, np.full(colour.shape[:2], 128, np.uint8)])
    kinds = {
        "grey.png": (np.full((48, 64), 77, np.uint8), (77, 77, 77)),
        "grey.pgm": (np.full((48, 64), 77, np.uint8), (77, 77, 77)),
        "alpha.png": (with_alpha, (10, 20, 30)),
        "deep.png": (np.full((48, 64), 77 * 257, np.uint16), (77, 77, 77)),
        "deep_colour.png": (colour.astype(np.uint16) * 257, (10, 20, 30)),
        "colour.bmp": (colour, (10, 20, 30)),
        "colour.ppm": (colour, (10, 20, 30)),
    }
    for name, (image, expected) in kinds.items():
        read = read_picture(saved(tmp_path, name, image))
        assert read.shape == (48, 64, 3)
        assert read.dtype == np.uint8
        assert tuple(read[5, 5]) == expected, name


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))]
)
def test_exif_orientation_is_honoured(
    tmp_path: Path, orientation: int, corner: tuple[int, int]
) -> None:
    image = flat(20)
    image[:16, :16] = 230
    path = tmp_path / "phone.jpg"
    path.write_bytes(jpeg_turned(image, orientation))
    read = read_picture(path)
    assert read.shape[:2] == ((48, 64) if orientation in (1, 3) else (64, 48))
    assert read[corner].min() > 200


def test_a_bomb_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(cv2, "imdecode", decode)
    path = tmp_path / "bomb.png"
    path.write_bytes(png_claiming(20_000, 20_000))
    with pytest.raises(SourceError, match="20000 x 20000"):
        read_picture(path)


def test_a_wide_picture_is_shrunk(tmp_path: Path) -> None:
    wide = np.zeros((400, 20_000), np.uint8)
    wide[:, 10_000:] = 200
    for name in ("wide.png", "wide.jpg"):
        read = read_picture(saved(tmp_path, name, wide))
        assert read.shape == (82, 4096, 3)
        assert read[40, 100].max() < 10
        assert read[40, 4000].min() > 190
    with pytest.raises(SourceError, match="narrow"):
        read_picture(saved(tmp_path, "thread.png", wide[:25]))


def test_a_large_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_BYTES", 100)
    path = saved(tmp_path, "a.png", np.random.default_rng(0).integers(0, 255, (48, 64, 3)))
    with pytest.raises(SourceError, match="too large for a picture"):
        read_picture(path)


def test_one_picture_is_one_frame(tmp_path: Path) -> None:
    with open_picture(saved(tmp_path, "a.png", flat(50))) as source:
        frame = source.read()
        assert frame is not None
        assert (frame.index, frame.time) == (0, 0.0)
        assert source.read() is None
        assert source.read() is None


def test_a_folder_is_played_by_name_without_what_is_no_picture(tmp_path: Path) -> None:
    for name, level in (("b.png", 40), ("a.jpg", 20), ("C.PNG", 60)):
        saved(tmp_path, name, flat(level))
    saved(tmp_path, ".hidden.png", flat(80))
    (tmp_path / "notes.txt").write_text("no")
    (tmp_path / "sub.png").mkdir()
    with open_folder(tmp_path) as source:
        frames = [source.read() for _ in range(4)]
    assert frames[3] is None
    played = [frame for frame in frames if frame is not None]
    assert [round(float(frame.image.mean())) for frame in played] == [60, 20, 40]
    assert [frame.time for frame in played] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("white", [1023, 4095, 65535])
@pytest.mark.parametrize("kind", ["P5", "P6"])
def test_deep_greys_are_as_bright_as_their_file_says(kind: str, white: int, tmp_path: Path) -> None:
    channels = 3 if kind == "P6" else 1
    grey = np.full(64 * 48 * channels, round(white * 0.6), dtype=">u2")
    path = tmp_path / "deep.pnm"
    path.write_bytes(f"{kind}\n64 48\n{white}\n".encode() + grey.tobytes())
    assert tuple(read_picture(path)[5, 5]) == pytest.approx((153, 153, 153), abs=1)


def test_pictures_of_formats_that_are_not_read_are_counted_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    saved(tmp_path, "a.png", flat(1))
    for number in range(7):
        (tmp_path / f"{number}.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    with caplog.at_level(logging.WARNING):
        source = open_folder(tmp_path)
    assert source.read() is not None
    (line,) = [one.getMessage() for one in caplog.records]
    assert "7 pictures are left out" in line
    assert "0.HEIC, 1.HEIC, 2.HEIC, 3.HEIC, 4.HEIC and 2 more" in line


def test_a_damaged_picture_in_a_folder_is_named_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.png").write_bytes(b"not a picture")
    saved(tmp_path, "b.png", flat(40))
    with caplog.at_level(logging.WARNING), open_folder(tmp_path) as source:
        frame = source.read()
        assert frame is not None
        assert frame.index == 0
        assert source.read() is None
    assert [record.getMessage().split(" ")[0] for record in caplog.records] == [
        str(tmp_path / "a.png")
    ]


def test_a_folder_of_damaged_pictures_is_an_error(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"not a picture")
    with open_folder(tmp_path) as source, pytest.raises(SourceError, match="none of the pictures"):
        source.read()


def test_a_picture_that_vanishes_meanwhile_is_an_error(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png", flat(50))
    with open_picture(path) as source:
        path.unlink()
        with pytest.raises(SourceError, match="cannot be read"):
            source.read()


def test_a_folder_of_too_many_pictures_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MAX_PICTURES", 1)
    for name in ("a.png", "b.png"):
        saved(tmp_path, name, flat(1))
    with pytest.raises(SourceError, match="has 2 pictures; the limit is 1"):
        open_folder(tmp_path)


def test_closing_ends_the_pictures(tmp_path: Path) -> None:
    source = open_picture(saved(tmp_path, "a.png", flat(50)))
    source.close()
    source.close()
    assert source.read() is None
