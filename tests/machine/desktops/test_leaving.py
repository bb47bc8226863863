"""Real desktops whose owner leaves and comes back, with the real agent: idle by each desktop's own
way, held up by an inhibitor, locked, and open again at a look.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from daemon.api import SHORTEST_LEAVE_SECONDS
from tests.machine.desktops.desktops import DESKTOPS, Desktop
from tests.machine.desktops.seat import Seat
from tests.machine.machine import wait_for
from tests.machine.service import ENVIRONMENT, Service
from tests.waiting import stays

pytestmark = pytest.mark.slow

PATIENCE = 90.0
AGENT = "leaving-agent"
_LONGER = SHORTEST_LEAVE_SECONDS + 8.0
"""Somebody who is not seen for so long is locked out."""
# Its own clock would lock before its owner has left.
_SWAY = "exec swayidle -w idlehint 3 lock 'swaylock -f'\n"


def _patient(desktop: Desktop) -> Desktop:
    files = tuple((name, _SWAY if name == "sway.conf" else text) for name, text in desktop.files)
    return replace(desktop, files=files)


@pytest.fixture(params=[_patient(one) for one in DESKTOPS], ids=lambda desktop: desktop.name)
def left(everywhere: Service, request: pytest.FixtureRequest) -> Iterator[Seat]:
    """Ada before one of the desktops."""
    seat = Seat(everywhere, request.param)
    seat.sit_down()
    yield seat
    seat.machine.call("systemctl", "stop", AGENT, check=False)
    everywhere.log_out(seat.session)


def _film(seat: Seat, clip: str, *, seconds: int) -> None:
    """Before the camera, and after how many seconds without her the session is to be locked."""
    leave = f"[leave]\nseconds = {seconds}\n"
    seat.service.film(clip, methods=f"{seat.desktop.methods}{leave}")


def _idle(seat: Seat) -> None:
    """Her agent begins; no key and no pointer: the desktop says so itself."""
    seat.start(AGENT, f"{ENVIRONMENT}/bin/facelatch", "agent")
    wait_for(lambda: _state(seat) == "minding", PATIENCE, "the desktop does not become idle")


def _state(seat: Seat) -> str:
    (status,) = seat.service.ask("Status")
    return str(status["state"])


def _said(seat: Seat, pattern: str) -> list[str]:
    """What of the journal's entries matches."""
    entries = [entry["MESSAGE"] for entry in seat.service.journal()]
    return [found[1] for one in entries if (found := re.search(pattern, one))]


def test_who_leaves_is_locked_out_and_who_comes_back_is_let_in(left: Seat) -> None:
    shortest = int(SHORTEST_LEAVE_SECONDS)
    let_in, gone = left.entries("unlocked"), len(_said(left, "(ada) has left"))
    _film(left, "ada", seconds=shortest)
    _idle(left)
    stays(lambda: not left.is_locked, _LONGER, "a session whose owner is there")

    inhibit = ("systemd-inhibit", "--what=idle", "--who=talk", "--why=talk", "--mode=block")
    talk = f"talk-{left.session}"
    left.start(talk, *inhibit, "sleep", "infinity")
    wait_for(lambda: _state(left) == "ready", PATIENCE, "the inhibitor is not heeded")
    _film(left, "nobody", seconds=shortest)
    stays(lambda: not left.is_locked, _LONGER, "a session that something inhibits")
    # In a container systemd is not always told that a unit is empty, and would wait to stop it.
    left.machine.call("systemctl", "kill", "--signal=KILL", talk)

    wait_for(lambda: left.is_locked, PATIENCE, "who has left is not locked out")
    assert len(_said(left, "(ada) has left")) == gone + 1
    assert left.entries("unlocked") == let_in
    _film(left, "ada", seconds=shortest)
    wait_for(lambda: not left.is_locked, PATIENCE, "who has come back is not let in")
    wait_for(lambda: left.entries("unlocked") == let_in + 1, PATIENCE, "no entry in the journal")
