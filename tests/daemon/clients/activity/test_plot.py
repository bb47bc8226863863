"""The plot: where points and threshold lie, in the window and as text."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clients.activity.attempts import Attempt, Sign
from daemon.clients.activity.canvas import Area, grid_step
from daemon.clients.activity.plot import SHAPES, bar, nearest, plot

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)


def attempt(minute: int, distance: float | None, threshold: float = 0.6) -> Attempt:
    return Attempt(
        NOON + timedelta(minutes=minute),
        Sign.RECOGNISED,
        "",
        distance=distance,
        threshold=None if distance is None else threshold,
    )


def test_the_oldest_is_on_the_left_and_the_larger_distance_is_higher() -> None:
    newest_first = [attempt(2, 0.9), attempt(1, None), attempt(0, 0.3)]
    drawn = plot(newest_first)
    assert [point.attempt.at.minute for point in drawn.points] == [0, 2]
    assert [point.x for point in drawn.points] == [0.25, 0.75]
    assert drawn.points[0].y < drawn.points[0].threshold_y < drawn.points[1].y


def test_without_a_distance_there_is_nothing_to_draw() -> None:
    assert plot([attempt(0, None)]).points == ()
    assert plot([]).steps == []


def test_only_the_newest_are_drawn() -> None:
    drawn = plot([attempt(59 - n, 0.3) for n in range(60)], most=3)
    assert [point.attempt.at.minute for point in drawn.points] == [57, 58, 59]


def test_a_threshold_that_changed_is_a_step() -> None:
    drawn = plot([attempt(3, 0.3, 0.6), attempt(2, 0.3, 0.5), attempt(1, 0.3, 0.5)])
    steps = drawn.steps
    assert [(round(left, 3), round(right, 3)) for left, right, _ in steps] == [
        (0.0, 0.667),
        (0.667, 1.0),
    ]
    assert steps[0][2] < steps[1][2]


MEASURED = st.builds(attempt, st.integers(0, 59), st.floats(0, 1e6), st.floats(1e-6, 1e6))


@given(st.lists(MEASURED, max_size=80))
def test_everything_lies_within_the_area(attempts: list[Attempt]) -> None:
    drawn = plot(attempts)
    assert len(drawn.points) == min(len(attempts), 60)
    for point in drawn.points:
        assert 0 < point.x < 1
        assert 0 <= point.y < 1
        assert 0 < point.threshold_y < 1
    if drawn.points:
        lines = drawn.top / grid_step(drawn.top)
        assert 1.5 < lines <= 4.001


@given(st.lists(MEASURED, min_size=1, max_size=60), st.floats(-2, 3))
def test_a_click_finds_the_nearest_point(attempts: list[Attempt], x: float) -> None:
    drawn = plot(attempts)
    found = nearest(drawn, x)
    assert found is not None
    assert all(abs(found.x - x) <= abs(point.x - x) for point in drawn.points)


def test_a_click_into_nothing_finds_nothing() -> None:
    assert nearest(plot([]), 0.5) is None


@pytest.mark.parametrize(
    ("distance", "line"),
    [
        (0.0, "                │       "),
        (0.3, "━━━━━━━━        │       "),
        (0.6, "━━━━━━━━━━━━━━━━│       "),
        (0.75, "━━━━━━━━━━━━━━━━│━━━    "),
        (50.0, "━━━━━━━━━━━━━━━━│━━━━━━▶"),
        (None, ""),
    ],
)
def test_the_bar_of_a_terminal(distance: float | None, line: str) -> None:
    assert bar(attempt(0, distance)) == line


def test_a_terminal_without_lines_has_a_bar_all_the_same() -> None:
    assert bar(attempt(0, 0.75), plain=True) == "================|===    "


def test_shape_tells_a_yes_from_a_no_without_colour() -> None:
    assert SHAPES[Sign.UNLOCKED] != SHAPES[Sign.REFUSED] != SHAPES[Sign.UNSURE]
    assert set(SHAPES) == set(Sign)


def test_pixels_and_shares_agree() -> None:
    area = Area.within(640, 220)
    assert area.share(area.x(0.3)) == pytest.approx(0.3)
    assert area.y(0.0) > area.y(1.0)
    assert Area.within(1, 1).width == 1.0
