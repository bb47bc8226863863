"""What the real agent tells through notifications, from the daemon's signal to the service."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbus_fast import Variant

from daemon.api import Event
from tests.bus.agent_process import StandIn, run_agent, unlocked
from tests.bus.forking import ForkServers
from tests.bus.test_notifier import Desktop
from tests.bus.world import World, eventually
from tests.waiting import lasting, stays


@pytest.fixture
def desktop(tmp_path: Path, fork_servers: ForkServers) -> Iterator[Desktop]:
    """One bus for all: the daemon's and the session's."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed")
    world = World(tmp_path, start=fork_servers.start)
    try:
        world.start_bus()
        made = Desktop(world)
        made.start()
        yield made
    finally:
        world.close()


def _titles(desktop: Desktop) -> list[str]:
    return [call[3] for call in desktop.calls("Notify") if "icon" not in call[3]]


@pytest.mark.slow
def test_what_was_refused_while_the_owner_was_away_is_told(desktop: Desktop) -> None:
    with StandIn(desktop.world.address) as service, run_agent(desktop.world):
        for count in (1, 2):
            service.event(Event.REFUSED, {"count": Variant("u", count)})
        # The last twenty seconds are the owner's own.
        stays(lambda: _titles(desktop) == [], 21.0, "the silence while the owner is away")
        service.event(Event.UNLOCKED, unlocked(60.0))
        eventually(lambda: _titles(desktop), "a notification")
        assert _titles(desktop) == ["Somebody else was here"]
        bodies = [call[4] for call in desktop.calls("Notify")]
        assert "2 attempts were refused while you were away." in bodies


def test_a_flood_is_a_few_notifications(desktop: Desktop) -> None:
    with StandIn(desktop.world.address) as service, run_agent(desktop.world) as agent:
        for _ in range(300):
            service.event(Event.ENROLLED)
            service.event(Event.LOCKED_OUT)
            service.event(Event.CLEARED)
        eventually(lambda: "Your appearance is stored" in _titles(desktop), "a notification")
        lasting(0.5, "more notifications than there may be")
        titles = _titles(desktop)
        assert titles.count("Face unlock is off for now") <= 1
        assert titles.count("Your appearance is stored") <= 5
        assert agent.process.poll() is None
