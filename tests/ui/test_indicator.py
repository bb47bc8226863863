"""The icon as an indicator: a panel that draws icon and menu itself, as KDE, GNOME and Xfce do."""

import shutil
import signal

import pytest

from tests.bus.world import Home, eventually
from tests.ui.desktop import HEIGHT, Desktop
from tests.ui.test_tray import PAUSE
from tests.waiting import within

pytestmark = pytest.mark.skipif(
    shutil.which("xfce4-panel") is None, reason="xfce4-panel is not on this machine"
)
FIRST = 12
"""How far from the panel's left end its first icon is, in the middle of its height."""


def test_an_indicator_has_its_menu_and_follows_the_service(
    home: Home, bare_desktop: Desktop
) -> None:
    desktop, world = bare_desktop, home.start()
    desktop.start_indicator_panel()
    desktop.start_agent(world)
    desktop.indicator("Ready")
    eventually(lambda: _opens(desktop), "an open menu")
    desktop.picture("indicator-menu", (0, 0, 320, HEIGHT - 160))
    desktop.keys(*["Down"] * PAUSE, "Return")
    desktop.indicator("Paused until you resume")
    with world.client() as client:
        assert client.property("State") == "paused"
    world.stop_daemon(signal.SIGKILL)
    desktop.indicator("The service is not running")
    # It may have been asked something just then.
    told = [line for line in desktop.log("agent").splitlines() if "is not running" not in line]
    assert told == []


def _opens(desktop: Desktop) -> bool:
    """Clicks, and looks: the panel knows of the indicator before it has drawn it."""
    panel = next(one for one in desktop.windows() if "xfce4-panel" in one.kind and one.width > 500)
    desktop.click(panel.left + FIRST, panel.middle[1])
    return within(0.5, desktop.has_menu)


def test_a_panel_that_is_killed_gets_the_one_indicator_back(
    home: Home, bare_desktop: Desktop
) -> None:
    desktop = bare_desktop
    desktop.start_indicator_panel()
    desktop.start_agent(home.start())
    desktop.indicator("Ready")
    desktop.end("indicators", signal.SIGKILL)
    eventually(lambda: not desktop.indicators(), "no indicator")
    desktop.start_indicator_panel()
    desktop.indicator("Ready")
    assert "Traceback" not in desktop.log("agent")


def test_the_icon_moves_from_the_tray_to_a_panel_with_indicators(
    home: Home, desktop: Desktop
) -> None:
    desktop.start_agent(home.start())
    desktop.icon("Ready")
    desktop.start_indicator_panel()
    desktop.indicator("Ready")
    eventually(lambda: not desktop.icons(), "no icon in the tray")


def test_where_no_panel_is_the_agent_says_so_and_goes_on(home: Home, bare_desktop: Desktop) -> None:
    desktop = bare_desktop
    agent = desktop.start_agent(home.start())
    eventually(lambda: "shows no tray" in desktop.log("agent"), "a word about the tray")
    desktop.start_tray()
    desktop.icon("Ready")
    assert agent.poll() is None
    assert desktop.log("agent").count("shows no tray; everything") == 1
