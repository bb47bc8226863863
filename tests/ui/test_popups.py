"""Notifications by a real service: dunst shows them, and a click does what the button says."""

import json
import subprocess

from tests.bus.peer import Peer
from tests.bus.world import Home, World, eventually
from tests.ui.desktop import WIDTH, Desktop
from tests.waiting import within

DUNST = """
[global]
    font = Sans 11
    width = 380
    origin = top-right
    offset = 20x20
    mouse_left_click = do_action, close_current
    notification_limit = 5
# A busy machine comes late to click.
[urgency_normal]
    timeout = 0
"""


def start_service(desktop: Desktop) -> None:
    """dunst, until it answers."""
    config = desktop.folder / "dunstrc"
    config.write_text(DUNST)
    desktop.run("dunst", "dunst", "-config", str(config))
    # Whoever asked before it has the name would have the bus start another, without this file.
    with Peer(desktop.environment["DBUS_SESSION_BUS_ADDRESS"]) as peer:
        bus = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        asked = ("NameHasOwner", "s", "org.freedesktop.Notifications")
        eventually(lambda: peer.call(*bus, *asked), "a service that has the name")
    eventually(lambda: "waiting" in _ask(desktop, "count").lower(), "a service of notifications")


def shown(desktop: Desktop) -> int:
    """How many are on the screen."""
    return int(_ask(desktop, "count", "displayed"))


def bodies(desktop: Desktop) -> list[str]:
    """What those said that are no longer on the screen, the last one first."""
    history = json.loads(_ask(desktop, "history"))
    return [one["body"]["data"] for one in history["data"][0]]


def _ask(desktop: Desktop, *words: str) -> str:
    done = subprocess.run(
        ["dunstctl", *words], env=desktop.environment, capture_output=True, text=True, check=False
    )
    return done.stdout


def click(desktop: Desktop) -> None:
    """A click on the notification at the top; again where it came before it was drawn."""

    def clicked() -> bool:
        desktop.click(WIDTH - 200, 50)
        return within(0.3, lambda: shown(desktop) == 0)

    eventually(clicked, "a click that was taken")


def pause(world: World) -> None:
    """Somebody pauses recognition from elsewhere."""
    with world.client() as client:
        client.call("Pause", 0)


def test_a_pause_is_told_and_ended_by_its_button(home: Home, desktop: Desktop) -> None:
    world = home.start()
    start_service(desktop)
    desktop.start_agent(world)
    desktop.icon("Ready")
    pause(world)
    eventually(lambda: shown(desktop) == 1, "a notification")
    desktop.picture("notification-paused")
    click(desktop)
    with world.client() as client:
        ended = f"the end of the pause; {desktop.log('agent')} {bodies(desktop)}"
        eventually(lambda: client.property("PausedUntil") == 0, ended)
    eventually(lambda: shown(desktop) == 0, "no notification")
    assert bodies(desktop) == ["It stays so until you resume it."]
    assert desktop.log("agent") == ""


def test_being_locked_out_is_told_and_opens_the_activity(home: Home, desktop: Desktop) -> None:
    home.configure("camera", source='"demo:stranger"')
    home.configure("attempts", **{"before_pause": "1", "before_password": "1"})
    world = home.start()
    start_service(desktop)
    desktop.start_agent(world)
    desktop.icon("Ready")
    with world.client() as client:
        client.call("StartVerify", "", {})
        eventually(lambda: shown(desktop) == 1, "a notification")
        desktop.picture("notification-locked-out")
        click(desktop)
        desktop.window("Facelatch: recent activity")
    assert desktop.log("agent") == ""


def test_a_service_that_restarts_shows_the_next_one(home: Home, desktop: Desktop) -> None:
    world = home.start()
    start_service(desktop)
    desktop.start_agent(world)
    desktop.icon("Ready")
    pause(world)
    eventually(lambda: shown(desktop) == 1, "a notification")
    desktop.end("dunst")
    with world.client() as client:
        client.call("Resume")
    desktop.icon("Ready")
    start_service(desktop)
    # Not so soon after the last one of its kind.
    eventually(lambda: _pause_again(world, desktop), "the next notification")


def _pause_again(world: World, desktop: Desktop) -> bool:
    with world.client() as client:
        client.call("Resume")
        client.call("Pause", 0)
    return shown(desktop) == 1
