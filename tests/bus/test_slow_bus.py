"""A bus that does not read for a while: what is to be said waits, and nobody is cut off."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dbus_fast import Message, MessageType

from daemon import api
from daemon.dbus.connection import Bus
from tests.bus.peer import Peer
from tests.bus.starting import Process
from tests.bus.test_life import status
from tests.bus.world import Home, World
from tests.waiting import PATIENCE, eventually

_MORE_THAN_A_SOCKET_HOLDS = 3000
"""Messages: of some 200 bytes each, and a socket of Linux takes 212,992 (net.core.wmem_default)."""

_INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"


@contextmanager
def stopped(process: Process) -> Iterator[None]:
    """It does not run meanwhile."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def _bus_of(world: World) -> Process:
    return world.processes[0]


def _rests(process: Process) -> Callable[[], bool]:
    """Whether it slept and used no processor since the last time that this was asked."""
    used = ""

    def now() -> bool:
        nonlocal used
        before = used
        state, *fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        used = ",".join(fields[10:12])
        return state == "S" and used == before

    return now


async def _say_much(world: World) -> int:
    """How many signals came back to whom they were sent from a bus that was stopped."""
    bus = await Bus.connect(world.address)
    heard = 0
    all_heard = asyncio.Event()

    def _hear(message: Message) -> bool:
        nonlocal heard
        heard += message.message_type is MessageType.SIGNAL and message.member == "Much"
        if heard == _MORE_THAN_A_SOCKET_HOLDS:
            all_heard.set()
        return False

    bus.listen(_hear)
    with stopped(_bus_of(world)):
        for _ in range(_MORE_THAN_A_SOCKET_HOLDS):
            signal_to_itself = Message.new_signal("/much", "much.Much", "Much", "s", ["x" * 100])
            signal_to_itself.destination = bus.connection.unique_name
            bus.send(signal_to_itself)
            await asyncio.sleep(0)
    await asyncio.wait_for(all_heard.wait(), PATIENCE)
    bus.close()
    return heard


def test_all_that_was_said_to_a_stopped_bus_arrives(world: World) -> None:
    assert asyncio.run(_say_much(world)) == _MORE_THAN_A_SOCKET_HOLDS


def test_many_questions_with_long_answers_do_not_end_the_service(home: Home) -> None:
    world = home.start()
    daemon = world.daemon
    assert daemon is not None
    # A call of some hundred bytes, an answer of several thousand.
    with Peer(world.address) as peer:
        with stopped(daemon):
            for _ in range(_MORE_THAN_A_SOCKET_HOLDS):
                peer.send(Message(api.BUS_NAME, api.OBJECT_PATH, _INTROSPECTABLE, "Introspect"))
        with stopped(_bus_of(world)):
            eventually(_rests(daemon), "a service that has read all that it was sent")
    assert status(world)["state"]
    assert daemon.poll() is None
