"""What programs say of how a session is used, and what is made of several that say it."""

import math
from dataclasses import replace

import pytest

from daemon.policy.use import MOST_REPORTERS, Use, UseReports
from models.errors import UsageError
from tests.daemon.sessions import LOCKED

SESSION = replace(LOCKED, locked=False)


def _told(*uses: tuple[str, Use, float], session: str = SESSION.id) -> UseReports:
    reports = UseReports()
    for client, use, time in uses:
        reports.reported(client, uid=SESSION.uid, session=session, use=use, time=time)
    return reports


def test_a_session_is_idle_since_the_last_key() -> None:
    reports = _told(("agent", Use(idle_seconds=5.0), 100.0))
    assert reports.idle_since(SESSION, hinted=None) == 95.0


def test_one_in_use_is_not_idle_whatever_logind_says() -> None:
    reports = _told(("agent", Use(idle_seconds=0.0), 100.0))
    assert reports.idle_since(SESSION, hinted=50.0) is None


def test_where_no_program_can_tell_logind_is_believed() -> None:
    assert UseReports().idle_since(SESSION, hinted=50.0) == 50.0
    assert _told(("agent", Use(), 100.0)).idle_since(SESSION, hinted=None) is None


def test_of_several_that_which_knows_of_a_key_is_right() -> None:
    idle, used = Use(idle_seconds=50.0), Use(idle_seconds=0.0)
    reports = _told(("a", idle, 100.0), ("b", used, 100.0))
    assert reports.idle_since(SESSION, hinted=None) is None
    reports = _told(("a", idle, 100.0), ("b", Use(idle_seconds=5.0), 100.0))
    assert reports.idle_since(SESSION, hinted=None) == 95.0


def test_a_film_or_a_low_battery_keep_the_camera_closed() -> None:
    assert _told(("a", Use(inhibited=True), 0.0)).inhibited(SESSION, battery=0.2)
    assert _told(("a", Use(battery=0.1), 0.0)).inhibited(SESSION, battery=0.2)
    assert not _told(("a", Use(battery=0.3), 0.0)).inhibited(SESSION, battery=0.2)
    assert not _told(("a", Use(), 0.0)).inhibited(SESSION, battery=1.0)


def test_the_user_s_wish_goes_before_what_is_configured() -> None:
    def seconds(*wishes: float | None) -> float:
        uses = [(str(n), Use(leave_seconds=wish), 0.0) for n, wish in enumerate(wishes)]
        return _told(*uses).leave_seconds(SESSION, configured=60.0)

    assert seconds() == seconds(None) == 60.0
    assert seconds(0.0) == 0.0
    assert seconds(30.0, None, 0.0, 90.0) == 30.0


def test_nobody_speaks_for_the_session_of_another() -> None:
    reports = _told(("a", Use(idle_seconds=5.0), 0.0))
    assert not reports.told(replace(SESSION, uid=SESSION.uid + 1))
    assert not reports.told(replace(SESSION, id="other"))
    assert reports.told(SESSION)
    assert _told(("a", Use(), 0.0), session="").told(SESSION)


def test_what_a_program_said_goes_with_it() -> None:
    reports = _told(("a", Use(idle_seconds=5.0), 0.0))
    reports.client_gone("a")
    reports.client_gone("a")
    assert not reports.told(SESSION)


def test_a_user_s_programs_are_counted() -> None:
    reports = _told(*((str(number), Use(), 0.0) for number in range(MOST_REPORTERS)))
    reports.reported("0", uid=SESSION.uid, session="", use=Use(), time=1.0)
    reports.reported("x", uid=SESSION.uid + 1, session="", use=Use(), time=1.0)
    with pytest.raises(UsageError, match="too many"):
        reports.reported("y", uid=SESSION.uid, session="", use=Use(), time=1.0)


@pytest.mark.parametrize(
    "values",
    [
        {"idle_seconds": -1.0},
        {"idle_seconds": math.nan},
        {"idle_seconds": math.inf},
        {"battery": 1.1},
        {"battery": math.nan},
        {"leave_seconds": 5.0},
        {"leave_seconds": math.nan},
        {"leave_seconds": 1e9},
    ],
)
def test_what_is_out_of_bounds_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Use(**values)  # type: ignore[arg-type]
