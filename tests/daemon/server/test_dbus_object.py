"""Messages in, calls out: how many at once, by user and not by connection."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, cast

from dbus_fast import Message, MessageType

from daemon import api
from daemon.api import Error
from daemon.dbus.peer import Caller, Process
from daemon.server.call_limits import MOST_CALLERS_EACH, MOST_CALLS_EACH, CallLimits
from daemon.server.dbus_object import Service


class ListedBus:
    """Keeps what is sent, and whom it has heard."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.told: list[Callable[[], None]] = []
        """Whom to tell that their message has been written."""

    def send(self, message: Message, sent: Callable[[], None] | None = None) -> None:
        self.sent.append(message)
        if sent is not None:
            self.told.append(sent)

    @property
    def errors(self) -> list[str]:
        return [str(one.error_name) for one in self.sent if one.error_name]


class Scene:
    """A service whose handlers wait until `ready`."""

    def __init__(self) -> None:
        self.bus = ListedBus()
        self.ready = asyncio.Event()
        self.begun = 0
        self.outputs: tuple[Any, ...] = ()
        self.descriptors: list[int] = []
        self.service = Service(
            cast(Any, self.bus),
            self,
            cast(Any, None),
            limits=CallLimits(),
            identify=self._identify,
            fault=lambda what, error: (_ for _ in ()).throw(AssertionError(f"{what}: {error}")),
        )

    async def _identify(self, name: str) -> Caller:
        await asyncio.sleep(0)
        descriptor = os.pidfd_open(os.getpid())
        self.descriptors.append(descriptor)
        return Caller(name, 1000 + int(name.partition(".")[0][1:]), 99, Process(descriptor))

    async def call(
        self, _caller: Caller, _member: str, _arguments: Sequence[Any], *, interactive: bool
    ) -> Sequence[Any]:
        assert not interactive
        self.begun += 1
        await self.ready.wait()
        return self.outputs

    def client_gone(self, name: str) -> None:
        pass

    def hears(self, sender: str, member: str = "Unsubscribe", **parts: Any) -> None:
        message = Message(
            api.BUS_NAME,
            api.OBJECT_PATH,
            api.INTERFACE_NAME,
            member,
            sender=sender,
            message_type=MessageType.METHOD_CALL,
            serial=1,
            **parts,
        )
        assert self.service._heard(message)

    def leaves(self, sender: str) -> None:
        message = Message(
            path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus",
            member="NameOwnerChanged",
            sender="org.freedesktop.DBus",
            message_type=MessageType.SIGNAL,
            signature="sss",
            body=[sender, sender, ""],
        )
        self.service._heard(message)

    async def settled(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


def play(story: Callable[[Scene], Coroutine[Any, Any, None]]) -> Scene:
    async def run() -> Scene:
        scene = Scene()
        await story(scene)
        scene.ready.set()
        await scene.settled()
        return scene

    return asyncio.run(run())


def test_many_connections_of_a_user_are_one_share() -> None:
    """The names are `:USER.NUMBER`, so that a test sees whose they are."""

    async def story(scene: Scene) -> None:
        for number in range(2 * MOST_CALLS_EACH):
            scene.hears(f":7.{number}")
        await scene.settled()
        assert scene.begun == MOST_CALLS_EACH
        scene.hears(":8.1")
        await scene.settled()
        assert scene.begun == MOST_CALLS_EACH + 1

    scene = play(story)
    assert scene.bus.errors == [Error.TOO_MANY_REQUESTS.bus_name] * MOST_CALLS_EACH


def test_connections_that_stay_take_no_more_descriptors_than_their_share() -> None:
    async def story(scene: Scene) -> None:
        scene.ready.set()
        for number in range(2 * MOST_CALLERS_EACH):
            scene.hears(f":7.{number}")
            await scene.settled()
        held = sum(_is_open(one) for one in scene.descriptors)
        assert held == MOST_CALLERS_EACH
        scene.leaves(":7.0")
        scene.hears(":7.999")
        await scene.settled()
        for number in range(2 * MOST_CALLERS_EACH):
            scene.leaves(f":7.{number}")
        scene.leaves(":7.999")
        assert not any(_is_open(one) for one in scene.descriptors)

    assert len(play(story).bus.errors) == MOST_CALLERS_EACH


def test_a_descriptor_is_open_until_its_reply_was_written() -> None:
    """Another file would have its number by then, and be handed out, where the bus is slow."""

    async def story(scene: Scene) -> None:
        scene.ready.set()
        read, write = os.pipe()
        os.close(write)
        scene.outputs = (read,)
        scene.hears(":7.1", "OpenPreview", signature="u", body=[1])
        await scene.settled()
        (reply,) = scene.bus.sent
        assert reply.unix_fds == [read]
        assert _is_open(read)
        (told,) = scene.bus.told
        told()
        assert not _is_open(read)
        scene.leaves(":7.1")

    play(story)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
