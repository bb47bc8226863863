import numpy as np
import pytest

from models.errors import NotInstalledError
from models.liveness import masks
from models.liveness.masks import MaskFinder, is_masked
from models.types import Box, Detection, Image
from tests.data import data_folder

FACE = Box(100, 60, 300, 260)
SKIN, LIPS, MASK = (120, 150, 200), (90, 80, 190), (225, 228, 226)


def drawn(lower: tuple[int, int, int], mouth: tuple[int, int, int]) -> Image:
    """Skin before a room, its lower half of another colour, with a mouth."""
    image = np.full((400, 400, 3), 70, np.uint8)
    image[60:260, 100:300] = SKIN
    image[170:260, 100:300] = lower
    image[200:220, 160:240] = mouth
    return image


class Finds:
    name = "fake"

    def __init__(self, *boxes: Box) -> None:
        self.boxes = boxes
        self.shown: list[tuple[int, ...]] = []

    def detect(self, image: Image) -> list[Detection]:
        self.shown.append(image.shape)
        return [Detection(box, 0.5, np.zeros((5, 2), np.float32)) for box in self.boxes]


@pytest.mark.parametrize(
    ("lower", "mouth", "masked"),
    [
        (MASK, MASK, True),
        (SKIN, LIPS, False),
        (SKIN, SKIN, False),  # no lighter than the skin
        (MASK, LIPS, False),  # lips stand out of what is light
    ],
)
def test_a_mask_is_lighter_and_has_no_lips(
    lower: tuple[int, int, int], mouth: tuple[int, int, int], masked: bool
) -> None:
    image = drawn(lower, mouth)
    assert is_masked(image, FACE) == masked
    assert MaskFinder(Finds(FACE))(image) == masked


def test_a_picture_without_a_face_or_with_one_at_its_edge_shows_no_mask() -> None:
    image = drawn(MASK, MASK)
    assert not MaskFinder(Finds())(image)
    assert not is_masked(image, Box(-150, 60, 50, 260))
    assert not is_masked(image, Box(100, 60, 103, 63))


def test_large_pictures_are_searched_small() -> None:
    finds = Finds()
    MaskFinder(finds)(np.zeros((1920, 1080, 3), np.uint8))
    assert finds.shown == [(480, 270, 3)]


def test_without_the_cascade_none_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(**_: int) -> None:
        raise NotInstalledError("no cascade")

    monkeypatch.setattr(masks, "HaarDetector", missing)
    assert not MaskFinder()(drawn(MASK, MASK))


def test_a_masked_woman_whom_no_detector_finds_is_seen() -> None:
    clip = data_folder() / "video" / "masked" / "masked_2.mp4"
    if not clip.is_file():
        pytest.skip("FACELATCH_DATA names no shared data")
    import cv2

    capture, finder, found = cv2.VideoCapture(str(clip)), MaskFinder(), 0
    for number in range(96):
        assert capture.grab()
        if number % 12 == 0:  # twice a second
            found += finder(np.asarray(capture.retrieve()[1], dtype=np.uint8))
    capture.release()
    assert found >= 3
