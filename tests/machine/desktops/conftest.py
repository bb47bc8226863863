"""A booted machine with the desktops of Debian, where somebody asked for it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.desktops.desktops import DESKTOPS
from tests.machine.desktops.seat import USER, Seat
from tests.machine.machine import Machine, base, running, shown_for_setup
from tests.machine.service import Service, installed

WANTED = "FACELATCH_TEST_DESKTOPS"
_TYPING = {"grim", "wtype", "xdotool"}
"""What types at lockers, and takes pictures of them."""
ALL = sorted({package for desktop in DESKTOPS for package in desktop.packages} | _TYPING)
"""The packages of a machine with all the desktops."""

PLAIN = ("greetd", "i3lock", "physlock", "sddm", "xdotool", "xscreensaver", "xvfb")
"""Those of a machine with lockers and logins of no desktop."""


@pytest.fixture(scope="session", autouse=True)
def _wanted() -> None:
    """Skips unless asked for."""
    if not os.environ.get(WANTED):
        pytest.skip("installs GNOME, Plasma, MATE and sway: scripts/test --desktops")


@pytest.fixture(scope="session")
def everywhere(machines: Path) -> Iterator[Service]:
    """The service on a machine with all the desktops, ada enrolled."""
    machine = Machine(machines / "desktops", origin=base(*ALL), shown=shown_for_setup())
    # Their rights to a higher priority and to wake the machine, which a container does not have,
    # would keep them from starting.
    for program in ("bin/kwin_wayland", "lib/x86_64-linux-gnu/libexec/org_kde_powerdevil"):
        machine.prepare("setcap", "-r", f"/usr/{program}")
    with running(machine, USER):
        yield installed(machine, USER)


@pytest.fixture(params=DESKTOPS, ids=lambda desktop: desktop.name)
def seat(everywhere: Service, request: pytest.FixtureRequest) -> Iterator[Seat]:
    """Ada before one of the desktops, not locked."""
    found = Seat(everywhere, request.param)
    found.sit_down()
    yield found
    everywhere.log_out(found.session)
