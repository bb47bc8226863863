"""Following: when the whole frame is searched, and what is found in between."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from models.detectors.following import FollowingDetector
from models.detectors.haar import HaarDetector
from models.detectors.mtcnn import MtcnnDetector
from models.errors import ImageError, ModelError, UsageError
from models.geometry import iou
from models.synthetic.drawing import Pose, compose, indoor_scene
from models.synthetic.portraits import OWNER, STRANGER, Portrait, portrait_subject
from models.types import Box, Detection, Image

FRAME = np.zeros((480, 640, 3), dtype=np.uint8)


def face(x: float = 300, y: float = 200, *, side: float = 100, sure: float = 0.99) -> Detection:
    points = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], dtype=np.float32)
    landmarks = (points * side / 100 + np.array([x, y])).astype(np.float32)
    return Detection(Box(x, y, x + side, y + side), sure, landmarks)


@dataclass
class Scripted:
    """A detector that answers what a test says and counts how it is asked."""

    whole: list[Detection] = field(default_factory=list)
    again: list[list[Detection]] = field(default_factory=list)
    """One answer a call; the face as expected when there are no more."""
    searches: int = 0
    expected: list[Detection] = field(default_factory=list)
    name: str = "scripted"

    def detect(self, _image: Image) -> list[Detection]:
        self.searches += 1
        return self.whole

    def look_again(self, _image: Image, faces: Sequence[Detection]) -> list[Detection]:
        self.expected += faces
        return self.again.pop(0) if self.again else list(faces)


def test_the_whole_frame_is_searched_every_so_often() -> None:
    scripted = Scripted(whole=[face()])
    following = FollowingDetector(scripted, full_every=5)
    searched = []
    for _ in range(12):
        before = scripted.searches
        assert len(following.detect(FRAME)) == 1
        searched.append(scripted.searches > before)
    assert [index for index, full in enumerate(searched) if full] == [0, 5, 10]


def test_an_empty_frame_is_searched_each_time() -> None:
    scripted = Scripted()
    following = FollowingDetector(scripted)
    for _ in range(4):
        assert following.detect(FRAME) == []
    assert scripted.searches == 4
    assert scripted.expected == []


@pytest.mark.parametrize(
    "again",
    [
        [],
        [face(sure=0.89)],
        [face(x=380)],
        [face(side=190)],
        [face(side=55)],
        [face(), face(x=10)],
    ],
    ids=["lost", "doubted", "elsewhere", "much larger", "much smaller", "two"],
)
def test_a_face_in_doubt_has_the_frame_searched_at_once(again: list[Detection]) -> None:
    found = face(x=120)
    scripted = Scripted(whole=[face()])
    following = FollowingDetector(scripted)
    following.detect(FRAME)
    scripted.whole, scripted.again = [found], [again]
    assert following.detect(FRAME) == [found]
    assert scripted.searches == 2


def test_one_face_of_two_in_doubt_is_enough() -> None:
    scripted = Scripted(whole=[face(x=400), face(x=100)])
    following = FollowingDetector(scripted)
    following.detect(FRAME)
    scripted.again = [[face(x=400)], []]
    assert len(following.detect(FRAME)) == 2
    assert scripted.searches == 2


def test_two_followed_faces_that_become_one_are_searched_for() -> None:
    scripted = Scripted(whole=[face(x=300), face(x=360)])
    following = FollowingDetector(scripted)
    following.detect(FRAME)
    scripted.again = [[face(x=325)], [face(x=330)]]
    following.detect(FRAME)
    assert scripted.searches == 2


def test_another_frame_size_is_searched() -> None:
    scripted = Scripted(whole=[face()])
    following = FollowingDetector(scripted)
    following.detect(FRAME)
    following.detect(FRAME[:240])
    assert scripted.searches == 2


def test_a_face_is_expected_where_it_moves_to() -> None:
    scripted = Scripted(whole=[face(x=300)], again=[[face(x=312, y=195)]])
    following = FollowingDetector(scripted)
    for _ in range(3):
        following.detect(FRAME)
    assert scripted.expected[0].box == face(x=300).box
    assert scripted.expected[1].box == face(x=324, y=190).box


def test_answers_are_sorted_by_size() -> None:
    scripted = Scripted(whole=[face(x=300), face(x=100, side=90)])
    following = FollowingDetector(scripted)
    following.detect(FRAME)
    scripted.again = [[face(x=300)], [face(x=95, side=110)]]
    assert [found.box.left for found in following.detect(FRAME)] == [95, 300]
    assert scripted.searches == 1


def test_what_a_face_was_in_the_frame_before_is_known_also_where_a_search_was_due() -> None:
    following = FollowingDetector(Scripted(whole=[face()], again=[[face(x=305)]]), full_every=2)
    (first,) = following.detect(FRAME)
    assert (following.searched, following.before(first)) == (True, None)
    (second,) = following.detect(FRAME)
    assert (following.searched, following.before(second)) == (False, first)
    assert following.before(first) is None
    (third,) = following.detect(FRAME)
    assert (following.searched, following.before(third)) == (True, second)


@pytest.mark.parametrize(
    "whole",
    [[face(x=120)], [face(side=160)], [face(), face(x=340)], [face(), face(x=390, side=60)]],
    ids=["elsewhere", "much larger", "two in its place", "another one beside it"],
)
def test_what_a_due_search_finds_is_no_known_face_where_it_may_be_another(
    whole: list[Detection],
) -> None:
    scripted = Scripted(whole=[face()])
    following = FollowingDetector(scripted, full_every=2)
    following.detect(FRAME)
    following.detect(FRAME)
    scripted.whole = whole
    assert [following.before(found) for found in following.detect(FRAME)] == [None] * len(whole)


def test_what_is_searched_for_because_it_was_lost_is_no_known_face() -> None:
    scripted = Scripted(whole=[face()], again=[[]])
    following = FollowingDetector(scripted)
    following.detect(FRAME)
    (found,) = following.detect(FRAME)
    assert (scripted.searches, following.before(found)) == (2, None)


def test_a_followed_face_is_steady_already(frame: Image, mtcnn: MtcnnDetector) -> None:
    following = FollowingDetector(mtcnn)
    (searched,) = following.detect(frame)
    assert following.steady(frame, searched) is not searched
    (followed,) = following.detect(frame)
    assert following.steady(frame, followed) is followed


@dataclass
class Shorter(Scripted):
    """A detector with a shorter first look."""

    firsts: int = 0
    quick: int = 0

    def look_first(self, _image: Image) -> list[Detection]:
        self.firsts += 1
        return self.whole

    def steady_quickly(self, _image: Image, face: Detection) -> Detection:
        self.quick += 1
        return face


def test_who_sits_in_front_comes_first_and_the_next_search_is_whole() -> None:
    scripted = Shorter()
    following = FollowingDetector(scripted, full_every=3, front_first=True)
    following.detect(FRAME)
    assert (scripted.firsts, scripted.searches) == (1, 0)
    scripted.whole = [face()]
    for _ in range(4):
        (found,) = following.detect(FRAME)
    assert (scripted.firsts, scripted.searches) == (2, 1)
    assert following.steady(FRAME, found) is found
    assert scripted.quick == 1
    scripted.again = [[]]
    following.detect(FRAME)
    assert (scripted.firsts, scripted.searches) == (3, 1)


def test_unless_that_is_wanted_each_search_is_whole() -> None:
    scripted = Shorter(whole=[face()])
    following = FollowingDetector(scripted)
    (found,) = following.detect(FRAME)
    following.steady(FRAME, found)
    assert (scripted.firsts, scripted.searches, scripted.quick) == (0, 1, 0)


def test_a_known_face_that_was_searched_for_is_steadied(frame: Image, mtcnn: MtcnnDetector) -> None:
    following = FollowingDetector(mtcnn, full_every=1)
    (first,) = following.detect(frame)
    (again,) = following.detect(frame)
    assert following.before(again) is first
    assert following.steady(frame, again) is not again


def test_reset_forgets() -> None:
    scripted = Scripted(whole=[face()])
    following = FollowingDetector(scripted)
    following.detect(FRAME)
    following.reset()
    following.detect(FRAME)
    assert scripted.searches == 2


def test_nothing_is_followed_after_a_search_that_failed() -> None:
    scripted = Scripted(whole=[face()], again=[[]])
    following = FollowingDetector(scripted)
    following.detect(FRAME)

    def fail(_image: Image) -> list[Detection]:
        raise ModelError("no")

    working = scripted.detect
    scripted.detect = fail  # type: ignore[method-assign]
    with pytest.raises(ModelError):
        following.detect(FRAME)
    scripted.detect = working  # type: ignore[method-assign]
    scripted.whole = []
    assert following.detect(FRAME) == []


def test_no_picture_is_refused() -> None:
    with pytest.raises(ImageError):
        FollowingDetector(Scripted()).detect(FRAME[:, :, 0])


@pytest.mark.parametrize("full_every", [0, 301])
def test_parameters_are_bounded(full_every: int) -> None:
    with pytest.raises(UsageError):
        FollowingDetector(Scripted(), full_every=full_every)


def test_a_detector_that_cannot_look_again_searches_each_frame(frame: Image) -> None:
    following = FollowingDetector(HaarDetector())
    assert following.name == "haar"
    assert [len(following.detect(frame)) for _ in range(3)] == [1, 1, 1]


# With the real networks.


def pose_at(index: int, height: float = 130.0) -> Pose:
    """Somebody who sways before a camera of 30 frames a second."""
    time = index / 30
    return Pose(
        x=320 + 70 * np.sin(1.7 * time),
        y=230 + 20 * np.sin(1.1 * time + 1),
        face_height=height * (1 + 0.1 * np.sin(0.9 * time)),
        angle=6 * np.sin(1.3 * time),
        gain=1 + 0.15 * np.sin(0.8 * time),
        blur=0.6,
        noise=3.0,
    )


def clip(portrait: Portrait, frames: int) -> list[Image]:
    subject, room = portrait_subject(portrait), indoor_scene()
    return [
        compose(subject, pose_at(index), room, np.random.default_rng(index))
        for index in range(frames)
    ]


@pytest.mark.parametrize("portrait", [OWNER, STRANGER], ids=["owner", "stranger"])
def test_landmarks_stay_where_a_search_finds_them(mtcnn: MtcnnDetector, portrait: Portrait) -> None:
    following = FollowingDetector(mtcnn, full_every=30)
    errors = []
    for image in clip(portrait, 90):
        (followed,), (searched,) = following.detect(image), mtcnn.detect(image)
        assert iou(followed.box, searched.box) > 0.75
        eyes = np.linalg.norm(searched.landmarks[0] - searched.landmarks[1])
        away = np.linalg.norm(followed.landmarks - searched.landmarks, axis=1).mean()
        errors.append(float(away / eyes))
    # A search itself scatters by 2 % when the picture moves by a few pixels.
    assert np.median(errors) <= 0.03
    assert max(errors) <= 0.1


def test_following_seldom_searches(mtcnn: MtcnnDetector, monkeypatch: pytest.MonkeyPatch) -> None:
    searches = 0
    search = mtcnn.detect

    def counted(image: Image) -> list[Detection]:
        nonlocal searches
        searches += 1
        return search(image)

    monkeypatch.setattr(mtcnn, "detect", counted)
    following = FollowingDetector(mtcnn, full_every=10)
    for image in clip(OWNER, 60):
        assert len(following.detect(image)) == 1
    assert 6 <= searches <= 9


def test_a_second_face_is_found_in_time(mtcnn: MtcnnDetector) -> None:
    room, rng = indoor_scene(), np.random.default_rng(5)
    owner, stranger = portrait_subject(OWNER), portrait_subject(STRANGER)
    alone = compose(owner, Pose(x=180, y=220, face_height=110), room, rng)
    beside = compose(stranger, Pose(x=470, y=230, face_height=150), alone, rng)
    following = FollowingDetector(mtcnn, full_every=8)
    assert len(following.detect(alone)) == 1
    counts = [len(following.detect(beside)) for _ in range(8)]
    assert counts[-1] == 2


def test_a_face_that_leaves_is_gone_at_once(mtcnn: MtcnnDetector, frame: Image) -> None:
    following = FollowingDetector(mtcnn)
    assert len(following.detect(frame)) == 1
    assert following.detect(indoor_scene()) == []


def test_a_face_that_jumps_is_found_at_once(mtcnn: MtcnnDetector, frame: Image) -> None:
    following = FollowingDetector(mtcnn)
    here = following.detect(frame)[0]
    there = following.detect(np.roll(frame, 200, axis=1))[0]
    assert there.box.left - here.box.left == pytest.approx(200, abs=8)
