"""Cutting the chip of a face out of a frame."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.alignment import align, check_image, landmarks_from_box, upright
from models.embedders.spec import EMBEDDERS
from models.errors import ImageError
from models.geometry import similarity_transform
from models.types import Box, Image, Landmarks

SPEC = EMBEDDERS["mobilefacenet"]
SIZE, REFERENCE = SPEC.size, SPEC.reference


def placed(scale: float, angle: float = 0.0, shift: tuple[float, float] = (0, 0)) -> Landmarks:
    """The reference points as a face would have them in a frame."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = REFERENCE.mean(axis=0)
    return np.asarray(scale * (REFERENCE - middle) @ turn.T + middle + shift, dtype=np.float32)


def noise(height: int, width: int) -> Image:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def cut(image: Image, landmarks: Landmarks) -> Image:
    return align(image, landmarks, REFERENCE, SIZE)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 0, 3), np.uint8),
        np.zeros((2, 4, 4, 3), np.uint8),
    ],
)
def test_what_is_no_frame_is_refused(image: Image) -> None:
    with pytest.raises(ImageError):
        check_image(image)
    with pytest.raises(ImageError):
        cut(image, placed(1))


def test_a_face_that_is_in_place_is_cut_out_as_it_is() -> None:
    frame = noise(200, 300)
    assert np.array_equal(cut(frame, placed(1)), frame[:SIZE, :SIZE])
    assert np.array_equal(cut(frame, placed(1, shift=(30, 20))), frame[20:132, 30:142])


@settings(max_examples=40, deadline=None)
@given(
    scale=st.floats(0.6, 9),
    angle=st.floats(-0.6, 0.6),
    x=st.floats(-20, 20),
    y=st.floats(-20, 20),
)
def test_whatever_lies_at_a_landmark_comes_to_lie_at_its_place(
    scale: float, angle: float, x: float, y: float
) -> None:
    landmarks = placed(scale, angle, (640 + x, 640 + y))
    frame = np.zeros((1400, 1400, 3), np.uint8)
    for point in landmarks:
        # Four bits of fraction, because a whole pixel is much for a small face.
        centre = tuple(round(float(value) * 16) for value in point)
        cv2.circle(frame, centre, round(3 * scale * 16), (255, 255, 255), -1, cv2.LINE_AA, 4)
    chip = cut(frame, landmarks)[:, :, 0].astype(np.float64)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    for place in REFERENCE:
        near = np.hypot(columns - place[0], rows - place[1]) < 6
        weight = chip[near]
        found = [(columns[near] * weight).sum(), (rows[near] * weight).sum()] / weight.sum()
        assert np.hypot(*(found - place)) < 0.5


@pytest.mark.parametrize("scale", [1.5, 2.0, 2.4, 3.0, 5.7, 10.0])
def test_shrinking_shifts_nothing(scale: float) -> None:
    """A ramp stays the same ramp: half a pixel of error per step of shrinking would show."""
    span = int(SIZE * scale * 1.5)
    ramp = np.tile(np.linspace(0, 255, span)[None, :, None], (span, 1, 3))
    frame = np.round(ramp).astype(np.uint8)
    landmarks = placed(scale, shift=(span / 2 - 56, span / 2 - 56))
    chip = cut(frame, landmarks)
    inverse = cv2.invertAffineTransform(similarity_transform(landmarks, REFERENCE))
    for column in (20, 56, 90):
        x = inverse[0] @ (column, 56, 1)
        assert chip[56, column, 0] == pytest.approx(255 * x / (span - 1), abs=1.1)


def test_a_big_face_is_averaged_not_sampled() -> None:
    """Stripes finer than a pixel of the chip must turn grey instead of into other stripes."""
    frame = np.zeros((1200, 1200, 3), np.uint8)
    frame[:, ::2] = 255
    chip = cut(frame, placed(8, shift=(544, 544)))
    assert chip[20:-20, 20:-20].std() < 12


def test_beyond_the_border_is_black() -> None:
    frame = np.full((300, 300, 3), 200, np.uint8)
    chip = cut(frame, placed(1, shift=(-56, 0)))
    assert (chip[:, :54] == 0).all()
    assert (chip[:, 58:] == 200).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_landmarks_that_are_not_finite_are_refused(bad: float) -> None:
    landmarks = placed(1)
    landmarks[2, 1] = bad
    with pytest.raises(ImageError, match="not finite"):
        cut(noise(200, 200), landmarks)


def test_landmarks_that_coincide_are_refused() -> None:
    with pytest.raises(ImageError, match="coincide"):
        cut(noise(200, 200), np.full((5, 2), 50, np.float32))


def test_a_big_face_outside_the_frame_is_refused() -> None:
    with pytest.raises(ImageError, match="outside"):
        cut(noise(200, 200), placed(8, shift=(5000, 5000)))


@settings(max_examples=300, deadline=None)
@given(
    landmarks=hnp.arrays(np.float32, (5, 2), elements=st.floats(width=32)),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_any_landmarks_give_a_chip_or_an_image_error(
    landmarks: Landmarks, height: int, width: int
) -> None:
    try:
        chip = cut(noise(height, width), landmarks)
    except ImageError:
        return
    assert chip.shape == (SIZE, SIZE, 3)
    assert chip.dtype == np.uint8


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(1, 1e3), st.floats(1, 1e3))
def test_guessed_landmarks_lie_in_the_box_in_their_order(
    left: float, top: float, width: float, height: float
) -> None:
    points = landmarks_from_box(Box(left, top, left + width, top + height))
    assert points.shape == (5, 2)
    assert points.dtype == np.float32
    assert (points >= (left - 1e-3, top - 1e-3)).all()
    assert (points <= (left + width + 1e-3, top + height + 1e-3)).all()
    eye, other_eye, nose, corner, other_corner = points
    assert eye[0] < nose[0] < other_eye[0]
    assert corner[0] < other_corner[0]
    assert eye[1] < nose[1] < corner[1]


def test_upright_leaves_a_tilted_face_tilted() -> None:
    reference = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], dtype=np.float32)
    turn = np.deg2rad(20)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    tilted = ((reference - 50) @ matrix.T * 2 + 120).astype(np.float32)
    points = upright(tilted, reference)
    assert np.allclose(points.mean(axis=0), tilted.mean(axis=0), atol=1e-3)
    assert np.allclose(
        (points - points.mean(axis=0)) / 2, reference - reference.mean(axis=0), atol=1e-3
    )
