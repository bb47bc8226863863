"""Pictures that show no face say what is wrong; a turned face is nobody's."""

import cv2
import numpy as np
import pytest

from daemon.recognition.frames import AnalysedFrame
from daemon.recognition.scene import SceneObserver
from daemon.sources.base import Frame
from enroll.guide.prompts import Prompt
from models.detectors.following import FollowingDetector
from models.types import Analysis, Box, Detection, Face, Image, Quality

_TURNS = (None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)
_LANDMARKS = np.zeros((5, 2), np.float32)


def scene_with_mark(quarter: int) -> Image:
    """A picture with a bright mark where the head is, turned clockwise by quarters."""
    image = np.random.default_rng(3).integers(40, 180, (240, 320, 3), dtype=np.uint8)
    image[:40] = 250
    turn = _TURNS[quarter]
    return image if turn is None else np.ascontiguousarray(cv2.rotate(image, turn))


class Detector:
    """Finds a face where the mark is on top, as sure as told; counts its searches."""

    name = "mark"

    def __init__(self, upright: float = 0.999, otherwise: float = 0.0) -> None:
        self.searches = 0
        self._upright, self._otherwise = upright, otherwise

    def detect(self, image: Image) -> list[Detection]:
        self.searches += 1
        top = image[: image.shape[0] // 12].mean() > 240
        confidence = self._upright if top else self._otherwise
        return [_detection(confidence)] if confidence else []


def _detection(confidence: float, *, measured: bool = True) -> Detection:
    return Detection(Box(60, 0, 260, 200), confidence, _LANDMARKS, measured)


def analysed(time: float, *detections: Detection) -> AnalysedFrame:
    faces = tuple(Face(one, Quality(1.0), np.ones(4, np.float32)) for one in detections)
    return AnalysedFrame(time, (320, 240), Analysis(faces))


def seen(
    observer: SceneObserver, image: Image, *detections: Detection, frames: int = 1, start: int = 0
) -> list[AnalysedFrame]:
    """What is said of the same picture, ten times a second."""
    return [
        observer.see(Frame(image, number / 10.0, number), analysed(number / 10.0, *detections))
        for number in range(start, start + frames)
    ]


def test_a_black_picture_says_so_at_once_and_nothing_is_searched() -> None:
    detector = Detector()
    observer = SceneObserver(detector, rotated=0, still=False)
    (said,) = seen(observer, np.zeros((240, 320, 3), np.uint8))
    assert (said.scene, detector.searches) == (Prompt.PICTURE_IS_BLACK, 0)


@pytest.mark.parametrize(
    ("quarter", "rotated", "word"),
    [
        (2, 0, Prompt.TURN_PICTURE_AROUND),
        (1, 0, Prompt.TURN_PICTURE_LEFT),
        (3, 0, Prompt.TURN_PICTURE_RIGHT),
        (2, 180, Prompt.DO_NOT_TURN_PICTURE),  # it was set, and the camera hung aright
        (2, 90, Prompt.TURN_PICTURE_LEFT),
    ],
)
def test_where_nobody_is_seen_for_a_while_turned_pictures_are_tried(
    quarter: int, rotated: int, word: Prompt
) -> None:
    detector = Detector()
    observer = SceneObserver(detector, rotated=rotated, still=False)
    said = seen(observer, scene_with_mark(quarter), frames=50)
    assert {one.scene for one in said[:5]} == {None}
    assert {one.scene for one in said[25:]} == {word}
    assert detector.searches <= 12  # in five seconds


def test_an_empty_chair_costs_two_searches_a_second() -> None:
    detector = Detector(upright=0.0)
    said = seen(SceneObserver(detector, rotated=0, still=False), scene_with_mark(0), frames=50)
    assert {one.scene for one in said} == {None}
    assert detector.searches <= 10


def test_what_looks_like_a_face_in_a_single_frame_is_none() -> None:
    observer = SceneObserver(Detector(), rotated=0, still=False)
    said = seen(observer, scene_with_mark(2), frames=6)
    said += seen(observer, scene_with_mark(0), frames=30, start=6)
    assert {one.scene for one in said} == {None}


def test_a_turned_face_that_was_taken_for_an_upright_one_is_nobodys() -> None:
    observer = SceneObserver(Detector(otherwise=0.95), rotated=0, still=False)
    said = seen(observer, scene_with_mark(2), _detection(0.95), frames=30)
    assert {one.scene for one in said} == {Prompt.TURN_PICTURE_AROUND}
    assert {one.analysis.faces for one in said} == {()}


@pytest.mark.parametrize("face", [_detection(0.9999), _detection(0.5, measured=False)])
def test_a_sure_face_is_never_doubted_nor_one_whose_detector_cannot_tell(face: Detection) -> None:
    detector = Detector()
    said = seen(SceneObserver(detector, rotated=0, still=False), scene_with_mark(2), face, frames=9)
    assert all(one.scene is None and one.analysis.faces for one in said)
    assert detector.searches == 0


def test_a_doubted_face_that_is_upright_stays_and_is_not_asked_about_each_frame() -> None:
    detector = Detector(upright=0.98, otherwise=0.6)
    observer = SceneObserver(detector, rotated=0, still=False)
    said = seen(observer, scene_with_mark(0), _detection(0.98), frames=60)
    assert all(one.scene is None and one.analysis.faces for one in said)
    assert detector.searches == 4 * 4  # at 0, 0.5, 1.5 and 3.5 seconds


def test_a_sure_face_ends_it_at_once() -> None:
    observer = SceneObserver(Detector(otherwise=0.95), rotated=0, still=False)
    seen(observer, scene_with_mark(2), _detection(0.95), frames=3)
    (said,) = seen(observer, scene_with_mark(0), _detection(0.9999), start=3)
    assert said.scene is None
    assert said.analysis.faces


def test_each_picture_of_a_folder_is_looked_at_by_itself() -> None:
    observer = SceneObserver(Detector(), rotated=0, still=True)
    (turned,) = seen(observer, scene_with_mark(2))
    (upright,) = seen(observer, scene_with_mark(0), _detection(0.999), start=10)
    assert (turned.scene, upright.scene) == (Prompt.TURN_PICTURE_AROUND, None)


def test_a_detector_that_follows_faces_is_not_led_astray() -> None:
    inner = Detector()
    following = FollowingDetector(inner)
    observer = SceneObserver(following, rotated=0, still=True)
    (said,) = seen(observer, scene_with_mark(2))
    assert said.scene is Prompt.TURN_PICTURE_AROUND
    assert inner.searches == 3


class Masked:
    """Sees a mask from the frame on that is told; counts how often it is asked."""

    def __init__(self, *, after: int) -> None:
        self.asked, self._after = 0, after

    def __call__(self, image: Image) -> bool:
        assert image.shape == (240, 320, 3)
        self.asked += 1
        return self.asked > self._after


def test_who_wears_a_mask_behind_which_no_face_is_found_is_told() -> None:
    masked = Masked(after=1)
    observer = SceneObserver(Detector(upright=0.0), rotated=0, still=False, masked=masked)
    said = [one.scene for one in seen(observer, scene_with_mark(0), frames=40)]
    # Half a second without a face, a second until the second look.
    assert said == [None] * 15 + [Prompt.UNCOVER_YOUR_FACE] * 25
    assert masked.asked == 1 + 5


def test_a_room_without_anybody_is_searched_for_masks_less_and_less() -> None:
    masked = Masked(after=1000)
    observer = SceneObserver(Detector(upright=0.0), rotated=0, still=False, masked=masked)
    said = seen(observer, scene_with_mark(0), frames=600)
    assert {one.scene for one in said} == {None}
    assert masked.asked <= 12
    # Who was seen meanwhile, and has gone, is looked for anew.
    seen(observer, scene_with_mark(0), _detection(0.9999), start=600)
    before = masked.asked
    seen(observer, scene_with_mark(0), frames=20, start=601)
    assert masked.asked > before


def test_a_face_that_is_found_is_not_asked_about_masks() -> None:
    masked = Masked(after=0)
    observer = SceneObserver(Detector(), rotated=0, still=True, masked=masked)
    assert seen(observer, scene_with_mark(0), _detection(0.9999))[0].scene is None
    assert masked.asked == 0
    nothing = SceneObserver(Detector(upright=0.0), rotated=0, still=True, masked=masked)
    assert seen(nothing, scene_with_mark(0))[0].scene is Prompt.UNCOVER_YOUR_FACE
