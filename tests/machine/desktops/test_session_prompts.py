"""GNOME's lock screen and MATE's, with a face switched on for the password that they ask for.

Nobody is let in unasked here: the configuration does not, and the owner presses Enter.
"""

from collections.abc import Callable

import pytest

from tests.machine.desktops.desktops import those
from tests.machine.desktops.seat import Seat
from tests.machine.machine import answered
from tests.machine.pam_machine import PASSWORD, enable
from tests.machine.service import ENVIRONMENT, Service

pytestmark = pytest.mark.slow

PATIENCE = 150.0
_ANSWER_SECONDS = 20.0
"""Lockers wait for a while after a no."""
SERVICES = {"gnome": "gdm-password", "mate": "mate-screensaver"}
_PYTHON = f"{ENVIRONMENT}/bin/python"
_KEYS = """\
import asyncio, sys
from daemon.dbus.connection import Bus
NAME = "org.gnome.Mutter.RemoteDesktop"
async def main(keys):
    bus = await Bus.connect("session")
    made = await bus.call(NAME, "/org/gnome/Mutter/RemoteDesktop", NAME, "CreateSession")
    session, interface = made.body[0], NAME + ".Session"
    await bus.call(NAME, session, interface, "Start")
    for key in keys:
        if key < 0:
            await asyncio.sleep(-key)
            continue
        for down in (True, False):
            await bus.call(
                NAME, session, interface, "NotifyKeyboardKeysym", signature="ub", body=[key, down]
            )
            await asyncio.sleep(0.05)
    bus.close()
asyncio.run(main([int(one) for one in sys.argv[1:]]))
"""
"""Types at GNOME: numbers of X's keysyms, and below zero seconds to wait."""
_RETURN = 0xFF0D


def _press(seat: Seat, text: str) -> None:
    """Brings the prompt up, and types there."""
    if seat.desktop.name == "gnome":
        keys = (_RETURN, -6, *map(ord, text), _RETURN)
        seat.run(_PYTHON, "-I", "-c", _KEYS, *map(str, keys))
        return
    typed = ("type", "--args", "1", text) if text else ()
    moved = ("mousemove", "300", "300", "mousemove", "320", "320", "sleep", "3")
    seat.run("env", "DISPLAY=:7", "xdotool", *moved, *typed, "key", "Return")


def _answered(seat: Seat, text: str, until: Callable[[], bool]) -> None:
    answered(lambda: _press(seat, text), until, seconds=PATIENCE, each=_ANSWER_SECONDS)


@pytest.fixture(scope="module")
def asking(everywhere: Service) -> Service:
    """Both may be asked for a face."""
    everywhere.machine.call("sh", "-c", f"echo 'ada:{PASSWORD}' | chpasswd")
    done = enable(everywhere, *SERVICES.values())
    assert done.code == 0, done.text
    return everywhere


def _film(seat: Seat, clip: str) -> None:
    """Before the camera; nobody is let in unasked."""
    seat.service.film(clip)
    file = "/etc/facelatch/config.toml"
    seat.machine.call("sed", "-i", r"s/^\[unlock\]$/&\nenabled = false/", file)
    seat.service.ask("Reload")


@those(lambda desktop: desktop.name in SERVICES)
def test_enter_alone_opens_for_the_owner_and_the_password_for_whoever_types_it(
    asking: Service, seat: Seat
) -> None:
    assert asking is seat.service
    _film(seat, "bob")
    refused = seat.entries("not-matched")
    seat.leave()
    _answered(seat, "", lambda: seat.entries("not-matched") > refused)
    assert seat.is_locked
    _answered(seat, PASSWORD, lambda: not seat.is_locked)

    _film(seat, "ada")
    matched = seat.entries("matched")
    seat.leave()
    _answered(seat, "", lambda: not seat.is_locked)
    assert seat.entries("matched") == matched + 1
