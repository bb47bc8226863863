"""The icon and its menu, on a real tray, moved by real clicks."""

import signal
import time
import wave

import pytest
from dbus_fast import Variant

from daemon.clients.agent import settings
from daemon.config import Text
from daemon.errors import SpeechError
from daemon.speech import check_engine
from tests.bus.world import Home, eventually
from tests.ui.desktop import Desktop

# Lines of the menu that can be chosen, counted from the top, while nothing is paused.
PAUSE_QUARTER, PAUSE_HOUR, PAUSE, ENROL, ADD, TEST, APPEARANCES = range(1, 8)
GREETING, TEST_GREETING, UNLOCKING, LEAVING, ACTIVITY, SETTINGS, HELP, QUIT = range(8, 16)
RESUME = 1


def choose(desktop: Desktop, line: str, number: int) -> None:
    """Opens the menu of the icon that says `line`, and takes the item of that number."""
    desktop.open_menu(line)
    desktop.keys(*["Down"] * number, "Return")
    desktop.no_menu()


def test_the_icon_appears_and_its_menu_opens(home: Home, desktop: Desktop) -> None:
    agent = desktop.start_agent(home.start())
    for button in (1, 3):
        desktop.open_menu("Ready", button=button)
        desktop.keys("Escape")
        desktop.no_menu()
    assert agent.poll() is None
    assert desktop.log("agent") == ""


def test_a_pause_is_chosen_and_ended(home: Home, desktop: Desktop) -> None:
    world = home.start()
    desktop.start_agent(world)
    choose(desktop, "Ready", PAUSE_QUARTER)
    with world.client() as client:
        until = eventually(lambda: client.property("PausedUntil"), "a pause")
        assert 800 < until - time.time() <= 900
        line = eventually(lambda: _line(desktop, "Paused until "), "the icon of a pause")
        # With the date where that is another day.
        assert line.endswith(time.strftime("%H:%M", time.localtime(until)))
        choose(desktop, line, RESUME)
        eventually(lambda: client.property("PausedUntil") == 0, "the end of the pause")
        choose(desktop, "Ready", PAUSE_HOUR)
        eventually(lambda: client.property("PausedUntil") > time.time() + 3500, "an hour")
        client.call("Pause", 0)
        choose(desktop, "Paused until you resume", RESUME)
        choose(desktop, "Ready", PAUSE)
        eventually(lambda: client.property("PausedUntil") == -1, "a pause without end")


def _line(desktop: Desktop, start: str) -> str:
    """What an icon says that begins so, "" where there is none."""
    lines = (icon.title.removeprefix("Facelatch: ") for icon in desktop.icons())
    return next((line for line in lines if line.startswith(start)), "")


def test_the_greeting_is_switched_in_the_settings(home: Home, desktop: Desktop) -> None:
    desktop.start_agent(home.start())
    file = desktop.folder / "config" / "facelatch" / "agent.toml"

    def enabled() -> bool:
        return settings.parse(Text("", file.read_bytes())).greeting.enabled

    choose(desktop, "Ready", GREETING)
    eventually(lambda: file.exists() and not enabled(), "no greeting")
    choose(desktop, "Ready", GREETING)
    eventually(enabled, "a greeting")


def test_unlocking_is_switched_in_the_service(home: Home, desktop: Desktop) -> None:
    world = home.start()
    desktop.start_agent(world)
    with world.client() as client:
        choose(desktop, "Ready", UNLOCKING)
        eventually(lambda: not client.call("Status")["unlocking"], "no unlocking")
        choose(desktop, "Ready, but told not to unlock", UNLOCKING)
        eventually(lambda: client.call("Status")["unlocking"], "unlocking")
        desktop.icon("Ready")


def test_an_appearance_is_removed_after_a_second_word(home: Home, desktop: Desktop) -> None:
    world = home.start()
    desktop.start_agent(world)
    desktop.open_menu("Ready")
    desktop.keys(*["Down"] * APPEARANCES, "Right", "Right", "Down", "Right", "Return")
    desktop.icon("Ready, but your face is not enrolled")
    with world.client() as client:
        assert client.call("ListAppearances", "") == []


