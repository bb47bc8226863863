"""What the daemon tells by itself: properties, systemd's watchdog, a key press that wakes it."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, Variant

from daemon import api
from daemon.api import Error
from daemon.clients.dbus_client import Client
from daemon.dbus.connection import Bus
from tests.bus.asking import attempt
from tests.bus.other import as_other, log_in_other, needs_root
from tests.bus.peer import Peer
from tests.bus.test_life import status
from tests.bus.world import PATIENCE, Home, World, eventually
from tests.waiting import stays, within

_PROPERTIES = "org.freedesktop.DBus.Properties"


class Listener(Peer):
    """Keeps what PropertiesChanged of the daemon says."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.changes: list[dict[str, Any]] = []
        bus: Bus = self._bus
        bus.listen(self._note)
        self._run(bus.match(f"type='signal',interface='{_PROPERTIES}'"))

    def _note(self, message: Message) -> bool:
        if message.member == "PropertiesChanged" and message.path == api.OBJECT_PATH:
            interface, values, invalidated = message.body
            assert (interface, invalidated) == (api.INTERFACE_NAME, [])
            self.changes.append({name: value.value for name, value in values.items()})
        return False

    def seen(self, name: str) -> list[Any]:
        """The values that a property was said to have."""
        self.turn()
        return [one[name] for one in self.changes if name in one]

    def turn(self) -> None:
        """Lets what has arrived be heard."""
        self._run(self._bus.of_bus("GetId"))


def test_properties_are_told_when_they_change(home: Home) -> None:
    world = home.start()
    with Listener(world.address) as listener, world.client() as client:
        client.call("Pause", 0)
        eventually(lambda: listener.seen("PausedUntil") == [-1], "the pause")
        client.call("Resume")
        eventually(lambda: listener.seen("State") == ["paused", "ready"], "the states")
        assert attempt(client).verdict == "matched"
        eventually(lambda: listener.seen("CameraOnSeconds"), "the camera's time")
        assert listener.seen("State")[2:3] == ["looking"]
        # Only what changed is told, and nobody's name.
        assert all(set(one) <= _told() for one in listener.changes)


def _told() -> set[str]:
    return {one.name for one in api.INTERFACE.properties if one.emits == "true"}


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """Where systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(PATIENCE)
        yield listener


def watched(home: Home, listener: socket.socket) -> None:
    """Starts the daemon as a unit with a watchdog of a second."""
    home.start({"NOTIFY_SOCKET": listener.getsockname(), "WATCHDOG_USEC": "1000000"})


def test_systemd_is_told_that_it_is_ready_alive_and_ending(
    home: Home, systemd: socket.socket
) -> None:
    watched(home, systemd)
    said = ""
    while "WATCHDOG=1" not in said.rsplit("READY=1", maxsplit=1)[-1] or "READY=1" not in said:
        said += systemd.recv(4096).decode() + "\n"
    assert "STATUS=ready" in said
    home.world.stop_daemon()
    while "STOPPING=1" not in said:
        said += systemd.recv(4096).decode() + "\n"


def _stopped(world: World) -> bool:
    """All its threads, by the kernel's word."""
    assert world.daemon is not None
    tasks = Path(f"/proc/{world.daemon.pid}/task").iterdir()
    return all((one / "stat").read_text().rpartition(")")[2].split()[0] == "T" for one in tasks)


def _said_something(listener: socket.socket) -> bool:
    try:
        return bool(listener.recv(4096))
    except BlockingIOError:
        return False


def test_a_daemon_that_hangs_is_not_alive(home: Home, systemd: socket.socket) -> None:
    watched(home, systemd)
    assert home.world.daemon is not None
    os.kill(home.world.daemon.pid, signal.SIGSTOP)
    systemd.setblocking(False)
    eventually(lambda: _stopped(home.world), "a daemon that runs no more")
    with pytest.raises(BlockingIOError):
        while True:
            systemd.recv(4096)
    stays(lambda: not _said_something(systemd), 1.5, "the silence")
    os.kill(home.world.daemon.pid, signal.SIGCONT)
    systemd.settimeout(PATIENCE)
    # It may have been stopped before it was ready.
    while "WATCHDOG=1" not in systemd.recv(4096).decode():
        pass


def test_a_key_press_wakes_a_watch_that_rests(home: Home) -> None:
    home.stage("empty")
    home.configure("schedule", watch_seconds="5", blind_seconds="1")
    world = home.start()
    home.lock("1")
    eventually(lambda: status(world)["camera-on"], "a watch")
    eventually(lambda: not status(world)["camera-on"], "its rest")
    home.stage("owner")
    stays(lambda: home.unlocks() == 0, 1.0, "the lock")
    with world.client() as client:
        # On a busy computer the watch may rest again before it saw anybody.
        eventually(lambda: _key_lets_in(home, client, seconds=5.0), "the unlock")


def _key_lets_in(home: Home, client: Client, *, seconds: float) -> bool:
    """Presses a key; whether that lets its user in within `seconds`."""
    client.call("Wake")
    return within(seconds, lambda: home.unlocks() >= 1)


def test_a_key_press_lets_in_after_locking_by_hand_only_where_configured(home: Home) -> None:
    # Longer than it takes from the lock to the first key, also on a busy computer.
    home.configure("unlock", absence_seconds="3600", key_press_seconds="5")
    world = home.start()
    with world.client() as client:
        home.lock("1", idle=False)
        client.call("Wake")
        stays(lambda: home.unlocks() == 0, 1.5, "the lock")
        eventually(lambda: _key_lets_in(home, client, seconds=1.0), "the unlock")


def test_no_key_press_lets_in_by_default(home: Home) -> None:
    home.configure("unlock", absence_seconds="3600")
    world = home.start()
    home.lock("1", idle=False)
    with world.client() as client:
        stays(lambda: home.unlocks() == 0, 1.5, "the lock")
        client.call("Wake")
        stays(lambda: home.unlocks() == 0, 1.5, "the lock")


@needs_root
def test_a_key_press_from_afar_wakes_nothing(home: Home) -> None:
    world = home.start()
    log_in_other(home)
    assert as_other(world, ("Wake",))[0].error == ""
    home.set_session("7", Remote=Variant("b", True))
    assert as_other(world, ("Wake",))[0].error == Error.REMOTE_SESSION
    home.set_session("7", Remote=Variant("b", False), Active=Variant("b", False))
    assert as_other(world, ("Wake",))[0].error == Error.INACTIVE_SESSION
