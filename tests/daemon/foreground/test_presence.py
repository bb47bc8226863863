"""Arrival once, again only after an absence that was seen."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.foreground.presence import Arrived, Left, Match, Presence
from models.errors import UsageError

ABSENCE = 5.0
ADA, BOB = Match("ada", 0.3), Match("bob", 0.4)

odd_times = st.floats(allow_nan=True, allow_infinity=True)
attempts = st.lists(
    st.tuples(st.floats(0.0, 3.0), st.sets(st.sampled_from(["ada", "bob", "eve"]))), max_size=60
)


def matches_of(names: set[str]) -> list[Match]:
    return [Match(name, 0.2) for name in sorted(names)]


def test_an_arrival_is_told_once() -> None:
    presence = Presence(absence_seconds=ABSENCE)
    assert presence.observe(0.0, [ADA]) == (Arrived("ada", 0.3),)
    assert all(presence.observe(t / 10, [ADA]) == () for t in range(1, 500))
    assert presence.present == {"ada"}


def test_an_arrival_is_told_again_after_an_absence() -> None:
    presence = Presence(absence_seconds=ABSENCE)
    presence.observe(0.0, [ADA])
    events = [(t, event) for t in range(1, 10) for event in presence.observe(float(t), [])]
    assert events == [(5, Left("ada"))]
    assert presence.observe(10.0, [ADA]) == (Arrived("ada", 0.3),)


def test_a_short_look_away_is_no_absence() -> None:
    presence = Presence(absence_seconds=ABSENCE)
    presence.observe(0.0, [ADA])
    for start in range(1, 100, 5):
        for t in range(4):
            assert presence.observe(float(start + t), []) == ()
        assert presence.observe(float(start + 4), [ADA]) == ()


def test_people_come_and_go_by_name() -> None:
    presence = Presence(absence_seconds=ABSENCE)
    assert presence.observe(0.0, [BOB, ADA]) == (Arrived("ada", 0.3), Arrived("bob", 0.4))
    events = [event for t in range(1, 8) for event in presence.observe(float(t), [BOB])]
    assert events == [Left("ada")]
    assert presence.present == {"bob"}


def test_one_leaves_as_another_arrives() -> None:
    presence = Presence(absence_seconds=ABSENCE)
    for t in range(6):
        presence.observe(float(t), [ADA] if t == 0 else [])
    assert presence.observe(6.0, [BOB]) == (Arrived("bob", 0.4),)


def test_a_gap_without_frames_is_no_absence() -> None:
    presence = Presence(absence_seconds=ABSENCE)
    presence.observe(0.0, [ADA])
    assert presence.observe(10_000.0, [ADA]) == ()
    assert presence.observe(20_000.0, []) == ()
    assert presence.observe(20_000.1, [ADA]) == ()


def test_the_nearest_of_several_faces_counts() -> None:
    presence = Presence(absence_seconds=ABSENCE)
    assert presence.observe(0.0, [Match("ada", 0.5), ADA]) == (Arrived("ada", 0.3),)


def test_time_that_goes_back_causes_no_arrival() -> None:
    presence = Presence(absence_seconds=ABSENCE)
    presence.observe(100.0, [])
    assert presence.observe(1.0, [ADA]) == ()
    assert presence.observe(1.1, [ADA]) == (Arrived("ada", 0.3),)


@pytest.mark.parametrize("distance", [math.nan, math.inf, -math.inf, -0.1])
def test_a_garbage_distance_is_no_match(distance: float) -> None:
    assert Presence().observe(0.0, [Match("ada", distance)]) == ()


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf, 3601.0])
def test_an_absence_has_bounds(seconds: float) -> None:
    with pytest.raises(UsageError):
        Presence(absence_seconds=seconds)


@given(st.lists(st.tuples(odd_times, st.booleans()), max_size=60))
def test_garbage_times_with_the_person_in_view_give_one_arrival_at_most(
    steps: list[tuple[float, bool]],
) -> None:
    presence = Presence(absence_seconds=ABSENCE)
    events = [event for time, _ in steps for event in presence.observe(time, [ADA])]
    assert events in ([], [Arrived("ada", 0.3)])


@given(attempts)
def test_arrivals_and_departures_alternate(steps: list[tuple[float, set[str]]]) -> None:
    presence = Presence(absence_seconds=ABSENCE)
    there: set[str] = set()
    time = 0.0
    for step, names in steps:
        time += step
        for event in presence.observe(time, matches_of(names)):
            assert (event.name in there) == isinstance(event, Left)
            there ^= {event.name}
        assert presence.present == there
        assert names <= there


@given(attempts)
def test_between_two_arrivals_lies_an_absence(steps: list[tuple[float, set[str]]]) -> None:
    presence = Presence(absence_seconds=ABSENCE)
    time, last_seen = 0.0, dict.fromkeys(("ada", "bob", "eve"), -math.inf)
    for step, names in steps:
        time += step
        for event in presence.observe(time, matches_of(names)):
            assert time - last_seen[event.name] >= ABSENCE - 1e-6
        last_seen.update(dict.fromkeys(names, time))


@given(attempts)
def test_somebody_unmatched_for_the_whole_absence_has_left(
    steps: list[tuple[float, set[str]]],
) -> None:
    presence = Presence(absence_seconds=ABSENCE)
    time, last_seen = 0.0, {}
    for step, names in steps:
        time += min(step, ABSENCE / 2)
        presence.observe(time, matches_of(names))
        last_seen.update(dict.fromkeys(names, time))
        assert all(time - last_seen[name] < ABSENCE + 1e-6 for name in presence.present)