def test_being_recognised_changes_the_icon_and_is_heard_once(home: Home, desktop: Desktop) -> None:
    _needs_speech()
    world = home.start()
    desktop.start_agent(world)
    desktop.icon("Ready")
    home.lock("1")
    desktop.icon("Recognised you")
    home.set_session("1", LockedHint=Variant("b", False))
    desktop.icon("Ready")
    eventually(lambda: desktop.plays, "a welcome")
    with wave.open(str(desktop.plays[0]), "rb") as welcome:
        assert welcome.getnframes() / welcome.getframerate() > 0.5
    assert len(desktop.plays) == 1


def test_the_greeting_is_heard_when_it_is_tried(home: Home, desktop: Desktop) -> None:
    _needs_speech()
    desktop.start_agent(home.start())
    choose(desktop, "Ready", TEST_GREETING)
    eventually(lambda: desktop.plays, "a welcome")


def _needs_speech() -> None:
    try:
        check_engine()
    except SpeechError as error:
        pytest.skip(f"no speech engine here: {error}")


def test_being_locked_out_is_shown(home: Home, desktop: Desktop) -> None:
    home.configure("camera", source='"demo:stranger"')
    home.configure("attempts", **{"before_pause": "1", "before_password": "1"})
    world = home.start()
    desktop.start_agent(world)
    desktop.icon("Ready")
    with world.client() as client:
        client.call("StartVerify", "", {})
        desktop.icon("Too many failed attempts: type your password once")
        desktop.panel_picture("state-dark-locked-out")


def test_a_camera_that_is_wanted_and_absent_is_shown(home: Home, desktop: Desktop) -> None:
    home.configure("camera", source='"/dev/no-such-camera"')
    world = home.start()
    desktop.start_agent(world)
    desktop.icon("Ready")
    home.lock("1")
    desktop.icon("There is no camera")
    desktop.panel_picture("state-dark-camera")


def test_quitting_ends_it_in_order(home: Home, desktop: Desktop) -> None:
    agent = desktop.start_agent(home.start())
    choose(desktop, "Ready", QUIT)
    assert agent.wait(60) == 0
    eventually(lambda: not desktop.icons(), "no icon")
    assert desktop.log("agent") == ""


def test_a_second_agent_goes_and_leaves_one_icon(home: Home, desktop: Desktop) -> None:
    world = home.start()
    desktop.start_agent(world)
    desktop.icon("Ready")
    first = desktop.processes["agent"]
    second = desktop.start_agent(world)
    assert second.wait(60) == 0
    desktop.processes["agent"] = first
    assert "runs already" in desktop.log("agent")
    desktop.icon("Ready")


def test_a_panel_that_starts_again_gets_the_icon_back(home: Home, desktop: Desktop) -> None:
    desktop.start_agent(home.start())
    desktop.icon("Ready")
    desktop.end("tray", signal.SIGKILL)
    eventually(lambda: not desktop.icons(), "no icon")
    desktop.start_tray()
    desktop.open_menu("Ready")
    assert "Traceback" not in desktop.log("agent")


def test_a_daemon_that_dies_and_comes_back_is_shown(home: Home, desktop: Desktop) -> None:
    world = home.start()
    desktop.start_agent(world)
    desktop.icon("Ready")
    world.stop_daemon(signal.SIGKILL)
    desktop.icon("The service is not running")
    world.start_daemon()
    desktop.icon("Ready")
    assert desktop.log("agent") == ""


def test_a_bus_that_dies_and_comes_back_is_shown(home: Home, desktop: Desktop) -> None:
    world = home.start()
    desktop.start_agent(world)
    desktop.icon("Ready")
    bus = world.processes.pop(0)
    bus.kill()
    bus.wait()
    desktop.icon("The service is not running")
    world.start_bus()
    world.start_mocks()
    home.log_in("1")
    world.start_daemon()
    desktop.icon("Ready")
    # GTK may have remarks of its own about its bus, before or after.
    assert [line for line in desktop.log("agent").splitlines() if "bus" in line]
    assert "Traceback" not in desktop.log("agent")


def test_a_session_bus_that_dies_and_comes_back_leaves_one_icon(
    home: Home, desktop: Desktop
) -> None:
    agent = desktop.start_agent(home.start())
    desktop.icon("Ready")
    desktop.end("bus", signal.SIGKILL)
    eventually(lambda: not desktop.icons(), "no icon")
    desktop.start_bus()
    desktop.open_menu("Ready")
    assert agent.poll() is None
    assert "Traceback" not in desktop.log("agent")
