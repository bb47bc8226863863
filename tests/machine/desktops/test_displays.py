"""Real desktops whose displays go dark, and what the agent's own parts hear of it."""

import pytest

from tests.machine.desktops.desktops import those
from tests.machine.desktops.leaving import state
from tests.machine.desktops.seat import USER, Seat
from tests.machine.machine import wait_for
from tests.machine.service import ENVIRONMENT
from tests.waiting import stays

pytestmark = pytest.mark.slow

PATIENCE = 30.0
PYTHON = f"{ENVIRONMENT}/bin/python"
_HEARD = f"/home/{USER}/displays"
_PROBE = f"""\
import asyncio, contextlib, glob, logging, os, socket
logging.basicConfig(level=logging.INFO)
# A compositor that ended may have left its socket.
for path in glob.glob(os.environ["XDG_RUNTIME_DIR"] + "/wayland-?"):
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as tried:
        tried.connect(path)
        os.environ["WAYLAND_DISPLAY"] = os.path.basename(path)
from daemon.clients.agent import displays
def hear(on):
    with open({_HEARD!r}, "a") as file:
        file.write("on\\n" if on else "off\\n")
asyncio.run(displays.follow(hear, displays.kinds(asyncio.Event(), asyncio.Event())))
"""
_MUTTER = ("org.gnome.Mutter.DisplayConfig", "/org/gnome/Mutter/DisplayConfig")
_HINTS = """\
import asyncio
from daemon.clients.agent.lockers import LockerHints
from daemon.clients.agent.notifier import session_bus
from daemon.dbus.connection import Bus
asyncio.run(LockerHints(session_bus, lambda: Bus.connect("system")).run())
"""


def _switch(seat: Seat, *, on: bool) -> None:
    """As GNOME does when nobody touches anything."""
    name, path = _MUTTER
    mode = "0" if on else "3"
    seat.run("busctl", "--user", "set-property", name, path, name, "PowerSaveMode", "i", mode)


def _is_dark(seat: Seat) -> bool:
    name, path = _MUTTER
    return seat.run("busctl", "--user", "get-property", name, path, name, "PowerSaveMode") == "i 3"


def _film(seat: Seat, clip: str) -> None:
    seat.service.film(clip, methods=f"{seat.desktop.methods}[schedule]\ndark_look_every = 1\n")


def _heard(seat: Seat) -> list[str]:
    return seat.machine.call("cat", _HEARD, check=False).stdout.split()


@pytest.fixture
def followed(seat: Seat) -> Seat:
    """A seat whose displays are followed."""
    seat.machine.call("rm", "-f", _HEARD)
    seat.start("displays", PYTHON, "-I", "-c", _PROBE)
    wait_for(lambda: _heard(seat) == ["on"], PATIENCE, "nobody says that they are on")
    return seat


@those(lambda desktop: desktop.name == "gnome")
def test_displays_that_go_dark_are_heard_of(followed: Seat) -> None:
    _switch(followed, on=False)
    wait_for(lambda: _heard(followed)[-1] == "off", PATIENCE, "nobody says that they are off")
    _switch(followed, on=True)
    wait_for(lambda: _heard(followed)[-1] == "on", PATIENCE, "nobody says that they are on again")


@those(lambda desktop: desktop.name == "gnome")
def test_a_dark_screen_is_woken_for_its_owner_alone(seat: Seat) -> None:
    folder = seat.machine.root / f"home/{USER}/.config/facelatch"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agent.toml").write_text("[leave]\nwake = true\n")
    let_in = seat.entries("unlocked")
    _film(seat, "bob")
    seat.start("waking-agent", f"{ENVIRONMENT}/bin/facelatch", "agent")
    seat.leave()
    _switch(seat, on=False)
    wait_for(lambda: state(seat) == "minding", PATIENCE, "nobody looks in the dark")
    # Several looks at a stranger.
    stays(lambda: _is_dark(seat) and seat.is_locked, 8.0, "a dark screen before a stranger")
    _film(seat, "ada")
    wait_for(lambda: not seat.is_locked, PATIENCE, "its owner is not let in")
    wait_for(lambda: not _is_dark(seat), PATIENCE, "the screen is not woken")
    assert seat.entries("unlocked") == let_in + 1
    seat.machine.call("systemctl", "stop", "waking-agent", check=False)
    (folder / "agent.toml").unlink()


# Without a graphics card its output cannot be switched off.
@those(lambda desktop: desktop.name == "sway")
def test_sway_says_that_its_output_is_on(followed: Seat) -> None:
    assert _heard(followed) == ["on"]


@those(lambda desktop: desktop.name == "mate")
def test_logind_is_told_for_mate_and_its_owner_let_in(seat: Seat) -> None:
    let_in = seat.entries("unlocked")
    seat.service.film("bob")
    seat.start("hints", PYTHON, "-I", "-c", _HINTS)
    seat.leave()
    wait_for(lambda: seat.hint, PATIENCE, "logind is not told of the lock")
    seat.service.film("ada")
    wait_for(lambda: not seat.is_locked, PATIENCE, "the lock screen stays")
    wait_for(lambda: seat.entries("unlocked") > let_in, PATIENCE, "no entry in the journal")
    wait_for(lambda: not seat.hint, PATIENCE, "logind is not told of the end")
