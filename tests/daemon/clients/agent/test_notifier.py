"""A service of notifications that ends while it answers; all else is in `tests/bus`."""

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from dbus_fast import Message, MessageType

from daemon.clients.agent.messages import Action, Choice, Notify, Resume
from daemon.clients.agent.notifier import NAME, PATH, DesktopNotifier
from daemon.dbus.connection import Bus

FIRST, SECOND = ":1.5", ":1.6"


class _Bus:
    """On it the service that answers has gone before its answer is taken; another one is there."""

    def __init__(self, owners: Sequence[str]) -> None:
        self._owners = list(owners)
        self.connection = SimpleNamespace(connected=True)
        self.asked: list[tuple[str, Sequence[Any]]] = []

    def listen(self, handler: Callable[[Message], bool]) -> None:
        self.hear = handler

    async def match(self, _rule: str) -> None:
        pass

    async def follow_owner(self, _name: str, changed: Callable[[str], None]) -> str:
        self._changed = changed
        return self._owners[0]

    async def call(self, *names: str, body: Sequence[Any], **_rest: Any) -> Message:
        member = names[-1]
        self.asked.append((member, body))
        who = self._owners[0]
        if member == "Notify" and len(self._owners) > 1:
            # In one read with the answer, and so heard before whoever waits for that goes on.
            self._changed("")
            self._changed(self._owners[1])
            del self._owners[0]
        answer: tuple[str, list[Any]] = (
            ("as", [["actions"]]) if member == "GetCapabilities" else ("u", [7])
        )
        return Message(
            message_type=MessageType.METHOD_RETURN,
            sender=who,
            reply_serial=1,
            signature=answer[0],
            body=answer[1],
        )

    def close(self) -> None:
        pass


def _click(sender: str) -> Message:
    return Message(
        message_type=MessageType.SIGNAL,
        sender=sender,
        path=PATH,
        interface=NAME,
        member="ActionInvoked",
        signature="us",
        body=[7, "0"],
    )


@pytest.mark.parametrize(("owners", "counts"), [([FIRST], True), ([FIRST, SECOND], False)])
def test_a_number_of_a_service_that_has_gone_is_worthless(owners: list[str], counts: bool) -> None:
    """The next one gives the same to notifications of other programs: theirs are clicked on."""
    bus, chosen = _Bus(owners), list[Choice]()

    async def connect() -> Bus:
        return cast("Bus", bus)

    async def play() -> None:
        made = DesktopNotifier(choose=chosen.append, warn=pytest.fail, connect=connect)
        for number in (1, 2):
            made.show(Notify("paused", "Title", "", (Action("Resume", Resume()),)))
            while sum(member == "Notify" for member, _ in bus.asked) < number or made._busy:
                await asyncio.sleep(0)
            if number == 1:
                bus.hear(_click(owners[-1]))
        made.close()

    asyncio.run(asyncio.wait_for(play(), 10.0))
    replaced = [body[1] for member, body in bus.asked if member == "Notify"]
    assert replaced == [0, 7 if counts else 0]
    assert chosen == ([Resume()] if counts else [])
