"""Ada before a real desktop with the real agent: what the camera shows, how the service goes on."""

import re
from dataclasses import replace

from tests.machine.desktops.desktops import Desktop
from tests.machine.desktops.seat import Seat
from tests.machine.machine import wait_for
from tests.machine.service import ENVIRONMENT

PATIENCE = 90.0
AGENT = "leaving-agent"
# Its own clock would lock before its owner has left.
_SWAY = "exec swayidle -w idlehint 3 lock 'swaylock -f'\n"


def patient(desktop: Desktop) -> Desktop:
    """The desktop, but that it never locks by its own clock."""
    files = tuple((name, _SWAY if name == "sway.conf" else text) for name, text in desktop.files)
    return replace(desktop, files=files)


def film(seat: Seat, clip: str, *, seconds: int) -> None:
    """Before the camera, and after how many seconds without her the session is to be locked."""
    leave = f"[leave]\nseconds = {seconds}\n"
    seat.service.film(clip, methods=f"{seat.desktop.methods}{leave}")


def state(seat: Seat) -> str:
    """What the service does."""
    (status,) = seat.service.ask("Status")
    return str(status["state"])


def start_agent(seat: Seat) -> None:
    """Her agent begins."""
    seat.start(AGENT, f"{ENVIRONMENT}/bin/facelatch", "agent")


def idle(seat: Seat) -> None:
    """Her agent begins; no key and no pointer: the desktop says so itself."""
    start_agent(seat)
    wait_for(lambda: state(seat) == "minding", PATIENCE, "the desktop does not become idle")


def end_agent(seat: Seat) -> None:
    """Ends it, where it runs."""
    seat.machine.call("systemctl", "stop", AGENT, check=False)


def said(seat: Seat, pattern: str) -> list[re.Match[str]]:
    """What of the journal's entries matches."""
    entries = [entry["MESSAGE"] for entry in seat.service.journal()]
    return [found for one in entries if (found := re.search(pattern, one))]
