"""Asks the daemon from inside the machine: `ask.py METHOD SIGNATURE JSON [SIGNAL]`.

Prints the answer as JSON; with SIGNAL, the values of that signal instead. Exit 1 and the error's
name where the daemon refuses. FACELATCH_ASK_SECONDS: how long it waits for the signal.
"""

import asyncio
import json
import os
import sys
from typing import Any

from dbus_fast import BusType, Message, MessageFlag, MessageType, Variant
from dbus_fast.aio import MessageBus

NAME = INTERFACE = "org.facelatch.Facelatch1"
PATH = "/org/facelatch/Facelatch1"
SECONDS = float(os.environ.get("FACELATCH_ASK_SECONDS", "40"))


def plain(value: Any) -> Any:
    """Without variants."""
    if hasattr(value, "signature"):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def options(value: Any) -> Any:
    """A JSON object as a dictionary a{sv}; anything else as it is."""
    if not isinstance(value, dict):
        return value
    signatures = {bool: "b", float: "d", str: "s"}
    return {key: Variant(signatures[type(one)], one) for key, one in value.items()}


async def ask(member: str, signature: str, body: list[Any], awaited: str) -> int:
    """One call."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    heard: asyncio.Queue[Message] = asyncio.Queue()

    def listen(message: Message) -> bool:
        if message.message_type is MessageType.SIGNAL and message.member == awaited:
            heard.put_nowait(message)
        return False

    bus.add_message_handler(listen)
    reply = await bus.call(
        Message(
            destination=NAME,
            path=PATH,
            interface=INTERFACE,
            member=member,
            signature=signature,
            body=[options(one) for one in body],
            flags=MessageFlag.NO_AUTOSTART,
        )
    )
    if reply is None or reply.message_type is MessageType.ERROR:
        print(reply.error_name if reply else "no reply", *(reply.body if reply else ()))  # noqa: T201
        return 1
    if awaited:
        reply = await asyncio.wait_for(heard.get(), SECONDS)
    print(json.dumps(plain(reply.body)))  # noqa: T201
    return 0


if __name__ == "__main__":
    asked, form, values, *waited = sys.argv[1:]
    sys.exit(asyncio.run(ask(asked, form, json.loads(values), waited[0] if waited else "")))
