"""The welcome on a real desktop: being recognised is seen and heard, and the menu tries it out."""

import wave
from pathlib import Path

from dbus_fast import Variant

from tests.bus.world import Home, eventually
from tests.ui.desktop import Desktop
from tests.ui.test_tray import GREETING, TEST_GREETING, choose


def keep_sound(desktop: Desktop) -> Path:
    """A player that keeps what it is given; the folder where."""
    heard = desktop.folder / "heard"
    heard.mkdir()
    player = desktop.folder / "bin" / "aplay"
    player.write_text(f'#!/bin/sh\ncp "$2" {heard}/part && mv {heard}/part {heard}/$$.wav\n')
    player.chmod(0o700)
    return heard


def plays(heard: Path) -> int:
    """How often something was played to its end, each time with sound."""
    files = list(heard.glob("*.wav"))
    for file in files:
        with wave.open(str(file), "rb") as sound:
            assert any(sound.readframes(sound.getnframes()))
    return len(files)


def test_being_recognised_is_seen_and_heard(home: Home, desktop: Desktop) -> None:
    heard = keep_sound(desktop)
    world = home.start()
    desktop.start_agent(world)
    desktop.icon("Ready")
    for count in (1, 2):
        home.lock("1")
        desktop.icon("Recognised you")
        eventually(lambda count=count: plays(heard) == count, "a welcome")  # type: ignore[misc]
        home.set_session("1", LockedHint=Variant("b", False))
        desktop.icon("Ready")
    assert plays(heard) == 2
    assert desktop.log("agent") == ""


def test_the_greeting_is_tried_out_also_where_it_is_off(home: Home, desktop: Desktop) -> None:
    heard = keep_sound(desktop)
    desktop.start_agent(home.start())
    choose(desktop, "Ready", TEST_GREETING)
    eventually(lambda: plays(heard) == 1, "a greeting")
    choose(desktop, "Ready", GREETING)
    file = desktop.folder / "config" / "facelatch" / "agent.toml"
    eventually(file.exists, "the settings")
    choose(desktop, "Ready", TEST_GREETING)
    eventually(lambda: plays(heard) == 2, "a greeting")
    home.lock("1")
    desktop.icon("Recognised you")
    home.set_session("1", LockedHint=Variant("b", False))
    desktop.icon("Ready")
    assert plays(heard) == 2
