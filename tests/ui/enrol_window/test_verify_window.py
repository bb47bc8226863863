"""The window that tests the recognition, on a real screen with the real daemon."""

import pytest

from tests.bus.world import Home
from tests.slow_daemon import LONGEST_ATTEMPT_SECONDS
from tests.ui.desktop import Desktop, facelatch

TITLE = "Facelatch: test recognition"


@pytest.mark.parametrize(
    ("who", "headline", "code"), [("owner", "Recognised", 0), ("stranger", "Not recognised", 1)]
)
def test_the_verdict_is_shown_and_is_the_exit_code(
    home: Home, bare_desktop: Desktop, who: str, headline: str, code: int
) -> None:
    home.configure("camera", source=f'"demo:{who}"')
    world = home.start()
    command = facelatch("verify", "--window", "--seconds", str(LONGEST_ATTEMPT_SECONDS))
    bare_desktop.run("test", *command, FACELATCH_BUS=world.address)
    window = bare_desktop.window(f"{TITLE}: {headline}")
    bare_desktop.picture(f"verify-window-{who}")
    bare_desktop.tool("xdotool", "windowactivate", "--sync", window.number)
    bare_desktop.keys("Escape")
    assert bare_desktop.processes.pop("test").wait(60) == code
    assert bare_desktop.log("test") == ""


def test_without_a_daemon_it_could_not_tell(home: Home, bare_desktop: Desktop) -> None:
    command = facelatch("verify", "--window")
    bare_desktop.run("test", *command, FACELATCH_BUS=home.world.address)
    window = bare_desktop.window(f"{TITLE}: That did not work")
    bare_desktop.tool("xdotool", "windowactivate", "--sync", window.number)
    bare_desktop.keys("Escape")
    assert bare_desktop.processes.pop("test").wait(60) == 2
