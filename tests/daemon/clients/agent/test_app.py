"""The agent put together, on a bus where nobody is and without a screen."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import pytest

from daemon.clients import gtk
from daemon.clients.agent import app, faults, tray
from daemon.clients.agent.app import Agent, Options
from daemon.clients.agent.interfaces import LogNotifier
from daemon.clients.agent.messages import (
    Chosen,
    Effect,
    Ending,
    Fact,
    NoTray,
    Quit,
    SessionBusLost,
    Speak,
)
from daemon.clients.agent.settings import Settings
from daemon.clients.agent.view import Sign, View


class Silence:
    """A speaker that remembers."""

    def __init__(self) -> None:
        self.applied: list[Settings] = []

    def apply(self, settings: Settings) -> None:
        self.applied.append(settings)

    def say(self, effect: Speak) -> None:
        """Says nothing."""

    def prime(self) -> None:
        """There is nothing to prime."""

    def release(self) -> None:
        """There is nothing to release."""

    def close(self) -> None:
        """There is nothing to close."""


class Broken:
    """A machine with a fault."""

    def react(self, _fact: Fact, _at: datetime) -> Iterable[Effect]:
        raise RuntimeError("surprise")


@pytest.fixture
def speaker(monkeypatch: pytest.MonkeyPatch) -> Silence:
    """An agent without voice, notifications and screen."""
    silence = Silence()
    monkeypatch.setattr(app, "_speaker", lambda: silence)
    monkeypatch.setattr(app, "_notifier", lambda _choose: LogNotifier())
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return silence


def running(path: Path, act: Callable[[Agent], None]) -> Ending:
    """Runs an agent until `act`, called once it runs, has made it stop; what it ended with."""

    async def run() -> Ending:
        agent = Agent(Options("unix:path=/nowhere/bus", path))
        asyncio.get_running_loop().call_soon(act, agent)
        async with asyncio.timeout(30):
            return await agent.run()

    return asyncio.run(run())


@pytest.mark.usefixtures("speaker")
def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    assert running(path, lambda agent: agent.hear(Chosen(Quit()))) is Ending.FOR_GOOD
    assert running(path, lambda agent: agent.hear(SessionBusLost())) is Ending.AGAIN_WITH_BUS
    assert running(path, lambda _agent: os.kill(os.getpid(), signal.SIGTERM)) is Ending.FOR_GOOD


def test_settings_that_change_on_the_disk_are_taken(tmp_path: Path, speaker: Silence) -> None:
    path = tmp_path / "agent.toml"

    def change(agent: Agent) -> None:
        path.write_text("[greeting]\nrate = 100\n")
        path.chmod(0o600)
        _when(lambda: speaker.applied[-1].greeting.rate == 100, agent)

    running(path, change)
    assert speaker.applied[0] == Settings()
    assert speaker.applied[-1].greeting.rate == 100


def _when(condition: Callable[[], bool], agent: Agent) -> None:
    loop = asyncio.get_running_loop()

    def appearance() -> None:
        if condition():
            agent.hear(Chosen(Quit()))
        else:
            loop.call_later(0.01, appearance)

    appearance()


@pytest.mark.usefixtures("speaker")
def test_a_part_with_a_fault_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app, "_others", lambda: (Broken(),))
    assert (
        running(tmp_path / "agent.toml", lambda agent: agent.hear(Chosen(Quit())))
        is Ending.FOR_GOOD
    )
    assert "a fault of Broken: RuntimeError: surprise" in caplog.messages
    assert "Traceback" not in caplog.text


def test_a_fault_is_one_line_and_a_traceback_only_for_who_asks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        faults.tell(ValueError("one\ntwo"), "the test")
    assert caplog.messages == ["a fault of the test: ValueError: one two"]
    assert caplog.records[0].exc_info is None
    with caplog.at_level(logging.DEBUG):
        faults.tell(ValueError("three"), "the test")
    assert caplog.records[1].exc_info


def test_faults_of_threads_are_told_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for module, name in (("sys", "excepthook"), ("threading", "excepthook")):
        monkeypatch.setattr(f"{module}.{name}", None)
    faults.catch_all()

    def fail() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fail, name="tray")
    thread.start()
    thread.join()
    assert caplog.messages == ["a fault of the thread tray: RuntimeError: in a thread"]


VIEW = View(Sign.READY, "Ready", ())


def _open() -> tuple[tray.Tray, list[NoTray | SessionBusLost]]:
    told: list[NoTray | SessionBusLost] = []
    return tray.open_tray(VIEW, lambda _choice: None, told.append), told


def test_without_a_screen_there_is_no_icon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    opened, told = _open()
    assert isinstance(opened, tray.NoIcon)
    assert told == [NoTray("there is no screen here; use the command facelatch")]


def test_without_gtk_there_is_no_icon_but_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> gtk.Toolkit:
        raise gtk.GtkError("PyGObject is not installed", "run: sudo apt install python3-gi")

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(gtk, "load", missing)
    opened, told = _open()
    assert isinstance(opened, tray.NoIcon)
    assert told == [NoTray("PyGObject is not installed; run: sudo apt install python3-gi")]
