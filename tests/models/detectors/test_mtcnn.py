"""MTCNN on LiteRT: what it finds, and what no frame may do to it."""

import math
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.assets import runtime
from models.detectors import patches
from models.detectors.mtcnn import MtcnnDetector
from models.errors import ImageError, UsageError
from models.geometry import iou
from models.synthetic.drawing import Pose, compose, indoor_scene
from models.synthetic.portraits import OWNER, portrait_subject
from models.types import Array, Box, Detection, Image


def assert_sound(faces: list[Detection], image: Image) -> None:
    """What holds for every answer to every frame."""
    areas = [face.box.area for face in faces]
    assert areas == sorted(areas, reverse=True)
    reach = 2.0 * max(image.shape) + 100
    for face in faces:
        assert 0.0 <= face.confidence <= 1.0
        assert face.landmarks.shape == (5, 2)
        assert face.landmarks.dtype == np.float32
        numbers = [face.box.left, face.box.top, face.box.right, face.box.bottom]
        numbers += face.landmarks.ravel().tolist()
        assert all(math.isfinite(number) and abs(number) < reach for number in numbers)


def test_it_finds_the_owner(mtcnn: MtcnnDetector, frame: Image) -> None:
    faces = mtcnn.detect(frame)
    assert len(faces) == 1
    face = faces[0]
    assert face.confidence > 0.95
    assert face.landmarks_measured
    assert iou(face.box, Box(253, 160, 347, 280)) > 0.6
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_an_empty_room_has_no_face(mtcnn: MtcnnDetector) -> None:
    assert mtcnn.detect(indoor_scene()) == []


