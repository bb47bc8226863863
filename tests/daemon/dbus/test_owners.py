"""Who owns a name now and from now on: a reply that a signal has overtaken is not believed."""

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

import pytest
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from daemon.dbus.connection import Bus

NAME = "org.facelatch.Facelatch1"
DBUS = "org.freedesktop.DBus"


def changed(owner: str, *, name: str = NAME, sender: str = DBUS) -> Message:
    """A signal that says so."""
    return Message(
        sender=sender,
        path="/org/freedesktop/DBus",
        interface=DBUS,
        member="NameOwnerChanged",
        message_type=MessageType.SIGNAL,
        signature="sss",
        body=[name, "", owner],
    )


class Connection:
    """Hears `before` and `after` together with the reply that names `owner`, in one read."""

    def __init__(self, owner: str, before: Sequence[Message], after: Sequence[Message]) -> None:
        self.handlers: list[Callable[[Message], bool]] = []
        self.rules: list[str] = []
        self._owner = owner
        self._before = before
        self._after = after

    def add_message_handler(self, handler: Callable[[Message], bool]) -> None:
        self.handlers.append(handler)

    async def call(self, message: Message) -> Message:
        if message.member == "AddMatch":
            self.rules += message.body
            return Message(message_type=MessageType.METHOD_RETURN, reply_serial=1)
        assert (message.member, message.body) == ("GetNameOwner", [NAME])
        answered = asyncio.get_running_loop().create_future()

        def read() -> None:
            self.hear(*self._before)
            answered.set_result(self._reply())
            self.hear(*self._after)

        asyncio.get_running_loop().call_soon(read)
        return cast(Message, await answered)

    def hear(self, *messages: Message) -> None:
        for message in messages:
            for handler in self.handlers:
                handler(message)

    def _reply(self) -> Message:
        if self._owner:
            kind, body = MessageType.METHOD_RETURN, [self._owner]
            return Message(message_type=kind, reply_serial=2, signature="s", body=body)
        nobody = DBUS + ".Error.NameHasNoOwner"
        return Message(message_type=MessageType.ERROR, reply_serial=2, error_name=nobody)


def followed(connection: Connection, heard: list[str]) -> str:
    """Who owns the name, as soon as that is known."""

    async def follow() -> str:
        return await Bus(cast(MessageBus, connection)).follow_owner(NAME, heard.append)

    return asyncio.run(follow())


@pytest.mark.parametrize("owner", ["", ":1.4"])
def test_the_reply_counts_where_nothing_else_was_heard(owner: str) -> None:
    heard: list[str] = []
    connection = Connection(owner, [], [])
    assert followed(connection, heard) == owner
    (rule,) = connection.rules
    assert f"arg0='{NAME}'" in rule and f"sender='{DBUS}'" in rule
    connection.hear(changed(":1.9"), changed(""))
    assert heard == [":1.9", ""]


@pytest.mark.parametrize(
    ("replied", "before", "after"),
    [
        ("", [], [":1.7"]),
        (":1.4", [], [""]),
        (":1.4", [""], ["", ":1.7"]),
        (":1.7", [":1.7"], []),
    ],
)
def test_a_signal_that_came_with_the_reply_is_newer(
    replied: str, before: list[str], after: list[str]
) -> None:
    heard: list[str] = []
    connection = Connection(replied, list(map(changed, before)), list(map(changed, after)))
    told = [*before, *after]
    assert followed(connection, heard) == told[-1]
    assert heard == told


def test_what_others_say_and_what_concerns_others_is_passed_over() -> None:
    heard: list[str] = []
    forged = [changed(":1.6", sender=":1.6"), changed(":1.5", name="org.example.Other")]
    assert followed(Connection(":1.4", forged, forged), heard) == ":1.4"
    assert heard == []
