"""The agent's follower against the real daemon: what happens becomes facts, nothing is polled."""

import asyncio
import contextlib
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant

from daemon.api import BUS_NAME, INTERFACE, INTERFACE_NAME, OBJECT_PATH, Error, Event
from daemon.clients.agent.follower import Follower
from daemon.clients.agent.messages import (
    Call,
    DaemonDown,
    DaemonUp,
    Denied,
    Fact,
    Happened,
    Pause,
    PropertiesChanged,
    RemoveAppearance,
    StatusRead,
)
from daemon.dbus.connection import Bus
from daemon.dbus.signals import Signals
from tests.bus.asking import attempt
from tests.bus.peer import Peer
from tests.bus.world import Home, World

PATIENCE = 60.0


class Ear:
    """Remembers facts, and waits for one."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._heard = asyncio.Event()

    def hear(self, fact: Fact) -> None:
        self.facts.append(fact)
        self._heard.set()

    async def until(self, wanted: Callable[[Fact], bool]) -> Fact:
        """The first fact like this from now on; facts before it are forgotten."""
        async with asyncio.timeout(PATIENCE):
            while True:
                while self.facts:
                    fact = self.facts.pop(0)
                    if wanted(fact):
                        return fact
                self._heard.clear()
                await self._heard.wait()


@asynccontextmanager
async def following(world: World) -> AsyncIterator[tuple[Follower, Ear]]:
    ear = Ear()
    follower = Follower(world.address, ear.hear)
    task = asyncio.create_task(follower.run())
    try:
        yield follower, ear
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def kind(*kinds: type) -> Callable[[Fact], bool]:
    return lambda fact: isinstance(fact, kinds)


def state(word: str) -> Callable[[Fact], bool]:
    return lambda fact: isinstance(fact, PropertiesChanged) and fact.values.get("State") == word


def test_a_daemon_is_followed_through_its_life(home: Home) -> None:
    world = home.start()

    async def follow() -> None:
        async with following(world) as (follower, ear):
            up = await ear.until(kind(DaemonUp))
            assert isinstance(up, DaemonUp)
            assert up.status["state"] == "ready"
            assert [one["name"] for one in up.appearances] == ["default"]
            await follower.call(Call("Pause", (0,), Pause(0)))
            await ear.until(state("paused"))
            assert world.daemon is not None
            world.daemon.send_signal(signal.SIGKILL)
            assert await ear.until(kind(DaemonDown)) == DaemonDown("")
            await asyncio.to_thread(world.start_daemon)
            assert isinstance(await ear.until(kind(DaemonUp)), DaemonUp)

    asyncio.run(follow())


def test_an_unlocking_is_heard_of(home: Home) -> None:
    world = home.start()

    async def follow() -> None:
        async with following(world) as (_, ear):
            await ear.until(kind(DaemonUp))
            await asyncio.to_thread(home.lock, "1")
            heard = await ear.until(
                lambda fact: isinstance(fact, Happened) and fact.event is Event.UNLOCKED
            )
            assert isinstance(heard, Happened)
            assert heard.details["away-seconds"] > 0

    asyncio.run(follow())


def test_what_the_daemon_denies_comes_back_with_the_choice(home: Home) -> None:
    world = home.start()
    choice = RemoveAppearance("no such appearance")

    async def follow() -> None:
        async with following(world) as (follower, ear):
            await ear.until(kind(DaemonUp))
            await follower.call(Call("RemoveAppearance", ("", choice.appearance), choice))
            denied = await ear.until(kind(Denied))
            assert isinstance(denied, Denied)
            assert (denied.choice, denied.error) == (choice, Error.NO_SUCH_APPEARANCE)

    asyncio.run(follow())


def test_what_was_done_is_read_again(home: Home) -> None:
    world = home.start()
    choice = RemoveAppearance("default")

    async def follow() -> None:
        async with following(world) as (follower, ear):
            await ear.until(kind(DaemonUp))
            await follower.call(Call("RemoveAppearance", ("", "default"), choice))
            again = await ear.until(kind(StatusRead))
            assert isinstance(again, StatusRead)
            assert again.appearances == ()

    asyncio.run(follow())


def test_signals_of_somebody_else_are_not_the_daemons(home: Home) -> None:
    world = home.start()

    async def follow() -> None:
        async with following(world) as (_, ear):
            await ear.until(kind(DaemonUp))
            await asyncio.to_thread(_pretend, world)
            await asyncio.to_thread(_attempts_through, world)
            # What the real daemon says comes after what the other one said.
            first = await ear.until(kind(Happened, PropertiesChanged))
            assert isinstance(first, PropertiesChanged)
            assert first.values.get("State") != "paused"

    asyncio.run(follow())


def _pretend(world: World) -> None:
    """Somebody else says what the daemon would."""
    signals = (
        (INTERFACE_NAME, "Event", "sa{sv}", ["unlocked", {}]),
        (
            "org.freedesktop.DBus.Properties",
            "PropertiesChanged",
            "sa{sv}as",
            [INTERFACE_NAME, {"State": Variant("s", "paused")}, []],
        ),
    )
    with Peer(world.address) as peer:
        for interface, member, signature, body in signals:
            peer.send(Message.new_signal(OBJECT_PATH, interface, member, signature, body))


def _attempts_through(world: World) -> None:
    with world.client() as client:
        attempt(client)


def test_no_bus_is_tried_again() -> None:
    async def follow() -> None:
        ear = Ear()
        follower = Follower("unix:path=/nowhere/bus", ear.hear)
        task = asyncio.create_task(follower.run())
        for _ in range(2):
            down = await ear.until(kind(DaemonDown))
            assert isinstance(down, DaemonDown)
            assert "/nowhere/bus" in down.problem
        await follower.call(Call("Resume", (), Pause(0)))
        assert isinstance(await ear.until(kind(Denied)), Denied)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(follow())


def test_a_bus_that_comes_back_is_followed_again(world: World) -> None:
    async def follow() -> None:
        async with following(world) as (_, ear):
            assert await ear.until(kind(DaemonDown)) == DaemonDown("")
            bus = world.processes.pop(0)
            bus.kill()
            bus.wait()
            down = await ear.until(kind(DaemonDown))
            assert isinstance(down, DaemonDown)
            assert down.problem
            await asyncio.to_thread(world.start_bus)
            assert await ear.until(lambda fact: fact == DaemonDown("")) == DaemonDown("")

    asyncio.run(follow())


class Service:
    """Answers as the daemon does, and changes while it is read, so many times."""

    def __init__(self, bus: Bus, changes: int) -> None:
        self._bus = bus
        self._states = deque(f"state {number}" for number in range(changes + 1))
        bus.listen(self._called)

    def _called(self, message: Message) -> bool:
        if message.message_type is not MessageType.METHOD_CALL or message.path != OBJECT_PATH:
            return False
        body: list[Any] = []
        if message.member == "Status":
            body = [{"state": Variant("s", self._states[0])}]
        elif message.member == "ListAppearances":
            body = [[]]
            if len(self._states) > 1:
                self._states.popleft()
                Signals(self._bus).properties_changed({"State": Variant("s", self._states[0])})
        outputs = INTERFACE.method(str(message.member)).outputs
        signature = "".join(argument.signature for argument in outputs)
        self._bus.send(Message.new_method_return(message, signature, body))
        return True


@asynccontextmanager
async def changing(world: World, changes: int) -> AsyncIterator[Ear]:
    """What is heard of such a service."""
    with contextlib.closing(await Bus.connect(world.address)) as bus:
        Service(bus, changes)
        await bus.own(BUS_NAME)
        async with following(world) as (_, ear):
            yield ear
    await bus.gone()


@pytest.mark.parametrize(("changes", "known"), [(0, "state 0"), (1, "state 1"), (3, "state 3")])
def test_what_changes_while_it_is_read_is_read_again(
    world: World, changes: int, known: str
) -> None:
    async def follow() -> None:
        async with changing(world, changes) as ear:
            up = await ear.until(kind(DaemonUp))
            assert isinstance(up, DaemonUp)
            assert up.status == {"state": known}

    asyncio.run(follow())


def test_what_changes_without_end_is_known_all_the_same(world: World) -> None:
    async def follow() -> None:
        async with changing(world, 1000) as ear:
            assert isinstance(await ear.until(kind(DaemonUp)), DaemonUp)

    asyncio.run(follow())
