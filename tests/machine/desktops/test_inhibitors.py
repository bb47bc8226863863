"""What keeps a real desktop from becoming idle by its own way keeps the session open, too."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pywayland

from daemon.api import SHORTEST_LEAVE_SECONDS
from tests.machine.desktops.desktops import DESKTOPS
from tests.machine.desktops.leaving import PATIENCE, end_agent, film, patient, start_agent, state
from tests.machine.desktops.seat import Seat
from tests.machine.machine import answered, wait_for
from tests.machine.service import ENVIRONMENT, Service
from tests.waiting import stays

pytestmark = pytest.mark.slow

_LONGER = SHORTEST_LEAVE_SECONDS + 8.0
_PROGRAM = Path(__file__).parent / "inhibit.py"
_IDLE_FLAG = 8


@dataclass(frozen=True)
class Inhibitor:
    """One way of a desktop: what `inhibit.py` is told, and who answers it there."""

    desktop: str
    words: tuple[str, ...]
    beside: tuple[str, ...] = ()
    """The program that owns `name`, where the desktop of the tests does without."""
    name: str = ""

    def __str__(self) -> str:
        return f"{self.desktop}-{self.words[0]}"


def _session_manager(desktop: str, *beside: str) -> Inhibitor:
    name, path = "org.gnome.SessionManager", "/org/gnome/SessionManager"
    body = json.dumps(["film", 0, "a film", _IDLE_FLAG])
    return Inhibitor(desktop, (name, path, name, "Inhibit", "susu", body), beside, name)


_WINDOW = ("wayland", str(Path(pywayland.__file__).parents[1]))
_SCREEN_SAVER, _POWER = "org.freedesktop.ScreenSaver", "org.freedesktop.PowerManagement"
_POWERDEVIL = (
    "env",
    "QT_QPA_PLATFORM=wayland",
    "XDG_CURRENT_DESKTOP=KDE",
    "/usr/lib/x86_64-linux-gnu/libexec/org_kde_powerdevil",
)
_UPOWER = "/usr/libexec/upowerd"
_FILM = json.dumps(["film", "a film"])
INHIBITORS = (
    _session_manager("gnome", "/usr/libexec/gnome-session-binary", "--builtin"),
    _session_manager("mate", "/usr/bin/mate-session"),
    Inhibitor("sway", _WINDOW),
    Inhibitor("plasma", _WINDOW),
    Inhibitor(
        "plasma",
        (_SCREEN_SAVER, "/ScreenSaver", _SCREEN_SAVER, "Inhibit", "ss", _FILM),
        _POWERDEVIL,
        _POWER,
    ),
    Inhibitor(
        "plasma",
        (
            _POWER,
            "/org/freedesktop/PowerManagement/Inhibit",
            f"{_POWER}.Inhibit",
            "Inhibit",
            "ss",
            _FILM,
        ),
        _POWERDEVIL,
        _POWER,
    ),
)


@pytest.fixture(params=INHIBITORS, ids=str)
def inhibitor(request: pytest.FixtureRequest) -> Inhibitor:
    """One of them."""
    found: Inhibitor = request.param
    return found


@pytest.fixture
def left(everywhere: Service, inhibitor: Inhibitor) -> Iterator[Seat]:
    """Ada before that desktop."""
    (desktop,) = (one for one in DESKTOPS if one.name == inhibitor.desktop)
    seat = Seat(everywhere, patient(desktop))
    seat.sit_down()
    yield seat
    end_agent(seat)
    everywhere.log_out(seat.session)


def test_what_inhibits_by_the_desktop_s_own_way_keeps_it_open(
    left: Seat, inhibitor: Inhibitor
) -> None:
    shortest = int(SHORTEST_LEAVE_SECONDS)
    manager, talk = (f"{what}-{left.session}" for what in ("manager", "talk"))
    if inhibitor.name == _POWER:
        # In a container its unit cannot have the namespaces that it asks for.
        left.machine.call("systemd-run", "--quiet", "--collect", "--unit=upowerd", _UPOWER)
    if inhibitor.beside:
        left.start(manager, *inhibitor.beside)
        name = inhibitor.name
        wait_for(lambda: left.has_on_bus(name), PATIENCE, f"{name} does not come up")
    film(left, "nobody", seconds=shortest)
    (left.machine.root / "srv/inhibit.py").write_text(_PROGRAM.read_text())
    left.start(talk, f"{ENVIRONMENT}/bin/python", "-I", "/srv/inhibit.py", *inhibitor.words)
    # Whoever begins a film has just touched something, which swayidle's own clock must know.
    answered(lambda: _touch(left), lambda: _inhibits(left, talk), seconds=PATIENCE, each=1.0)
    start_agent(left)
    stays(lambda: not left.is_locked, _LONGER, "a session that something inhibits")
    assert state(left) == "ready"
    left.machine.call("systemctl", "kill", "--signal=KILL", talk)
    wait_for(lambda: left.is_locked, PATIENCE, "who has left is not locked out")
    for unit in (manager, talk, "upowerd"):
        left.machine.call("systemctl", "kill", "--signal=KILL", unit, check=False)


def _touch(seat: Seat) -> None:
    if seat.desktop.name == "sway":
        seat.run("wtype", "-k", "Shift_L")


def _inhibits(seat: Seat, unit: str) -> bool:
    """Whether `inhibit.py` has said so."""
    log = ("journalctl", "--boot", "--no-pager", "--output=cat", f"--unit={unit}")
    return "inhibits" in seat.machine.out(*log)
