"""Quality: good portraits score high, every way to spoil them lowers the score and says why."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.errors import ImageError
from models.pose import pose
from models.quality import assess
from models.types import MIN_QUALITY, Box, Detection, Image, Landmarks

# Five points of a head in units of the distance between the eyes; x right, y down, z away.
HEAD = np.array(
    [(-0.5, 0, 0), (0.5, 0, 0), (0, 0.6, -0.5), (-0.4, 1.09, 0), (0.4, 1.09, 0)], dtype=np.float64
)


def detection(box: tuple[float, ...], points: list[tuple[float, float]]) -> Detection:
    return Detection(Box(*box), 0.99, np.array(points, dtype=np.float32))


def astronaut() -> tuple[Image, Detection]:
    from skimage import data

    load: Any = data.astronaut
    image = np.ascontiguousarray(load()[:, :, ::-1])
    points = [(204.0, 100.0), (245.0, 102.0), (224.0, 126.0), (202.0, 139.0), (244.0, 140.0)]
    return image, detection((182, 64, 265, 171), points)


def hopper() -> tuple[Image, Detection]:
    import matplotlib

    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    image = np.asarray(cv2.imread(str(path)), dtype=np.uint8)
    points = [(220.0, 190.0), (308.0, 186.0), (268.0, 237.0), (232.0, 277.0), (304.0, 273.0)]
    return image, detection((178, 110, 351, 330), points)


def scaled(image: Image, face: Detection, factor: float) -> tuple[Image, Detection]:
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    box = face.box
    moved = Box(*(factor * side for side in (box.left, box.top, box.right, box.bottom)))
    return np.asarray(small, np.uint8), Detection(moved, 0.99, face.landmarks * np.float32(factor))


def lit(image: Image, gain: float, offset: float = 0.0) -> Image:
    return np.asarray(cv2.convertScaleAbs(image, alpha=gain, beta=offset), dtype=np.uint8)


def blurred(image: Image, sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), dtype=np.uint8)


def posed(*, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Landmarks:
    """Landmarks of the head turned by these degrees, 100 pixels between the eyes."""
    a, b, c = np.radians([yaw, pitch, roll])
    turn = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    nod = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    tilt = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray((HEAD @ (tilt @ turn @ nod).T)[:, :2] * 100 + 300, dtype=np.float32)


@pytest.mark.parametrize("portrait", [astronaut, hopper])
def test_a_good_portrait_has_nothing_to_improve(
    portrait: Callable[[], tuple[Image, Detection]],
) -> None:
    quality = assess(*portrait())
    assert quality.score > 0.9
    assert quality.reasons == ()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda image: lit(image, 0.06), "too dark"),
        (lambda image: lit(image, 3.0, 100.0), "too bright"),
        (lambda image: lit(image, 0.05, 120.0), "too little contrast"),
        (lambda image: blurred(image, 8.0), "hold still"),
    ],
)
def test_a_spoilt_portrait_never_decides_and_says_why(
    spoil: Callable[[Image], Image], reason: str
) -> None:
    image, face = astronaut()
    quality = assess(spoil(image), face)
    assert quality.score < MIN_QUALITY
    assert reason in quality.reasons


def test_a_face_far_away_is_asked_to_come_closer() -> None:
    quality = assess(*scaled(*astronaut(), 0.2))
    assert quality.score < MIN_QUALITY
    assert quality.reasons == ("come closer",)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda image, by: blurred(image, 0.5 + 6 * by),
        lambda image, by: lit(image, 0.4 * (1 - by) + 0.02),
        lambda image, by: lit(image, 1 + 3 * by, 120 * by),
        lambda image, by: lit(image, 0.4 * (1 - by) + 0.01, 100.0),
    ],
)
def test_more_of_a_flaw_never_scores_higher(spoil: Callable[[Image, float], Image]) -> None:
    image, face = astronaut()
    scores = [assess(spoil(image, by), face).score for by in np.linspace(0, 1, 9)]
    assert all(later <= earlier + 0.02 for earlier, later in pairwise(scores))
    assert scores[0] > 0.8
    assert scores[-1] < MIN_QUALITY


def test_a_blur_counts_the_same_near_and_far() -> None:
    image, face = hopper()
    near = assess(blurred(image, 2.3), face)
    far = assess(*scaled(blurred(image, 2.3), face, 0.5))
    assert 0.1 < near.score < 0.9
    assert near.score == pytest.approx(far.score, abs=0.2)


@pytest.mark.parametrize("angle", [-50, -30, -10, 0, 10, 30, 50])
def test_pose_recovers_each_turn_alone(angle: float) -> None:
    assert pose(posed(yaw=angle)).yaw == pytest.approx(angle, abs=1)
    assert pose(posed(pitch=angle)).pitch == pytest.approx(angle, abs=5)
    assert pose(posed(roll=angle)).roll == pytest.approx(angle, abs=1)


@given(st.floats(-30, 30), st.floats(-25, 25), st.floats(-40, 40))
def test_pose_recovers_turns_together_roughly(yaw: float, pitch: float, roll: float) -> None:
    found = pose(posed(yaw=yaw, pitch=pitch, roll=roll))
    assert found.yaw == pytest.approx(yaw, abs=15)
    assert found.pitch == pytest.approx(pitch, abs=15)
    assert found.roll == pytest.approx(roll, abs=15)


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        ({"yaw": 55.0}, "turn toward the camera"),
        ({"yaw": -55.0}, "turn toward the camera"),
        ({"pitch": 55.0}, "look down a little"),
        ({"pitch": -55.0}, "look up a little"),
        ({"roll": 70.0}, "hold your head upright"),
    ],
)
def test_a_turned_head_is_asked_back(turn: dict[str, float], reason: str) -> None:
    image, face = astronaut()
    quality = assess(image, Detection(face.box, 0.99, posed(**turn)))
    assert reason in quality.reasons
    assert quality.score < assess(image, face).score - 0.3


def test_estimated_landmarks_tell_nothing_of_the_pose() -> None:
    image, face = astronaut()
    guessed = Detection(face.box, 0.99, posed(yaw=60), landmarks_measured=False)
    assert assess(image, guessed) == assess(image, face)


def test_the_border_cuts() -> None:
    image, face = astronaut()
    scores = []
    for cut in (0, 20, 30, 40, 50):
        cropped = np.ascontiguousarray(image[:, 182 + cut :])
        box = Box(-cut, face.box.top, face.box.width - cut, face.box.bottom)
        shift = np.array([182 + cut, 0], dtype=np.float32)
        quality = assess(cropped, Detection(box, 0.99, face.landmarks - shift))
        scores.append(quality.score)
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.9
    assert scores[-1] < MIN_QUALITY
    assert quality.reasons[0] == "move into the picture"


@pytest.mark.parametrize(
    "box",
    [
        (-100.0, -100.0, -10.0, -10.0),
        (10.0, 10.0, 10.0, 10.0),
        (50.0, 50.0, 20.0, 20.0),
        (float("nan"), 0.0, 10.0, 10.0),
        (0.0, 0.0, float("inf"), 10.0),
        (1e30, 1e30, 2e30, 2e30),
    ],
)
def test_a_box_that_shows_nothing_scores_nothing(box: tuple[float, ...]) -> None:
    image, face = astronaut()
    assert assess(image, Detection(Box(*box), 0.99, face.landmarks)).score == 0.0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_landmarks_that_are_not_finite_score_nothing(value: float) -> None:
    image, face = astronaut()
    assert assess(image, Detection(face.box, 0.99, face.landmarks * value)).score == 0.0


@pytest.mark.parametrize("shape", [(10, 10), (10, 10, 4), (0, 10, 3)])
def test_what_is_no_frame_is_refused(shape: tuple[int, ...]) -> None:
    _, face = astronaut()
    with pytest.raises(ImageError):
        assess(np.zeros(shape, np.uint8), face)


@settings(max_examples=200)
@given(
    arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))),
    st.tuples(*[st.floats(width=32)] * 4),
    arrays.arrays(np.float32, (5, 2), elements=st.floats(-1e6, 1e6, width=32)),
)
def test_any_frame_and_box_get_a_score(
    image: Image, box: tuple[float, ...], landmarks: Landmarks
) -> None:
    quality = assess(image, Detection(Box(*box), 0.99, landmarks))
    assert 0.0 <= quality.score <= 1.0
    assert quality.reasons or quality.score >= MIN_QUALITY
