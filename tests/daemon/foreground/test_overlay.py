"""What the live window and the contact sheet show."""

import numpy as np
import pytest

from daemon.foreground.overlay import contact_sheet, draw, plain
from daemon.recognition.matcher import FaceMatch, Observation
from models.types import Box, Detection, Image, Quality

THRESHOLD = 0.6


def _face(box: Box, *, distance: float = 0.3, score: float = 1.0) -> FaceMatch:
    landmarks = np.array([[box.left, box.top]] * 5, dtype=np.float32)
    matched = distance <= THRESHOLD
    return FaceMatch(
        Detection(box, 0.99, landmarks),
        Quality(score, ("too dark",) if score < 0.1 else ()),
        distance,
        matched,
        "Zoë" if matched else None,
    )


def _black(width: int = 320, height: int = 240) -> Image:
    return np.zeros((height, width, 3), dtype=np.uint8)


def _colours(image: Image) -> set[tuple[int, int, int]]:
    return {(int(b), int(g), int(r)) for b, g, r in image.reshape(-1, 3)}


def test_owner_stranger_and_unusable_faces_look_different() -> None:
    box = Box(60, 60, 160, 180)
    drawn = [
        _colours(draw(_black(), Observation((face,), {}), THRESHOLD))
        for face in (
            _face(box),
            _face(box, distance=0.9),
            _face(box, score=0.0),
        )
    ]
    shared = drawn[0] & drawn[1] & drawn[2]
    assert all(colours - shared for colours in drawn)


def test_the_bar_is_as_long_as_the_distance() -> None:
    def coloured(distance: float) -> int:
        drawn = draw(
            _black(), Observation((_face(Box(60, 60, 210, 180), distance=distance),), {}), 0.6
        )
        owner = np.all(drawn[188:193, 60:211] == (96, 190, 60), axis=2)
        return int(owner.sum(axis=1).max())

    assert coloured(0.45) - coloured(0.15) == pytest.approx(150 * 0.3 / 0.9, abs=3)


def test_the_frame_itself_is_left_alone() -> None:
    frame = _black()
    draw(frame, Observation((_face(Box(10, 10, 90, 90)),), {}), THRESHOLD)
    assert not frame.any()


@pytest.mark.parametrize(
    "box", [Box(-500, -500, -400, -400), Box(310, 230, 900, 900), Box(-50, -50, 400, 300)]
)
def test_faces_beyond_the_border_draw_without_harm(box: Box) -> None:
    for distance in (0.2, float("inf")):
        observation = Observation((_face(box, distance=distance),), {})
        assert draw(_black(), observation, THRESHOLD).shape == (240, 320, 3)


def test_names_outside_ascii_stay_readable() -> None:
    assert plain("Zoë") == "Zoe"
    assert plain("名前") == "??"


def test_a_contact_sheet_holds_every_tile() -> None:
    tiles = [(f"moment {n}", np.full((240, 320, 3), 40 * n, np.uint8)) for n in (1, 2, 3)]
    sheet = contact_sheet(tiles, columns=2, width=160)
    assert sheet.shape == (2 * (120 + 32), 320, 3)
    assert [int(sheet[60 + (n // 2) * 152, 80 + (n % 2) * 160, 0]) for n in range(3)] == [
        40,
        80,
        120,
    ]


def test_an_empty_contact_sheet_is_a_picture_too() -> None:
    assert contact_sheet([]).ndim == 3
