"""The guide: what it asks for, what it takes, and that it never takes two people for one."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from enroll.errors import EnrollError
from enroll.guide.guide import Guide, Observation
from enroll.guide.prompts import POSES, Prompt
from enroll.guide.selection import Sample
from models.pose import Pose
from models.types import Analysis, Box, Detection, Face, Quality
from tests.enroll.visits import (
    FRAME,
    LEFT,
    NEAR,
    RIGHT,
    STRAIGHT,
    THRESHOLD,
    UP,
    Camera,
    centre_of,
    sample,
    who_is_kept,
)


def test_a_willing_person_is_done_in_ten_seconds() -> None:
    camera = Camera()
    camera.turn_all_ways()
    assert camera.guide.complete
    assert camera.guide.missing == ()
    assert camera.time <= 10.0
    assert who_is_kept(camera.guide) == {1}


def test_poses_are_asked_for_one_after_another() -> None:
    camera = Camera()
    said = [camera.show(None, seconds=0.1)[-1].prompt]
    for head in (STRAIGHT, LEFT, RIGHT, UP, Pose(0, -20, 0)):
        said.append(camera.show(1, head)[-1].prompt)
    assert said == [
        Prompt.MOVE_INTO_PICTURE,
        Prompt.TURN_LEFT,
        Prompt.TURN_RIGHT,
        Prompt.LOOK_UP,
        Prompt.LOOK_DOWN,
        Prompt.COME_CLOSER,
    ]
    camera.show(1, height=NEAR)
    assert camera.guide.complete


def test_a_pose_shown_before_it_is_asked_for_counts() -> None:
    camera = Camera()
    camera.show(1)
    camera.show(1, UP)
    assert camera.guide.covered == (Prompt.LOOK_STRAIGHT, Prompt.LOOK_UP)


def test_no_turn_counts_before_it_is_known_how_the_person_looks_straight() -> None:
    camera = Camera()
    camera.show(1, Pose(0, -17, 0))
    assert camera.guide.covered == ()


def test_a_camera_at_the_side_is_no_obstacle() -> None:
    camera = Camera()
    camera.show(1, Pose(30, 0, 0), seconds=5.0)
    camera.show(1, Pose(50, 0, 0))
    camera.show(1, Pose(10, 0, 0))
    assert {Prompt.TURN_LEFT, Prompt.TURN_RIGHT} <= set(camera.guide.covered)


def test_turns_count_from_where_the_person_looks_when_looking_straight() -> None:
    camera = Camera()
    # The camera stands below the screen.
    camera.show(1, Pose(0, 12, 0))
    camera.show(1, Pose(0, 15, 0))
    assert Prompt.LOOK_UP not in camera.guide.covered
    camera.show(1, Pose(0, 24, 0))
    assert Prompt.LOOK_UP in camera.guide.covered


def test_who_sits_near_need_not_come_nearer() -> None:
    camera = Camera()
    camera.show(1, height=0.6)
    assert Prompt.COME_CLOSER in camera.guide.covered


def test_who_cannot_turn_is_let_through_with_poses_missing() -> None:
    camera = Camera()
    camera.show(1, seconds=25.0)
    assert camera.guide.complete
    assert camera.guide.covered == (Prompt.LOOK_STRAIGHT,)
    assert camera.guide.missing == POSES[1:]
    assert who_is_kept(camera.guide) == {1}


def test_nobody_loses_a_pose_while_nobody_is_there() -> None:
    camera = Camera()
    camera.show(1)
    camera.show(None, seconds=60.0)
    assert camera.show(1, seconds=FRAME)[-1].prompt is Prompt.TURN_LEFT


def test_a_detector_without_landmarks_believes_the_person() -> None:
    camera = Camera()
    camera.show(1, None, seconds=5.0)
    camera.show(1, None, height=NEAR)
    assert camera.guide.missing == ()


def test_the_progress_never_falls_and_ends_at_one() -> None:
    camera = Camera()
    progress = [one.progress for one in camera.show(2, seconds=0.2)]
    progress += [one.progress for one in camera.show(1, seconds=1.0)]
    camera.turn_all_ways()
    progress += [one.progress for one in camera.show(1, seconds=FRAME)]
    assert progress == sorted(progress)
    assert progress[-1] == 1.0


@pytest.mark.parametrize(
    ("score", "reason", "faces", "prompt"),
    [
        (0.9, "", 2, Prompt.ONE_PERSON_ONLY),
        (0.1, "too dark", 1, Prompt.TOO_DARK),
        (0.1, "come closer", 1, Prompt.COME_CLOSER),
        (0.1, "a reason of tomorrow", 1, Prompt.HOLD_STILL),
        (math.nan, "", 1, Prompt.HOLD_STILL),
    ],
)
def test_what_cannot_be_used_is_never_taken(
    score: float, reason: str, faces: int, prompt: Prompt
) -> None:
    camera = Camera()
    steps = camera.show(1, seconds=30.0, score=score, reason=reason, faces=faces)
    assert {one.prompt for one in steps} == {prompt}
    assert not camera.guide.complete
    with pytest.raises(EnrollError):
        camera.guide.choose(fewest=1)


def test_two_faces_all_the_time_are_refused_in_words() -> None:
    camera = Camera()
    camera.show(1, faces=2)
    with pytest.raises(EnrollError, match="two faces"):
        camera.guide.choose()


def test_mediocre_pictures_serve_after_a_while() -> None:
    camera = Camera()
    first = camera.show(1, score=0.4, reason="too dark")
    assert {one.prompt for one in first} == {Prompt.TOO_DARK}
    camera.show(1, seconds=25.0, score=0.4, reason="too dark")
    assert who_is_kept(camera.guide) == {1}


def test_a_passer_by_is_left_out() -> None:
    camera = Camera()
    camera.show(1)
    assert {one.prompt for one in camera.show(2, seconds=0.4)[1:]} == {Prompt.ONE_PERSON_ONLY}
    camera.turn_all_ways()
    assert who_is_kept(camera.guide) == {1}
    assert camera.guide.choose().rejected["unlike the others"] >= 1


def test_whoever_passed_by_first_is_forgotten() -> None:
    camera = Camera()
    camera.show(2, seconds=0.2)
    camera.turn_all_ways()
    assert who_is_kept(camera.guide) == {1}


def test_another_person_in_the_chair_ends_it() -> None:
    camera = Camera()
    camera.show(1, seconds=2.0)
    camera.show(2, seconds=2.0)
    assert camera.guide.changed
    with pytest.raises(EnrollError, match="somebody else"):
        camera.guide.choose()


def test_near_duplicates_are_kept_once() -> None:
    camera = Camera()
    camera.show(1, seconds=2.0, spread=1e-3)
    assert len(camera.guide.samples) == 1


def test_of_two_much_alike_the_better_one_stays() -> None:
    camera = Camera()
    camera.show(1, seconds=0.2, spread=1e-3, score=0.6)
    camera.show(1, seconds=0.2, spread=1e-3, score=0.95)
    assert [one.quality.score for one in camera.guide.samples] == [0.95]


def test_a_long_enrolment_keeps_a_bounded_number() -> None:
    camera = Camera()
    camera.show(1, seconds=30.0)
    assert len(camera.guide.samples) <= 64


def test_too_few_pictures_in_the_time_are_no_appearance() -> None:
    camera = Camera()
    camera.show(1, seconds=0.2)
    with pytest.raises(EnrollError, match="good pictures in the time"):
        camera.guide.choose()
    assert who_is_kept(camera.guide, fewest=1) == {1}


def test_nobody_is_no_appearance() -> None:
    camera = Camera()
    camera.show(None)
    with pytest.raises(EnrollError, match="no face was found"):
        camera.guide.choose()


def test_one_photo_enrols() -> None:
    guide = Guide(threshold=THRESHOLD, metric="euclidean", still=True)
    guide.observe(Observation(0.0, sample(1, 0)))
    assert who_is_kept(guide) == {1}
    assert guide.missing == ()


def test_three_photos_of_one_and_one_of_another_are_refused_by_name() -> None:
    guide = Guide(threshold=THRESHOLD, metric="euclidean", still=True)
    for number, who in enumerate((1, 1, 2, 1)):
        guide.observe(Observation(float(number), sample(who, number)))
    with pytest.raises(EnrollError, match=r"more than one person: 1 of 4 .*\(2-2\)"):
        guide.choose()


def test_an_observation_of_an_analysis_is_of_the_largest_face() -> None:
    large, small = (
        Face(
            Detection(
                Box(10, 20, 10 + side, 20 + side),
                0.9,
                np.array([(0, 0), (10, 0), (5, 6), (1, 11), (9, 11)], dtype=np.float32),
                landmarks_measured=side > 50,
            ),
            Quality(0.8),
            centre_of(side),
        )
        for side in (100, 40)
    )
    seen = Observation.of(3.0, Analysis((large, small)), (200, 400), label="a.jpg")
    assert seen.box == (0.05, 0.05, 0.5, 0.25)
    assert seen.sample is not None
    assert (seen.sample.label, seen.sample.faces) == ("a.jpg", 1)
    assert seen.head is not None
    assert Observation.of(3.0, Analysis((small,)), (200, 400)).head is None
    assert Observation.of(3.0, Analysis(()), (200, 400)).sample is None


people = st.integers(1, 4)
strips = st.lists(
    st.tuples(
        st.one_of(st.none(), people),
        st.integers(1, 25),
        st.sampled_from((STRAIGHT, LEFT, RIGHT, UP, None, Pose(math.nan, math.inf, 0.0))),
        st.sampled_from((0.05, 0.4, 0.9, math.nan)),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(strips)
def test_whoever_comes_in_whatever_order_no_appearance_is_of_two(
    strip: list[tuple[int | None, int, Pose | None, float]],
) -> None:
    camera = Camera()
    for who, frames, head, score in strip:
        camera.show(who, head, seconds=frames * FRAME, score=score)
    try:
        kept = who_is_kept(camera.guide)
    except EnrollError:
        return
    assert len(kept) == 1


garbage = st.builds(
    Sample,
    st.one_of(
        st.lists(
            st.floats(width=32, allow_nan=True, allow_infinity=True), min_size=1, max_size=3
        ).map(lambda row: np.array(row, dtype=np.float32)),
        st.sampled_from([np.zeros(128, np.float32), np.full(128, np.nan, np.float32)]),
    ),
    st.builds(Quality, st.floats(), st.sampled_from([(), ("hold still",), ("\x1b[31m",)])),
    st.integers(-1, 5),
)
observations = st.builds(
    Observation,
    st.floats(),
    st.one_of(st.none(), garbage),
    st.one_of(st.none(), st.builds(Pose, st.floats(), st.floats(), st.floats())),
    st.one_of(st.none(), st.tuples(st.floats(), st.floats(), st.floats(), st.floats())),
)


def _still(*embedding: float) -> Observation:
    sample = Sample(np.array(embedding, dtype=np.float32), Quality(1.0, ()), 0)
    return Observation(0.0, sample, None, None)


@settings(max_examples=150, deadline=None)
@given(st.lists(observations, max_size=30), st.booleans())
@example([_still(1.0), _still(2.8e-33)], True)
def test_garbage_brings_nothing_down(seen: list[Observation], still: bool) -> None:
    guide = Guide(threshold=THRESHOLD, metric="cosine", still=still)
    last = 0.0
    for one in seen:
        step = guide.observe(one)
        assert last <= step.progress <= 1.0
        last = step.progress
    try:
        chosen = guide.choose(fewest=1)
    except EnrollError:
        return
    assert np.isfinite(chosen.embeddings).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=True), min_size=1, max_size=60))
def test_a_clock_that_jumps_gives_up_no_pose_too_early(times: list[float]) -> None:
    guide = Guide(threshold=THRESHOLD, metric="euclidean")
    for number, time in enumerate(times[:8]):
        guide.observe(Observation(time, sample(1, number), STRAIGHT, (0.3, 0.3, 0.2, 0.3)))
    assert not guide.complete
