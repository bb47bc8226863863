"""Displays that went dark, and how long a session is watched where nobody says."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import Schedule
from daemon.policy.displays import HELD_SECONDS, MOST_REPORTERS, Displays
from models.errors import UsageError
from tests.daemon.sessions import LOCKED

UID = LOCKED.uid
SCHEDULE = Schedule()


def _told(*reports: tuple[str, bool, float], session: str = LOCKED.id) -> Displays:
    displays = Displays()
    for client, on, time in reports:
        displays.reported(client, uid=UID, session=session, on=on, time=time)
    return displays


def _rests_at(displays: Displays, *, held: bool = False, schedule: Schedule = SCHEDULE) -> float:
    return displays.rests_at(LOCKED, held=held, schedule=schedule)


def test_where_nobody_says_a_session_is_watched_for_a_minute_after_each_sign_of_life() -> None:
    displays = Displays()
    displays.alive(UID, 100.0)
    assert displays.dark(LOCKED) is None
    assert _rests_at(displays) == 160.0
    displays.alive(UID, 130.0)
    assert _rests_at(displays) == 190.0


def test_a_user_of_whom_nothing_is_known_is_not_watched() -> None:
    assert _rests_at(Displays()) == -math.inf


def test_the_minute_is_a_setting() -> None:
    displays = Displays()
    displays.alive(UID, 0.0)
    assert _rests_at(displays, schedule=Schedule(untold_seconds=5.0)) == 5.0
    assert _rests_at(displays, schedule=Schedule(untold_seconds=0.0)) == math.inf


def test_an_attempt_is_heard_to_its_end_only_where_nobody_says() -> None:
    silent, dark = Displays(), _told(("agent", False, 20.0))
    silent.alive(UID, 0.0)
    for displays, rests_at in ((silent, math.inf), (dark, 20.0)):
        found = displays.rests_at(LOCKED, held=False, attempting=True, schedule=SCHEDULE)
        assert found == rests_at


def test_while_a_display_is_on_the_camera_does_not_rest() -> None:
    displays = _told(("agent", True, 10.0))
    assert displays.dark(LOCKED) is False
    assert _rests_at(displays) == math.inf


def test_the_camera_rests_as_soon_as_the_displays_are_off() -> None:
    displays = _told(("agent", True, 10.0), ("agent", False, 20.0))
    assert displays.dark(LOCKED) is True
    assert _rests_at(displays) == 20.0


def test_said_again_they_are_off_since_the_first_time() -> None:
    assert _rests_at(_told(("agent", False, 20.0), ("agent", False, 50.0))) == 20.0


def test_one_locked_by_hand_is_watched_a_little_longer() -> None:
    assert _rests_at(_told(("agent", False, 20.0)), held=True) == 20.0 + HELD_SECONDS


def test_whoever_wants_to_be_let_in_by_walking_up_is_watched_for_in_the_dark() -> None:
    displays = _told(("agent", False, 20.0))
    assert _rests_at(displays, schedule=Schedule(dark_screen=True)) == math.inf


def test_what_a_program_said_goes_with_it() -> None:
    displays = _told(("agent", True, 0.0), ("agent", False, 20.0))
    displays.client_gone("agent")
    displays.client_gone("agent")
    assert displays.dark(LOCKED) is None
    assert _rests_at(displays) == 60.0


def test_a_program_of_another_session_says_nothing_of_this_one() -> None:
    assert _told(("agent", False, 0.0), session="another").dark(LOCKED) is None
    assert _told(("agent", False, 0.0), session="").dark(LOCKED) is True


def test_nobody_closes_the_camera_for_another_user() -> None:
    displays = _told(("agent", True, 0.0))
    displays.reported("evil", uid=UID + 1, session=LOCKED.id, on=False, time=1.0)
    displays.reported("evil", uid=UID + 1, session="", on=False, time=1.0)
    assert displays.dark(LOCKED) is False
    assert displays.dark(replace(LOCKED, uid=UID + 1)) is True


def test_programs_of_a_user_are_counted() -> None:
    displays = _told(*((f"{number}", True, 0.0) for number in range(MOST_REPORTERS)))
    displays.reported("0", uid=UID, session="", on=False, time=1.0)
    displays.reported("other", uid=UID + 1, session="", on=True, time=1.0)
    with pytest.raises(UsageError, match="too many"):
        displays.reported("one more", uid=UID, session="", on=False, time=1.0)


REPORTS = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.booleans(), st.floats(0.0, 100.0)), max_size=6
)


@given(REPORTS, st.booleans())
def test_dark_is_what_somebody_still_says(
    reports: list[tuple[str, bool, float]], held: bool
) -> None:
    displays = _told(*reports)
    last = {client: on for client, on, _ in reports}
    assert displays.dark(LOCKED) is (not all(last.values()) if last else None)
    if displays.dark(LOCKED) is False:
        assert _rests_at(displays, held=held) == math.inf
