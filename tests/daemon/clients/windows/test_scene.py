"""What the enrolment's window shows after each event."""

import math

import pytest

from daemon.clients.requests.enrol import Ended, Guided
from daemon.clients.windows import scene
from daemon.clients.windows.scene import TICKS, Page, Scene
from enroll.guide.prompts import POSES

BOX = (0.3, 0.2, 0.3, 0.4)


def test_a_pose_is_asked_for_in_words_and_with_an_arrow() -> None:
    now = scene.guided(scene.waiting(), Guided("turn-left", 0.2, ("look-straight",), 3, 0.9, BOX))
    assert (now.page, now.wanted, now.progress) == (Page.CAPTURE, "turn-left", 0.2)
    assert now.headline == "Turn your head slowly to the left"
    assert now.face


def test_a_hint_has_no_arrow() -> None:
    now = scene.guided(scene.waiting(), Guided("too-dark"))
    assert (now.wanted, now.line, now.face) == ("", "", False)


def test_the_head_points_where_the_mirror_shows_it() -> None:
    """Turned to the right of the camera's picture, it is on the left of its mirror image."""
    now = scene.guided(Scene(), Guided("turn-left", yaw=20.0, pitch=5.0))
    assert now.heading == (-20.0, 5.0)


@pytest.mark.parametrize(
    ("heading", "tick"),
    [((0.0, 20.0), 0), ((20.0, 0.0), 18), ((0.0, -20.0), 36), ((-20.0, 0.0), 54)],
)
def test_ticks_are_lit_toward_which_the_head_points(
    heading: tuple[float, float], tick: int
) -> None:
    lit = scene.nudged(heading)
    assert tick in lit
    assert len(lit) == 7


@pytest.mark.parametrize("heading", [(0.0, 0.0), (3.0, -3.0), (math.nan, 9.0), (math.inf, 0.0)])
def test_a_head_that_points_nowhere_lights_nothing(heading: tuple[float, float]) -> None:
    assert scene.nudged(heading) == frozenset()


def test_each_direction_covered_fills_a_quarter() -> None:
    directions = ("look-up", "turn-right", "look-down", "turn-left")
    quarters = [scene.lit(frozenset({one})) for one in directions]
    assert [len(one) for one in quarters] == [18] * 4
    assert frozenset().union(*quarters) == frozenset(range(TICKS))
    assert scene.lit(frozenset({"look-straight", "come-closer", "no-pose"})) == frozenset()
    # The person's left is on the left of the mirror.
    assert 54 in scene.lit(frozenset({"turn-left"}))
    assert 0 in scene.lit(frozenset({"look-up"}))


def test_the_end_tells_what_to_expect() -> None:
    now = scene.finished(Ended("enrolled", "", 9, 0.9, 0.9, 0.034))
    assert now.page is Page.END
    assert now.headline == "You are enrolled: excellent"
    assert now.line.startswith("Expect to be missed 3 times in 100 attempts. Made of 9 pictures")
    assert "less than once" in scene.finished(Ended("enrolled", expected_misses=0.001)).line
    assert "missed once in" in scene.finished(Ended("enrolled", expected_misses=0.012)).line
    assert "Expect" not in scene.finished(Ended("enrolled")).line


def test_a_failure_says_why() -> None:
    now = scene.finished(Ended("failed", "somebody else came before the camera"))
    assert (now.page, now.line) == (Page.PROBLEM, "Somebody else came before the camera")
    assert scene.finished(Ended("stopped")).line


@pytest.mark.parametrize("word", [pose.value for pose in POSES])
def test_each_pose_comes_with_a_hint(word: str) -> None:
    assert scene.guided(Scene(), Guided(word)).line
