"""Whether the session is used and what inhibits it: stand-ins of desktops, on a real bus."""

import asyncio
import os
from typing import Any

import pytest
from dbus_fast import Variant

from daemon.clients.agent.idle import IDLE_SECONDS, MUTTER, follow, follow_mutter
from daemon.clients.agent.inhibitors import LOGIND as LOGIND_KIND
from daemon.clients.agent.inhibitors import SESSION_MANAGER, Inhibitors
from daemon.clients.agent.lockers import LockerHints
from daemon.clients.agent.messages import BringUp, LockSession
from daemon.dbus.connection import Bus
from tests.bus.mocks import mock_python
from tests.bus.peer import Peer
from tests.bus.world import LOGIND, MANAGER, MOCK, PATIENCE, World, eventually, has_owner

_MUTTER_PATH = "/org/gnome/Mutter/IdleMonitor/Core"


class _Stand:
    """A stand-in of one name on the session bus."""

    def __init__(self, world: World, peer: Peer, name: str, path: str) -> None:
        self._peer, self._name, self._path = peer, name, path
        command = [mock_python(), "-m", "dbusmock", "--session", name, path, name]
        world._run(command, {**os.environ, "DBUS_SESSION_BUS_ADDRESS": world.address})
        self._process = world.processes[-1]
        eventually(self._there, f"a stand-in of {name}")

    def answers(self, method: str, takes: str, gives: str, value: str) -> None:
        """From now on this is its answer."""
        self._mock("AddMethod", "sssss", self._name, method, takes, gives, f"ret = {value}")

    def tells(self, signal: str, signature: str, *values: Variant) -> None:
        """A signal of its."""
        self._mock("EmitSignal", "sssav", self._name, signal, signature, list(values))

    def asked(self, method: str) -> int:
        """How often a method was called."""
        return len(self._peer.call(self._name, self._path, MOCK, "GetMethodCalls", "s", method))

    def end(self) -> None:
        """It has gone."""
        self._process.kill()

    def _there(self) -> bool:
        return has_owner(self._peer, self._name)

    def _mock(self, member: str, signature: str, *body: Any) -> None:
        self._peer.call(self._name, self._path, MOCK, member, signature, *body)


async def _until(heard: "asyncio.Queue[Any]", value: object) -> None:
    async with asyncio.timeout(PATIENCE):
        while await heard.get() != value:
            pass


def test_mutter_tells_of_idle_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", world.address)
    with Peer(world.address) as peer:
        mutter = _Stand(world, peer, MUTTER, _MUTTER_PATH)
        mutter.answers("AddIdleWatch", "t", "u", "7")
        mutter.answers("AddUserActiveWatch", "", "u", "8")

        async def play() -> None:
            heard: asyncio.Queue[float | None] = asyncio.Queue()
            following = asyncio.ensure_future(
                follow(heard.put_nowait, (follow_mutter,), again_seconds=0.0)
            )
            await _until(heard, 0.0)
            await asyncio.to_thread(mutter.tells, "WatchFired", "u", Variant("u", 7))
            await _until(heard, IDLE_SECONDS)
            await asyncio.to_thread(
                eventually, lambda: mutter.asked("AddUserActiveWatch") == 1, "the other watch"
            )
            await asyncio.to_thread(mutter.tells, "WatchFired", "u", Variant("u", 8))
            await _until(heard, 0.0)
            mutter.end()
            await _until(heard, None)
            await following

        asyncio.run(play())


def test_inhibitors_are_told_while_any_inhibits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", world.address)
    interface = "org.freedesktop.login1.Manager"
    with Peer(world.address) as peer:
        manager = _Stand(world, peer, SESSION_MANAGER.name, SESSION_MANAGER.path)
        manager.answers("IsInhibited", "u", "b", "args[0] == 8")
        nothing = Variant("s", "")
        peer.call(LOGIND, MANAGER, MOCK, "AddProperty", "ssv", interface, "BlockInhibited", nothing)

        def block(what: str) -> None:
            values = {"BlockInhibited": Variant("s", what)}
            peer.call(LOGIND, MANAGER, MOCK, "UpdateProperties", "sa{sv}", interface, values)

        async def play() -> None:
            heard: asyncio.Queue[bool] = asyncio.Queue()

            async def connect() -> Bus:
                return await Bus.connect(world.address)

            following = asyncio.ensure_future(Inhibitors(connect, connect, heard.put_nowait).run())
            await _until(heard, True)
            await asyncio.to_thread(manager.answers, "IsInhibited", "u", "b", "False")
            await asyncio.to_thread(manager.tells, "InhibitorRemoved", "o", Variant("o", "/1"))
            await _until(heard, False)
            await asyncio.to_thread(block, "sleep:idle")
            await _until(heard, True)
            await asyncio.to_thread(manager.tells, "InhibitorRemoved", "o", Variant("o", "/2"))
            await asyncio.to_thread(
                eventually, lambda: manager.asked("IsInhibited") >= 3, "another question"
            )
            # logind's own still does.
            assert heard.empty()
            await asyncio.to_thread(block, "sleep")
            await _until(heard, False)
            await asyncio.to_thread(manager.answers, "IsInhibited", "u", "b", "True")
            await asyncio.to_thread(manager.tells, "InhibitorAdded", "o", Variant("o", "/3"))
            await _until(heard, True)
            # It ends without a word.
            manager.end()
            await _until(heard, False)
            following.cancel()

        asyncio.run(play())
    assert LOGIND_KIND.name == LOGIND


@pytest.mark.parametrize(
    ("effect", "member"),
    [(LockSession("1"), "LockSession"), (BringUp("1"), "ActivateSession")],
)
def test_logind_locks_and_changes_over(
    world: World, effect: LockSession | BringUp, member: str
) -> None:
    async def connect() -> Bus:
        return await Bus.connect(world.address)

    world.logind("AddMethod", "sssss", LOGIND + ".Manager", member, "s", "", "")
    asyncio.run(LockerHints(connect, connect).ask(effect))
    calls = world.logind("GetMethodCalls", "s", member)
    assert [call[1][0].value for call in calls] == ["1"]
