"""The windows that the menu opens, each a process of its own."""

import json

import pytest

from daemon.clients.agent import settings
from daemon.config import Text
from tests.bus.world import Home, eventually
from tests.ui.desktop import Desktop, facelatch
from tests.ui.test_tray import ACTIVITY, HELP, SETTINGS, TEST, choose


def test_the_settings_open_once_and_are_written_as_they_change(
    home: Home, desktop: Desktop
) -> None:
    desktop.start_agent(home.start())
    file = desktop.folder / "config" / "facelatch" / "agent.toml"

    def enabled() -> bool:
        return settings.parse(Text("", file.read_bytes())).greeting.enabled

    choose(desktop, "Ready", SETTINGS)
    desktop.window("Facelatch: settings")
    # The first switch has the focus.
    desktop.keys("space")
    eventually(lambda: file.exists() and not enabled(), "no greeting")
    desktop.picture("window-settings")
    choose(desktop, "Ready", SETTINGS)
    desktop.window("Facelatch: settings")
    titles = [one.title for one in desktop.windows() if one.width > 100]
    assert titles.count("Facelatch: settings") == 1
    desktop.keys("Escape")
    eventually(lambda: "Facelatch: settings" not in _titles(desktop), "a closed window")
    assert desktop.log("agent") == ""


def test_the_help_opens(home: Home, desktop: Desktop) -> None:
    desktop.start_agent(home.start())
    choose(desktop, "Ready", HELP)
    desktop.window("Facelatch: help")
    desktop.picture("window-help")
    desktop.keys("Escape")
    eventually(lambda: "Facelatch: help" not in _titles(desktop), "a closed window")


@pytest.mark.parametrize(
    ("item", "title", "line"),
    [
        (TEST, "Facelatch: test", "Looking"),
        (ACTIVITY, "Facelatch: recent activity", "Ready"),
    ],
)
def test_the_test_and_the_activity_open(
    item: int, title: str, line: str, home: Home, desktop: Desktop
) -> None:
    # Of whom nobody can tell anything: the test lasts as long as it may.
    home.stage("empty")
    desktop.start_agent(home.start())
    choose(desktop, "Ready", item)
    window = desktop.window(title)
    desktop.icon(line)
    desktop.picture(f"window-{title.rpartition(' ')[2]}")
    desktop.keys("Escape")
    eventually(lambda: window.title not in _titles(desktop), "a closed window")
    assert "Traceback" not in desktop.log("agent")


def test_a_mistake_in_the_settings_is_told_by_the_desktop(home: Home, desktop: Desktop) -> None:
    desktop.start_agent(home.start())
    desktop.icon("Ready")
    desktop.run("notifications", "dunst")
    file = desktop.folder / "config" / "facelatch" / "agent.toml"
    file.write_text("[greeting]\nvolumes = 3\n")
    eventually(lambda: any("unst" in one.kind for one in desktop.windows()), "a notification")
    desktop.picture("notification")
    file.write_text("[greeting]\nenabled = false\n")
    desktop.open_menu("Ready")
    assert desktop.log("agent") == ""


def _titles(desktop: Desktop) -> list[str]:
    return [one.title for one in desktop.windows()]


def test_the_doctor_sees_what_the_desktop_has(home: Home, desktop: Desktop) -> None:
    world = home.start()
    desktop.start_agent(world)
    desktop.icon("Ready")
    doctor = desktop.run("doctor", *facelatch("doctor", "--json"), FACELATCH_BUS=world.address)
    doctor.wait(60)
    found = {one["check"]: one for one in json.loads(desktop.log("doctor"))}
    for check in (
        "PyGObject",
        "tray library",
        "tray",
        "notifications",
        "service",
        "your appearances",
    ):
        assert found[check]["fine"], found[check]
    assert found["agent"]["found"].startswith("runs")
    desktop.end("agent")
    desktop.end("tray")
    doctor = desktop.run("again", *facelatch("doctor", "--json"), FACELATCH_BUS=world.address)
    assert doctor.wait(60) == 1
    found = {one["check"]: one for one in json.loads(desktop.log("again"))}
    assert not found["tray"]["fine"]
    assert not found["agent"]["fine"]
