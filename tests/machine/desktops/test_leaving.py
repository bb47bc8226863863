"""Real desktops whose owner leaves and comes back, with the real agent: idle by each desktop's own
way, held up by an inhibitor, locked, and open again at a look.
"""

import sys
from collections.abc import Iterator

import pytest

from daemon.api import SHORTEST_LEAVE_SECONDS
from daemon.clients.agent.settings import Leave
from tests.machine.desktops.desktops import DESKTOPS
from tests.machine.desktops.leaving import PATIENCE, end_agent, film, idle, patient, said, state
from tests.machine.desktops.seat import Seat
from tests.machine.machine import wait_for
from tests.machine.service import Service
from tests.waiting import lasting, stays

pytestmark = pytest.mark.slow

_LONGER = SHORTEST_LEAVE_SECONDS + 8.0
"""Somebody who is not seen for so long is locked out."""
SITS_SECONDS = 90.0
MOST_PERCENT = 5.0
_PERIOD = r"was idle for (\d+) s: the camera was on for ([\d.]+) s of it \(([\d.]+) %\), in (\d+) l"


@pytest.fixture(params=[patient(one) for one in DESKTOPS], ids=lambda desktop: desktop.name)
def left(everywhere: Service, request: pytest.FixtureRequest) -> Iterator[Seat]:
    """Ada before one of the desktops."""
    seat = Seat(everywhere, request.param)
    seat.sit_down()
    yield seat
    end_agent(seat)
    everywhere.log_out(seat.session)


def test_who_leaves_is_locked_out_and_who_comes_back_is_let_in(left: Seat) -> None:
    shortest = int(SHORTEST_LEAVE_SECONDS)
    let_in, gone = left.entries("unlocked"), len(said(left, r"(ada) has left"))
    film(left, "ada", seconds=shortest)
    idle(left)
    stays(lambda: not left.is_locked, _LONGER, "a session whose owner is there")

    inhibit = ("systemd-inhibit", "--what=idle", "--who=talk", "--why=talk", "--mode=block")
    talk = f"talk-{left.session}"
    left.start(talk, *inhibit, "sleep", "infinity")
    wait_for(lambda: state(left) == "ready", PATIENCE, "the inhibitor is not heeded")
    film(left, "nobody", seconds=shortest)
    stays(lambda: not left.is_locked, _LONGER, "a session that something inhibits")
    # In a container systemd is not always told that a unit is empty, and would wait to stop it.
    left.machine.call("systemctl", "kill", "--signal=KILL", talk)

    wait_for(lambda: left.is_locked, PATIENCE, "who has left is not locked out")
    assert len(said(left, "(ada) has left")) == gone + 1
    assert left.entries("unlocked") == let_in
    film(left, "ada", seconds=shortest)
    wait_for(lambda: not left.is_locked, PATIENCE, "who has come back is not let in")
    wait_for(lambda: left.entries("unlocked") == let_in + 1, PATIENCE, "no entry in the journal")


def test_the_journal_says_how_seldom_the_camera_was_on(left: Seat) -> None:
    before = len(said(left, _PERIOD))
    film(left, "ada", seconds=Leave().seconds)
    idle(left)
    lasting(SITS_SECONDS, "she sits there and reads")
    # With the agent goes who could lock, and with that the idle time.
    end_agent(left)
    wait_for(lambda: len(said(left, _PERIOD)) > before, PATIENCE, "nothing is written down")
    seconds, on, percent, looks = map(float, said(left, _PERIOD)[-1].groups())
    sys.stdout.write(
        f"{left.desktop.name}: {on:g} s of {seconds:g}, {percent:g} %, {looks:g} looks\n"
    )
    assert seconds >= SITS_SECONDS
    assert looks >= SITS_SECONDS // Leave().seconds
    assert percent <= MOST_PERCENT
