"""From the menu to a stored appearance: the agent, its window, the real daemon and a clip."""

import pytest

from daemon.clients.cli.prepare import ensure_prepared
from tests.bus.world import Home, World
from tests.ui.desktop import Desktop
from tests.ui.test_tray import ADD, ENROL, choose

NOT_YET = "Ready, but your face is not enrolled"
WINDOW = "Facelatch: enrol your face"


@pytest.fixture
def stranger_to_it(world: World) -> Home:
    """Somebody at the machine whom it does not know yet."""
    ensure_prepared(["mtcnn", "resnet"], quiet=True)
    home = Home(world)
    home.log_in("1")
    return home


def test_a_face_is_enrolled_from_the_menu(stranger_to_it: Home, desktop: Desktop) -> None:
    world = stranger_to_it.start()
    desktop.start_agent(world)
    choose(desktop, NOT_YET, ENROL)
    desktop.window(WINDOW)
    desktop.picture("enrol-start")
    desktop.keys("Return")
    desktop.icon("Your face is being enrolled")
    desktop.picture("enrol-capture")
    desktop.panel_picture("state-dark-looking")
    desktop.icon("Ready")
    with world.client() as client:
        assert [one["name"] for one in client.call("ListAppearances", "")] == ["default"]
    desktop.picture("enrol-done")
    assert "Traceback" not in desktop.log("agent")


def test_a_second_appearance_gets_a_name_of_its_own(home: Home, desktop: Desktop) -> None:
    world = home.start()
    desktop.start_agent(world)
    choose(desktop, "Ready", ADD)
    desktop.window(WINDOW)
    desktop.keys("Return")
    desktop.icon("Your face is being enrolled")
    desktop.icon("Ready")
    with world.client() as client:
        names = sorted(one["name"] for one in client.call("ListAppearances", ""))
    assert names == ["appearance 2", "default"]