def test_the_smallest_face_bounds_what_is_found(frame: Image) -> None:
    assert MtcnnDetector(min_face=240).detect(frame) == []
    half = cv2.resize(frame, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    assert len(MtcnnDetector(min_face=20).detect(np.asarray(half, dtype=np.uint8))) == 1


@pytest.mark.parametrize("factor", [3, 5])
def test_a_large_picture_gives_the_same_face_in_its_own_pixels(
    mtcnn: MtcnnDetector, frame: Image, factor: int
) -> None:
    large = np.kron(frame, np.ones((factor, factor, 1), dtype=np.uint8))
    found, expected = mtcnn.detect(large)[0], mtcnn.detect(frame)[0]
    scaled = Box(*(side * factor for side in box_sides(expected.box)))
    assert iou(found.box, scaled) > 0.8


def test_a_very_wide_picture_is_no_problem(mtcnn: MtcnnDetector) -> None:
    assert mtcnn.detect(np.zeros((300, 20_000, 3), dtype=np.uint8)) == []


@pytest.mark.parametrize("cut", [0.35, 0.5])
@pytest.mark.parametrize("edge", ["left", "top", "right", "bottom"])
def test_a_face_at_the_border(mtcnn: MtcnnDetector, frame: Image, edge: str, cut: float) -> None:
    face = mtcnn.detect(frame)[0].box
    x, y = int(face.left + cut * face.width), int(face.top + cut * face.height)
    part = {
        "left": frame[:, x:],
        "top": frame[y:],
        "right": frame[:, : int(face.right - cut * face.width)],
        "bottom": frame[: int(face.bottom - cut * face.height)],
    }[edge]
    assert_sound(mtcnn.detect(part), part)


def test_grey_content_is_as_good_as_colour(mtcnn: MtcnnDetector, frame: Image) -> None:
    grey = cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    faces = mtcnn.detect(np.asarray(grey, dtype=np.uint8))
    assert iou(faces[0].box, mtcnn.detect(frame)[0].box) > 0.7


def test_a_view_of_a_frame_is_as_good_as_a_copy(mtcnn: MtcnnDetector, frame: Image) -> None:
    mirrored = frame[:, ::-1]
    from_view, from_copy = mtcnn.detect(mirrored), mtcnn.detect(mirrored.copy())
    assert from_view[0].box == from_copy[0].box


def test_forty_faces(frame: Image) -> None:
    wall = crowd(frame)
    faces = MtcnnDetector(min_face=40).detect(wall)
    assert len(faces) == 40
    assert_sound(faces, wall)


@pytest.mark.parametrize("kind", ["noise", "checkers", "crowd"])
def test_no_frame_costs_more_than_the_bounds(frame: Image, kind: str) -> None:
    looked_at = {24: 0, 48: 0}

    def counting(image: Image, boxes: Array, size: int) -> Array:
        looked_at[size] += len(boxes)
        return patches.cut(image, boxes, size)

    rng = np.random.default_rng(3)
    checkers = np.kron(rng.integers(0, 2, (60, 80, 3)) * 255, np.ones((8, 8, 1)))
    pictures = {
        "noise": rng.integers(0, 256, (480, 640, 3)),
        "checkers": checkers,
        "crowd": np.tile(crowd(frame), (2, 2, 1)),
    }
    # Thresholds that let nearly everything through are the worst case.
    detector = MtcnnDetector(min_face=20, thresholds=(0.01, 0.01, 0.01), cut=counting)
    picture = pictures[kind].astype(np.uint8)
    assert_sound(detector.detect(picture), picture)
    assert 0 < looked_at[24] <= 256
    assert looked_at[48] <= 96


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 130), st.integers(1, 130), st.integers(0, 2**32 - 1), st.integers(1, 24))
def test_any_frame_gets_a_sound_answer(height: int, width: int, seed: int, grain: int) -> None:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // grain + 1, width // grain + 1, 3), dtype=np.uint8)
    image = np.kron(coarse, np.ones((grain, grain, 1), dtype=np.uint8))[:height, :width]
    eager = MtcnnDetector(min_face=12, thresholds=(0.2, 0.2, 0.2))
    faces = eager.detect(image)
    assert_sound(faces, image)
    assert_sound(eager.look_again(image, faces), image)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 5, 3), dtype=np.uint8),
        np.zeros((5, 5), dtype=np.uint8),
        np.zeros((5, 5, 4), dtype=np.uint8),
        np.zeros((5, 5, 3), dtype=np.float32),
    ],
    ids=["empty", "grey", "alpha", "float"],
)
def test_what_is_no_colour_picture_is_refused(mtcnn: MtcnnDetector, image: Image) -> None:
    with pytest.raises(ImageError):
        mtcnn.detect(image)
    with pytest.raises(ImageError):
        mtcnn.look_again(image, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_face": 11},
        {"min_face": 1001},
        {"thresholds": (0.6, 0.7)},
        {"thresholds": (0.6, 0.7, 1.0)},
        {"thresholds": (0.0, 0.7, 0.8)},
        {"thresholds": (0.6, math.nan, 0.8)},
        {"scale_factor": 0.49},
        {"scale_factor": 0.95},
        {"scale_factor": math.nan},
        {"threads": 0},
        {"threads": 65},
    ],
    ids=str,
)
def test_parameters_are_bounded(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        MtcnnDetector(**wrong)  # type: ignore[arg-type]


def _scene(*faces: tuple[float, float, float]) -> Image:
    """Faces at x, y, so high, in one room."""
    scene = indoor_scene()
    for x, y, height in faces:
        pose = Pose(x=x, y=y, face_height=height)
        scene = compose(portrait_subject(OWNER), pose, scene, np.random.default_rng(1))
    return scene


@pytest.mark.parametrize(
    "faces",
    [
        [(320, 220, 140)],
        [(320, 220, 66)],
        [(200, 220, 150), (470, 240, 130)],
        [(200, 220, 150), (470, 240, 115)],
        [],
    ],
    ids=["near", "far", "two", "two, one smaller", "nobody"],
)
def test_a_first_look_finds_who_may_sit_in_front(
    mtcnn: MtcnnDetector, faces: list[tuple[float, float, float]]
) -> None:
    image = _scene(*faces)
    first, whole = mtcnn.look_first(image), mtcnn.detect(image)
    assert len(first) == len(whole) == len(faces)
    for one, other in zip(first, whole, strict=True):
        assert iou(one.box, other.box) > 0.9
        eyes = np.linalg.norm(other.landmarks[1] - other.landmarks[0])
        exact = mtcnn.steady(image, other).landmarks
        quick = mtcnn.steady_quickly(image, one).landmarks
        assert np.abs(quick - exact).max() < 0.05 * eyes


def test_a_first_look_beside_a_large_face_leaves_out_the_finest_level(
    mtcnn: MtcnnDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: dict[str, list[float]] = {}

    def counting(name: str) -> None:
        pyramid = getattr(patches, name)

        def counted(image: Image, levels: list[float]) -> Iterator[Array]:
            looked[name] = levels
            yield from pyramid(image, levels)

        monkeypatch.setattr(patches, name, counted)

    counting("pyramid")
    counting("rough_pyramid")
    every = patches.scales(480, 640, min_face=60, scale_factor=0.709)
    mtcnn.look_first(_scene((320, 220, 140)))
    assert looked == {"rough_pyramid": every[1:]}
    mtcnn.look_first(_scene((320, 220, 100)))
    assert looked == {"rough_pyramid": every[1:], "pyramid": every}


def test_looking_again_finds_a_face_that_moved(mtcnn: MtcnnDetector, frame: Image) -> None:
    before = mtcnn.detect(frame)[0]
    shift = np.array([14, -9], dtype=np.float32)
    moved = np.roll(frame, (-9, 14), axis=(0, 1))
    again = mtcnn.look_again(moved, [before])
    assert len(again) == 1
    error = np.linalg.norm(again[0].landmarks - (before.landmarks + shift), axis=1).mean()
    assert error < 0.05 * eye_distance(before)


@pytest.mark.parametrize("shift", [0.0, 0.02, 0.2])
def test_looking_again_is_as_exact_as_steadying(
    mtcnn: MtcnnDetector, frame: Image, shift: float
) -> None:
    face = mtcnn.detect(frame)[0]
    expected = mtcnn.steady(frame, face).landmarks
    box, away = face.box, shift * face.box.width
    guess = Box(box.left + away, box.top, box.right + away, box.bottom)
    (again,) = mtcnn.look_again(frame, [Detection(guess, 1.0, face.landmarks)])
    error = np.linalg.norm(again.landmarks - expected, axis=1).mean()
    assert error < 0.02 * eye_distance(face)
    assert iou(again.box, box) > 0.85


def test_once_warm_nothing_is_made_for_a_frame(
    frame: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = MtcnnDetector()
    detector.warm_up(*frame.shape[:2])

    def fail(*_: object) -> None:
        raise AssertionError("an interpreter is made")

    monkeypatch.setattr(runtime._Bound, "__init__", fail)
    (found,) = detector.detect(frame)
    assert len(detector.look_again(frame, [detector.steady(frame, found)])) == 1


def test_looking_again_finds_no_face_where_none_is(mtcnn: MtcnnDetector, frame: Image) -> None:
    before = mtcnn.detect(frame)
    assert mtcnn.look_again(indoor_scene(), before) == []
    assert mtcnn.look_again(frame, []) == []


def test_looking_again_far_outside_the_frame(mtcnn: MtcnnDetector, frame: Image) -> None:
    face = mtcnn.detect(frame)[0]
    for box in (Box(9e5, 9e5, 9e5 + 90, 9e5 + 90), Box(50, 50, 50, 50), Box(80, 80, 20, 20)):
        faces = mtcnn.look_again(frame, [Detection(box, 1.0, face.landmarks)])
        assert_sound(faces, frame)


def crowd(frame: Image) -> Image:
    """Five rows of eight: the owner's head, 80 x 80."""
    head = cv2.resize(frame[130:310, 210:390], (80, 80), interpolation=cv2.INTER_AREA)
    return np.tile(np.asarray(head, dtype=np.uint8), (5, 8, 1))


def box_sides(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def eye_distance(face: Detection) -> float:
    return float(np.linalg.norm(face.landmarks[0] - face.landmarks[1]))


def test_turned_faces_are_found(mtcnn: MtcnnDetector) -> None:
    subject = portrait_subject(OWNER)
    for angle in (-20, 20):
        pose = Pose(x=320, y=240, face_height=140, angle=angle)
        image = compose(subject, pose, indoor_scene(), np.random.default_rng(2))
        assert len(mtcnn.detect(image)) == 1
