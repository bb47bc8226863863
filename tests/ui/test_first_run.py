"""The guided first run in a window, with a service that runs."""

from tests.bus.world import Home, eventually
from tests.ui.desktop import Desktop, facelatch


def test_enter_passes_by_what_is_done_and_escape_ends_it(home: Home, bare_desktop: Desktop) -> None:
    world = home.start()
    command = (*facelatch("setup"), "--window")
    setup = bare_desktop.run("setup", *command, FACELATCH_BUS=world.address)
    bare_desktop.window("Facelatch: first run: 1 of 11")
    bare_desktop.picture("window-first-run")
    bare_desktop.keys("Return")
    bare_desktop.window("Facelatch: first run: 2 of 11")
    bare_desktop.picture("window-first-run-2")
    bare_desktop.keys("Escape")
    assert setup.wait(60) == 0
    eventually(lambda: not bare_desktop.log("setup"), "nothing was said")
