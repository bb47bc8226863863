"""The window of an enrolment on a real screen, with the real daemon on a bus of its own."""

import sys
from pathlib import Path

import pytest

from daemon.api import LONGEST_ENROL_SECONDS
from tests.bus.world import PATIENCE, Home, World, eventually
from tests.ui.desktop import Desktop, facelatch

TITLE = "Facelatch: enrol your face"
ENROL = facelatch("enroll", "--window", "--seconds", str(LONGEST_ENROL_SECONDS))
DONE = f"{TITLE}: You are enrolled"
PROBLEM = f"{TITLE}: That did not work"
TAKEN = f"{TITLE}: There is such an appearance"
STATES = ("start", "half", "end", "busy")


def open_window(desktop: Desktop, address: str, *more: str) -> None:
    """Starts it as a person does."""
    command = (*ENROL, "--look", "new", *more)
    desktop.run("enrol", *command, FACELATCH_BUS=address)
    focused(desktop)


def focused(desktop: Desktop) -> None:
    """Waits until keys go to the window."""
    window = desktop.window(TITLE)
    desktop.tool("xdotool", "windowactivate", "--sync", window.number)


def appearances(world: World) -> list[str]:
    with world.client() as client:
        return sorted(one["name"] for one in client.call("ListAppearances", ""))


def closed(desktop: Desktop) -> int:
    """Its exit code, once it has closed by itself."""
    process = desktop.processes.pop("enrol")
    return process.wait(60)


def files_of(process: int) -> set[str]:
    """What the process has open."""
    found = set()
    for entry in Path(f"/proc/{process}/fd").iterdir():
        try:
            found.add(str(entry.readlink()))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_appearance_is_taken_with_the_keyboard_alone(
    home: Home, bare_desktop: Desktop, theme: str
) -> None:
    world = home.start()
    open_window(bare_desktop, world.address, "--theme", theme)
    bare_desktop.picture(f"enrol-window-{theme}-start")
    bare_desktop.keys("Return")
    eventually(lambda: _requests(world) == 1, "an enrolment")
    name = f"enrol-window-{theme}-capture"
    # No drawing of ours has so many colours as a photograph.
    eventually(lambda: _colours(bare_desktop, bare_desktop.picture(name)) > 3000, "a live picture")
    bare_desktop.window(DONE, seconds=2 * PATIENCE)
    bare_desktop.picture(f"enrol-window-{theme}-end")
    assert appearances(world) == ["default", "new"]
    bare_desktop.keys("Return")
    assert closed(bare_desktop) == 0
    assert bare_desktop.log("enrol") == ""


def test_it_opens_no_camera_and_loads_no_model(home: Home, bare_desktop: Desktop) -> None:
    world = home.start()
    open_window(bare_desktop, world.address)
    bare_desktop.keys("Return")
    eventually(lambda: _requests(world) == 1, "an enrolment")
    process = bare_desktop.processes["enrol"].pid
    assert not [one for one in files_of(process) if "/dev/video" in one]
    mapped = Path(f"/proc/{process}/maps").read_text()
    for library in ("cv2", "numpy", "ai_edge_litert", "tensorflow"):
        assert f"/{library}/" not in mapped
    bare_desktop.keys("Escape", "Escape")
    assert closed(bare_desktop) == 1


def test_escape_ends_it_and_stores_nothing(home: Home, bare_desktop: Desktop) -> None:
    world = home.start()
    open_window(bare_desktop, world.address)
    bare_desktop.keys("Return")
    eventually(lambda: _requests(world) == 1, "an enrolment")
    bare_desktop.keys("Escape")
    eventually(lambda: _requests(world) == 0, "the end of the enrolment")
    bare_desktop.keys("Escape")
    assert closed(bare_desktop) == 1
    assert appearances(world) == ["default"]


def test_without_a_daemon_it_says_so_and_tries_again(home: Home, bare_desktop: Desktop) -> None:
    open_window(bare_desktop, home.world.address)
    bare_desktop.keys("Return")
    bare_desktop.window(PROBLEM)
    bare_desktop.picture("enrol-window-no-daemon")
    world = home.start()
    # The retry has the focus.
    bare_desktop.keys("Return")
    bare_desktop.window(DONE, seconds=2 * PATIENCE)
    assert appearances(world) == ["default", "new"]


def test_an_appearance_of_that_name_is_replaced_only_when_told_to(
    home: Home, bare_desktop: Desktop
) -> None:
    world = home.start()
    with world.client() as client:
        (before,) = client.call("ListAppearances", "")
    bare_desktop.run("enrol", *ENROL, FACELATCH_BUS=world.address)
    focused(bare_desktop)
    bare_desktop.keys("Return")
    bare_desktop.window(TAKEN)
    bare_desktop.picture("enrol-window-name-taken")
    with world.client() as client:
        assert client.call("ListAppearances", "") == [before]
    bare_desktop.keys("Tab", "Return")
    bare_desktop.window(DONE, seconds=2 * PATIENCE)
    with world.client() as client:
        (after,) = client.call("ListAppearances", "")
    assert after["created"] > before["created"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_picture(state: str, theme: str, bare_desktop: Desktop) -> None:
    """Of a drawn face: what the README shows."""
    module = "tests.ui.enrol_window.scripted"
    bare_desktop.run("enrol", sys.executable, "-m", module, state, theme)
    window = bare_desktop.window(TITLE if state in ("start", "half") else f"{TITLE}: ")
    area = (window.left, window.top, window.width, window.height)

    def drawn() -> bool:
        path = bare_desktop.picture(f"enrol-{state}-{theme}", area)
        return _colours(bare_desktop, path) > 20

    eventually(drawn, "a window with something in it")
    assert bare_desktop.log("enrol") == ""


def _colours(desktop: Desktop, picture: Path) -> int:
    return int(desktop.tool("identify", "-format", "%k", str(picture)))


def _requests(world: World) -> int:
    with world.client() as client:
        return int(client.call("Status")["requests"])
