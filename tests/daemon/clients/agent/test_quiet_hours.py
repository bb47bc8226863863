"""Quiet hours: over midnight, on some days, to the minute."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clients.agent.quiet_hours import is_quiet
from daemon.clients.agent.settings import Quiet
from models.errors import UsageError

MONDAY = datetime(2025, 3, 3, tzinfo=UTC)
NIGHT = Quiet(enabled=True, start="22:00", end="07:00")


def at(days: int, clock: str) -> datetime:
    """So many days after a Monday."""
    hour, minute = clock.split(":")
    return MONDAY + timedelta(days=days, hours=int(hour), minutes=int(minute))


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("21:59", False), ("22:00", True), ("00:00", True), ("06:59", True), ("07:00", False)],
)
def test_a_night_goes_over_midnight(clock: str, quiet: bool) -> None:
    assert is_quiet(NIGHT, at(0, clock)) is quiet


@pytest.mark.parametrize(
    ("clock", "quiet"), [("12:59", False), ("13:00", True), ("14:29", True), ("14:30", False)]
)
def test_hours_within_a_day(clock: str, quiet: bool) -> None:
    assert is_quiet(Quiet(enabled=True, start="13:00", end="14:30"), at(2, clock)) is quiet


def test_quiet_hours_that_are_off_are_none() -> None:
    assert not is_quiet(Quiet(start="00:00", end="00:00"), at(0, "03:00"))


def test_the_same_start_and_end_is_a_whole_day() -> None:
    saturday = Quiet(enabled=True, start="09:00", end="09:00", days="sat")
    assert [is_quiet(saturday, at(5, clock)) for clock in ("08:59", "09:00")] == [False, True]
    assert [is_quiet(saturday, at(6, clock)) for clock in ("08:59", "09:00")] == [True, False]


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday = Quiet(enabled=True, start="22:00", end="07:00", days="fri")
    assert not is_quiet(friday, at(4, "06:00"))
    assert is_quiet(friday, at(4, "23:00"))
    assert is_quiet(friday, at(5, "06:00"))
    assert not is_quiet(friday, at(5, "23:00"))
    sunday = Quiet(enabled=True, start="22:00", end="07:00", days="sun")
    assert is_quiet(sunday, at(7, "03:00"))


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 7 * 1440 - 1))
def test_what_is_quiet_the_other_hours_are_not(start: int, end: int, minute: int) -> None:
    def quiet(first: int, second: int) -> bool:
        clocks = [f"{one // 60:02}:{one % 60:02}" for one in (first, second)]
        return is_quiet(
            Quiet(enabled=True, start=clocks[0], end=clocks[1]), MONDAY + timedelta(minutes=minute)
        )

    assert (quiet(start, end) != quiet(end, start)) or start == end


@pytest.mark.parametrize(
    "days", ["", "mon,", "Mon", "mon tue", "mon,tag", ",", "mon,mon,mon,mon,mon,mon,mon,mon"]
)
def test_what_are_no_days_is_refused(days: str) -> None:
    with pytest.raises(UsageError, match="days such as"):
        Quiet(days=days)
