"""Displays that go dark: the real service rests its camera, told by the agent's own parts."""

import asyncio
import os
from collections.abc import Callable
from functools import partial

import pytest
from dbus_fast import Variant

from daemon.clients.agent.displays import MUTTER, follow, follow_mutter
from daemon.clients.agent.messages import DaemonUp, ReportDisplays
from tests.bus.mocks import mock_python
from tests.bus.peer import Peer
from tests.bus.test_follower import following, kind
from tests.bus.world import MOCK, PATIENCE, Home, World, eventually, has_owner

_MUTTER_PATH = "/org/gnome/Mutter/DisplayConfig"


def _not_told(on: bool) -> None:
    pytest.fail(f"told that displays are {on}")


def _watched(home: Home) -> bool:
    with home.world.client() as client:
        return bool(client.call("Status")["sessions"][0]["watched"])


def _is_dark(world: World) -> bool:
    with world.client() as client:
        return bool(client.call("Status")["sessions"][0]["dark"])


def _camera_on(home: Home) -> bool:
    with home.world.client() as client:
        return bool(client.call("Status")["camera-on"])


def test_the_camera_is_closed_in_the_dark_and_open_again_in_the_light(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    home.start()
    home.lock("1")
    with home.world.client() as agent:
        agent.call("ReportDisplays", True)
        eventually(lambda: _camera_on(home), "an open camera")
        agent.call("ReportDisplays", False)
        eventually(lambda: not _camera_on(home), "a closed camera")
        assert not _watched(home)
        assert agent.call("Status")["sessions"][0]["dark"]
        agent.call("ReportDisplays", True)
        eventually(lambda: _camera_on(home), "an open camera")


def test_what_a_program_said_goes_with_it(home: Home) -> None:
    home.configure("camera", source='"demo:empty"')
    home.start()
    home.lock("1")
    with home.world.client() as agent:
        agent.call("ReportDisplays", False)
        eventually(lambda: not _watched(home), "the end of the watch")
    eventually(lambda: _watched(home), "a watch")


def test_the_owner_is_let_in_as_soon_as_there_is_light(home: Home) -> None:
    home.start()
    with home.world.client() as agent:
        agent.call("ReportDisplays", False)
        home.lock("1")
        eventually(lambda: not _watched(home), "no watch")
        assert home.unlocks() == 0
        agent.call("ReportDisplays", True)
        eventually(lambda: home.unlocks() == 1, "the unlock")


def test_a_dark_screen_is_for_its_owner_and_a_stranger_is_no_attempt(home: Home) -> None:
    home.stage("stranger")
    home.configure("schedule", dark_look_every="1")
    home.start()
    with home.world.client() as agent:
        agent.call("ReportDisplays", False)
        agent.call("ReportUse", {"watch-dark": True})
        home.lock("1")
        for _ in range(2):
            eventually(lambda: _camera_on(home), "a look")
            eventually(lambda: not _camera_on(home), "the end of the look")
        assert agent.call("Status")["state"] == "minding"
        assert agent.call("Status")["failed-attempts"] == 0
        home.stage("owner")
        eventually(lambda: home.unlocks() == 1, "the unlock")


def test_the_agent_s_report_arrives(home: Home) -> None:
    world = home.start()

    async def play() -> None:
        async with following(world) as (follower, ear):
            await ear.until(kind(DaemonUp))
            await follower.report_displays(ReportDisplays(False))
            assert await asyncio.to_thread(_is_dark, world)

    asyncio.run(play())


def test_mutter_tells_of_its_displays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", world.address)
    command = [mock_python(), "-m", "dbusmock", "--session", MUTTER, _MUTTER_PATH, MUTTER]
    with Peer(world.address) as peer:
        mutter = _Mutter(world, peer, command)
        heard: list[bool] = []

        async def play() -> None:
            wake = asyncio.Event()
            following = asyncio.ensure_future(
                follow(heard.append, (partial(follow_mutter, wake=wake),), again_seconds=0.0)
            )
            await _until(lambda: heard == [True])
            for mode in (3, 1, 0, -1, 2):
                await asyncio.to_thread(mutter.set_mode, mode)
            await _until(lambda: heard == [True, False, True, False])
            wake.set()
            await _until(lambda: heard == [True, False, True, False, True])
            await asyncio.to_thread(mutter.set_mode, 2)
            await _until(lambda: heard[-1] is False)
            # Where nobody can say it any more, displays count as on.
            mutter.end()
            await asyncio.wait_for(following, PATIENCE)
            assert heard[-1] is True

        asyncio.run(play())


def test_without_mutter_nobody_says_anything(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", world.address)
    asyncio.run(follow(_not_told, (partial(follow_mutter, wake=asyncio.Event()),)))


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            # A look between what the bus brings.
            await asyncio.sleep(0.01)


class _Mutter:
    """A stand-in that owns Mutter's name and property."""

    def __init__(self, world: World, peer: Peer, command: list[str]) -> None:
        self._peer = peer
        world._run(command, {**os.environ, "DBUS_SESSION_BUS_ADDRESS": world.address})
        self._process = world.processes[-1]
        eventually(self._there, "the stand-in of Mutter")
        self._call("AddProperty", "ssv", MUTTER, "PowerSaveMode", Variant("i", 0))

    def set_mode(self, mode: int) -> None:
        """Its displays are so from now on."""
        values = {"PowerSaveMode": Variant("i", mode)}
        self._call("UpdateProperties", "sa{sv}", MUTTER, values)

    def end(self) -> None:
        """It has gone."""
        self._process.kill()

    def _there(self) -> bool:
        return has_owner(self._peer, MUTTER)

    def _call(self, member: str, signature: str, *body: object) -> None:
        self._peer.call(MUTTER, _MUTTER_PATH, MOCK, member, signature, *body)
