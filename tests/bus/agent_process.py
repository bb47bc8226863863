"""The real agent, and a player that keeps what it is given with the time."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from dbus_fast import Message, MessageType, Variant

from daemon import api
from daemon.dbus.connection import Bus
from tests.bus.peer import Peer
from tests.bus.starting import Process
from tests.bus.world import World, eventually
from tests.data import ROOT

_PLAYER = """#!/bin/sh
now=$(date +%s%N)
for file; do :; done
cp "$file" {plays}/part && mv {plays}/part {plays}/$now.wav
"""


@dataclass(frozen=True)
class Play:
    """One call of the player."""

    nanoseconds: int
    """Since 1970, when the player began."""
    wav: Path


@dataclass
class AgentProcess:
    """The agent's process and what it had played."""

    folder: Path
    process: Process

    @property
    def plays(self) -> list[Play]:
        """What was played so far, oldest first."""
        return sorted(
            (Play(int(path.stem), path) for path in (self.folder / "plays").glob("*.wav")),
            key=lambda play: play.nanoseconds,
        )

    @property
    def log(self) -> str:
        """What the agent wrote."""
        return (self.folder / "agent.log").read_text()

    def player(self, script: str) -> None:
        """Another player."""
        (self.folder / "bin" / "aplay").write_text(script)


@contextmanager
def run_agent(world: World, *, settings: str = "", **environment: str) -> Iterator[AgentProcess]:
    """The agent, following what is on the world's bus; there is neither screen nor mixer."""
    folder = world.folder / "agent"
    for name in ("bin", "plays", "run"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "agent.toml").write_text(settings)
    _install(folder, "aplay", _PLAYER.format(plays=folder / "plays"))
    for name in ("pactl", "wpctl", "amixer"):
        _install(folder, name, "#!/bin/sh\nexit 1\n")
    command = ["daemon", "agent", "--debug", "--settings", str(folder / "agent.toml")]
    agent = world.start(command, _environment(world, folder) | environment, folder / "agent.log")
    made = AgentProcess(folder, agent)
    try:
        eventually(lambda: _subscribed(made), "an agent that follows")
        yield made
    finally:
        agent.send_signal(signal.SIGTERM)
        try:
            agent.wait(60.0)
        finally:
            agent.kill()
            agent.wait()


def _install(folder: Path, name: str, script: str) -> None:
    path = folder / "bin" / name
    path.write_text(script)
    path.chmod(0o700)


def _environment(world: World, folder: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_ID", "LANGUAGE", "LC_ALL")
    }
    return {
        **kept,
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "FACELATCH_BUS": world.address,
        "DBUS_SESSION_BUS_ADDRESS": world.address,
    }


def _subscribed(made: AgentProcess) -> bool:
    assert made.process.poll() is None, made.log
    return "following the service" in made.log


class StandIn:
    """Something that owns the daemon's name and says what it is told to. On a thread of its own."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.subscribers: list[str] = []
        self._bus = self._wait(self._connect())

    def event(self, event: str, details: dict[str, Variant] | None = None) -> None:
        """The signal Event to all subscribers."""
        for subscriber in self.subscribers:
            self.signal(api.INTERFACE_NAME, "Event", "sa{sv}", [event, details or {}], subscriber)

    def state(self, state: str) -> None:
        """The property State changes."""
        changed = [api.INTERFACE_NAME, {"State": Variant("s", state)}, []]
        self.signal(
            "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", changed, None
        )

    def signal(
        self, interface: str, name: str, signature: str, body: list[Any], destination: str | None
    ) -> None:
        """Any signal of the daemon's object."""
        message = Message.new_signal(api.OBJECT_PATH, interface, name, signature, body)
        message.destination = destination
        self._wait(self._send(message))

    def close_name(self) -> None:
        """Gives the name back."""
        self._wait(self._bus.connection.release_name(api.BUS_NAME))

    def close(self) -> None:
        """Leaves the bus."""
        self._wait(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60.0)
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60.0)

    async def _connect(self) -> Bus:
        bus = await Bus.connect(self._address)
        bus.listen(self._answer)
        await bus.own(api.BUS_NAME)
        return bus

    async def _leave(self) -> None:
        self._bus.close()
        await self._bus.gone()
        await asyncio.sleep(0.01)

    async def _send(self, message: Message) -> None:
        await self._bus.connection.send(message)

    def _answer(self, message: Message) -> bool:
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        answers: dict[str, tuple[str, list[Any]]] = {
            "Status": ("a{sv}", [{"state": Variant("s", "ready")}]),
            "ListAppearances": ("aa{sv}", [[]]),
        }
        if message.member == "Subscribe":
            self.subscribers.append(str(message.sender))
        signature, body = answers.get(str(message.member), ("", []))
        self._bus.send(Message.new_method_return(message, signature, body))
        return True


def unlocked(away: float = 60.0) -> dict[str, Variant]:
    """Details of an unlocking."""
    return {
        "session": Variant("s", "1"),
        "away-seconds": Variant("d", away),
    }


def names(world: World) -> list[str]:
    """Everybody on the bus."""
    with Peer(world.address) as peer:
        bus = "org.freedesktop.DBus"
        found: list[str] = peer.call(bus, "/org/freedesktop/DBus", bus, "ListNames")
    return [name for name in found if name.startswith(":")]
