"""The lock screens of real desktops: a stranger opens none, the owner each.

GNOME and Plasma listen to logind, sway's swaylock takes a signal.
"""

import pytest

from tests.machine.desktops.desktops import those
from tests.machine.desktops.seat import Seat
from tests.machine.machine import wait_for
from tests.waiting import stays

pytestmark = pytest.mark.slow

PATIENCE = 60.0
QUIET = 6.0
"""Seconds in which the owner would be let in several times over."""


# MATE's needs the agent: test_displays.py.
@those(lambda desktop: desktop.name != "mate")
def test_it_stays_before_a_stranger_and_opens_for_its_owner(seat: Seat) -> None:
    service, desktop = seat.service, seat.desktop
    service.film("bob", methods=desktop.methods)
    seen, let_in = seat.entries("not-matched"), seat.entries("unlocked")
    service.lock(seat.session, idle=True, hinted=False)
    wait_for(lambda: seat.is_locked, PATIENCE, "no lock screen comes up")
    wait_for(lambda: seat.entries("not-matched") > seen, PATIENCE, "nobody is looked at")
    stays(lambda: seat.is_locked, QUIET, "the lock screen")
    assert seat.hint == desktop.hints
    assert seat.entries("unlocked") == let_in

    service.film("ada", methods=desktop.methods)
    wait_for(lambda: not seat.is_locked, PATIENCE, "the lock screen stays")
    wait_for(lambda: seat.entries("unlocked") > let_in, PATIENCE, "no entry in the journal")
    wait_for(lambda: not seat.hint, PATIENCE, "logind is not told")


# MATE's tells nobody that it locked by itself.
@those(lambda desktop: desktop.name != "mate")
def test_one_that_locked_itself_when_nobody_was_there_opens_for_its_owner(seat: Seat) -> None:
    let_in = seat.entries("unlocked")
    seat.service.film("bob", methods=seat.desktop.methods)
    seat.leave()
    wait_for(lambda: seat.hint == seat.desktop.hints, PATIENCE, "logind is not told")
    seat.service.film("ada", methods=seat.desktop.methods)
    wait_for(lambda: not seat.is_locked, PATIENCE, "the lock screen stays")
    wait_for(lambda: seat.entries("unlocked") > let_in, PATIENCE, "no entry in the journal")


@those(lambda desktop: desktop.hints)
def test_who_locked_it_by_hand_is_not_let_in_while_sitting_there(seat: Seat) -> None:
    let_in = seat.entries("unlocked")
    seat.service.film("ada")
    seat.lock()
    wait_for(lambda: seat.is_locked and seat.hint, PATIENCE, "no lock screen comes up")
    stays(lambda: seat.is_locked, QUIET, "the lock screen")
    assert seat.entries("unlocked") == let_in
