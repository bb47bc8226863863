"""Screen savers that tell only the session bus: the agent tells logind for them."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from dbus_fast import Message, Variant

from daemon.clients.agent.lockers import NAMES, LockerHints
from daemon.dbus.connection import Bus
from tests.bus.mocks import mock_python
from tests.bus.peer import Peer
from tests.bus.world import LOGIND, MOCK, PATIENCE, World, eventually, has_owner

_SESSION = "/org/freedesktop/login1/session/auto"
_HINT = "SetLockedHint"


class Desktop:
    """A screen saver, and a logind that remembers what it was told."""

    def __init__(self, world: World, peer: Peer, name: str = NAMES[0]) -> None:
        self._peer = peer
        self._name = name
        self._path = "/" + name.replace(".", "/")
        interface = LOGIND + ".Session"
        methods = [(_HINT, "b", "", "")]
        peer.call(
            LOGIND,
            "/org/freedesktop/login1",
            MOCK,
            "AddObject",
            "ssa{sv}a(ssss)",
            _SESSION,
            interface,
            {},
            methods,
        )
        command = [mock_python(), "-m", "dbusmock", "--session", name, self._path, name]
        world._run(command, {**os.environ, "DBUS_SESSION_BUS_ADDRESS": world.address})
        eventually(self._there, "a screen saver")
        self.be_active(False)

    def be_active(self, active: bool) -> None:
        """What it says when it is asked."""
        self._mock("AddMethod", "sssss", self._name, "GetActive", "", "b", f"ret = {active}")

    def change(self, active: bool) -> None:
        """What it tells when it locks or unlocks."""
        body = [self._name, "ActiveChanged", "b", [Variant("b", active)]]
        self._mock("EmitSignal", "sssav", *body)

    @property
    def told(self) -> list[bool]:
        """What logind was told, one after another."""
        calls: list[Any] = self._peer.call(LOGIND, _SESSION, MOCK, "GetMethodCalls", "s", _HINT)
        return [bool(arguments[0].value) for _, arguments in calls]

    def _there(self) -> bool:
        return has_owner(self._peer, self._name)

    def _mock(self, member: str, signature: str, *body: object) -> None:
        self._peer.call(self._name, self._path, MOCK, member, signature, *body)


@asynccontextmanager
async def following(world: World) -> AsyncIterator[None]:
    """The agent's part, on the one bus that there is."""

    async def connect() -> Bus:
        return await Bus.connect(world.address)

    task = asyncio.ensure_future(LockerHints(connect, connect).run())
    try:
        yield
    finally:
        # Python 3.11's wait_for loses a cancellation that comes with the answer.
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=1.0)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(condition):
            pass


@pytest.mark.parametrize("name", NAMES)
def test_logind_is_told_of_a_lock_and_of_its_end(world: World, name: str) -> None:
    with Peer(world.address) as peer:
        desktop = Desktop(world, peer, name)
        desktop.be_active(True)

        async def play() -> None:
            async with following(world):
                await _until(lambda: desktop.told == [True])
                await asyncio.to_thread(desktop.change, False)
                await _until(lambda: desktop.told == [True, False])
                await asyncio.to_thread(desktop.change, True)
                await _until(lambda: desktop.told == [True, False, True])

        asyncio.run(play())


def test_a_signal_of_somebody_else_says_nothing(world: World) -> None:
    with Peer(world.address) as peer:
        desktop = Desktop(world, peer)
        desktop.be_active(True)
        signal = Message.new_signal(
            "/org/mate/ScreenSaver", NAMES[0], "ActiveChanged", "b", [False]
        )

        async def play() -> None:
            async with following(world):
                await _until(lambda: desktop.told == [True])
                await asyncio.to_thread(peer.send, signal)
                await asyncio.to_thread(desktop.change, True)
                await _until(lambda: len(desktop.told) > 1)

        asyncio.run(play())
        assert desktop.told == [True, True]


def test_without_a_bus_nothing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def nowhere() -> Bus:
        return await Bus.connect("unix:path=/nowhere")

    caplog.set_level("DEBUG")
    asyncio.run(LockerHints(nowhere, nowhere).run())
    assert "screen savers are not followed" in caplog.text
