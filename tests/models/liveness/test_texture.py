"""The texture cue: what is cut out, what the networks' answers amount to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.liveness.evidence import Observation
from models.liveness.texture import Texture, log_odds, surroundings
from models.types import Box, Detection, Image

FRAME = np.arange(100 * 200 * 3, dtype=np.uint32).reshape(100, 200, 3).astype(np.uint8)
FACE = Box(80, 30, 120, 70)


class Says:
    """A network that answers what it is told, in turn."""

    def __init__(self, *answers: float | None) -> None:
        self.answers = list(answers)
        self.asked = 0

    def score(self, image: Image, box: Box) -> float | None:
        assert image.size
        assert box.area
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return answer


def seen(cue: Texture, frames: int, start: float = 0.0, step: float = 0.2) -> None:
    face = Detection(FACE, 1.0, np.zeros((5, 2), np.float32))
    for index in range(frames):
        cue.observe(Observation(start + step * index, FRAME, face))


def test_the_crop_is_about_the_face() -> None:
    cut = surroundings(FRAME, FACE, 2.0)
    assert cut is not None
    assert cut.shape == (81, 81, 3)
    np.testing.assert_array_equal(cut, FRAME[10:91, 60:141])


def test_a_crop_that_would_leave_the_frame_is_moved_into_it() -> None:
    cut = surroundings(FRAME, Box(0, 0, 40, 40), 2.0)
    assert cut is not None
    np.testing.assert_array_equal(cut, FRAME[:81, :81])


def test_a_crop_larger_than_the_frame_shrinks_in_the_shape_of_the_box() -> None:
    cut = surroundings(FRAME, FACE, 4.0)
    assert cut is not None
    assert cut.shape == (100, 100, 3)


@pytest.mark.parametrize(
    "box",
    [
        Box(70, 2, 160, 92),  # hardly anything around it
        Box(80, 30, 80, 70),
        Box(120, 70, 80, 30),
        Box(np.nan, 30, 120, 70),
        Box(80, 30, np.inf, 70),
    ],
)
def test_without_surroundings_nothing_is_shown_to_the_network(box: Box) -> None:
    assert surroundings(FRAME, box, 2.7) is None


@given(st.tuples(*[st.floats(-300, 300)] * 4), st.floats(1.3, 4.0))
def test_a_crop_is_never_empty_nor_outside(sides: tuple[float, ...], scale: float) -> None:
    cut = surroundings(FRAME, Box(*sides), scale)
    assert cut is None or min(cut.shape[:2]) >= 1


def test_log_odds_of_three_classes() -> None:
    probabilities = np.array([0.2, 0.7, 0.1])
    found = log_odds(np.log(probabilities).astype(np.float32) + 3, 1)
    assert found == pytest.approx(np.log(0.7 / 0.3), abs=1e-5)


def test_skin_speaks_for_life_and_pictures_against_it() -> None:
    living, picture = Texture([Says(7.0), Says(9.0)]), Texture([Says(-9.0), Says(-5.0)])
    for cue in (living, picture):
        seen(cue, 10)
    assert living.evidence().llr > 1
    assert living.evidence().reason == "skin"
    assert picture.evidence().llr < -3
    assert picture.evidence().reason == "picture"


def test_the_lesser_of_two_networks_counts() -> None:
    cue = Texture([Says(9.0), Says(-9.0)])
    seen(cue, 10)
    assert cue.evidence().llr < -3


def test_a_network_that_cannot_see_enough_leaves_it_to_the_other() -> None:
    cue = Texture([Says(None), Says(-9.0)])
    seen(cue, 10)
    assert cue.evidence().llr < -3


def test_cut_off_surroundings_are_no_evidence() -> None:
    cue = Texture([Says(None), Says(None)])
    seen(cue, 10)
    assert (cue.evidence().known, cue.evidence().reason) == (False, "surroundings-cut-off")


def test_a_picture_that_is_moved_too_near_does_not_keep_an_earlier_answer() -> None:
    cue = Texture([Says(*[7.0] * 10, None)])
    seen(cue, 11)
    assert not cue.evidence().known


def test_few_frames_are_no_evidence() -> None:
    cue = Texture([Says(7.0)])
    seen(cue, 2)
    assert cue.evidence().reason == "too-few-frames"


def test_a_living_face_that_becomes_a_picture_is_denied_at_once() -> None:
    cue = Texture([Says(*[9.0] * 12, *[-9.0] * 4)])
    seen(cue, 16)
    assert cue.evidence().llr < -3


def test_one_living_frame_among_those_of_a_picture_changes_nothing() -> None:
    cue = Texture([Says(*[-9.0] * 11, 9.0)])
    seen(cue, 12)
    assert cue.evidence().llr < -2


def test_it_looks_some_five_times_a_second_whatever_the_rate() -> None:
    network = Says(7.0)
    seen(Texture([network]), 121, step=1 / 60)
    assert 11 <= network.asked <= 13


def test_who_has_just_come_is_looked_at_often() -> None:
    cue = Texture([Says(7.0)])
    seen(cue, 7, step=1 / 30)
    assert cue.evidence().known


def test_a_clock_that_jumps_back_does_not_blind_it() -> None:
    network = Says(7.0)
    cue = Texture([network])
    seen(cue, 5, start=100.0)
    seen(cue, 5, start=0.0)
    assert network.asked == 10


def test_another_face_begins_anew() -> None:
    cue = Texture([Says(7.0)])
    seen(cue, 10)
    cue.reset()
    assert not cue.evidence().known
