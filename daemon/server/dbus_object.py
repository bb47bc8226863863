"""The object on the bus: messages in, calls of the handlers out, and back. Decides nothing.

What is checked here is form: that a method exists, that its arguments have the contract's types
and options its keys. Who may do what is the handlers' to say.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from dbus_fast import ErrorType, Message, MessageType, Variant

from daemon import api
from daemon.api import Error
from daemon.dbus.connection import Bus, interactive, is_from_bus, wants_no_reply
from daemon.dbus.peer import Caller
from daemon.dbus.signals import PROPERTIES, packed, unpacked
from daemon.errors import BusError, RefusalError
from daemon.server.properties import Properties
from models.text import printable

_MOST_CALLS = 256
"""Calls being answered at once; a flood beyond it is told so."""
_MOST_CALLS_EACH = 32

Fault = Callable[[str, BaseException], None]


Identify = Callable[[str], Awaitable[Caller]]


class Handlers(Protocol):
    """What answers. Each method raises RefusalError; anything else is a fault of ours."""

    async def call(
        self, caller: Caller, member: str, arguments: Sequence[Any], *, interactive: bool
    ) -> Sequence[Any]:
        """The outputs of a method of the contract, as plain values; a file descriptor as an int,
        which is the receiver's to close.
        """
        ...

    def client_gone(self, name: str) -> None:
        """The client of this unique name has left the bus."""
        ...


class Service:
    """Translates messages. `identify` says who has a unique name, or raises BusError; `fault` is
    told of every exception that was not meant to be.
    """

    def __init__(
        self,
        bus: Bus,
        handlers: Handlers,
        properties: Properties,
        *,
        identify: Identify,
        fault: Fault,
    ) -> None:
        self._bus = bus
        self._handlers = handlers
        self._properties = properties
        self._identify = identify
        self._fault = fault
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._callers: dict[str, Caller] = {}

    async def start(self) -> None:
        """Answers from now on, under the contract's name; raises BusError."""
        self._bus.listen(self._heard)
        await self._bus.match(
            "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"
        )
        self._properties.start()
        await self._bus.own(api.BUS_NAME)

    def stop(self) -> None:
        """Drops what is still being answered."""
        for task in list(self._tasks):
            task.cancel()

    def _heard(self, message: Message) -> bool:
        if is_from_bus(message, "NameOwnerChanged"):
            name, _, owner = message.body
            if name.startswith(":") and not owner:
                self._gone(name)
            return False
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        # The library itself tells viewers what lies above our path.
        if message.path != api.OBJECT_PATH:
            return False
        answer = self._answer(message)
        if answer is None:
            return False
        self._take(message, answer)
        return True

    def _answer(self, message: Message) -> Callable[[], Awaitable[Message]] | None:
        """What will answer, None where the library's own answer will do."""
        if message.interface == "org.freedesktop.DBus.Introspectable":
            return lambda: _now(Message.new_method_return(message, "s", [_XML]))
        if message.interface == PROPERTIES:
            return lambda: _now(self._properties.answer(message))
        if message.interface not in (api.INTERFACE_NAME, None):
            return None
        return lambda: self._method(message)

    def _take(self, message: Message, answer: Callable[[], Awaitable[Message]]) -> None:
        sender = message.sender or ""
        mine = sum(name == sender for name in self._tasks.values())
        if len(self._tasks) >= _MOST_CALLS or mine >= _MOST_CALLS_EACH:
            self._reply(message, _error(message, Error.TOO_MANY_REQUESTS, "too many calls at once"))
            return
        task = asyncio.get_running_loop().create_task(self._run(message, answer))
        self._tasks[task] = sender
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _run(self, message: Message, answer: Callable[[], Awaitable[Message]]) -> None:
        try:
            reply = await answer()
        except RefusalError as refusal:
            reply = _error(message, refusal.error, str(refusal))
        except Exception as error:
            self._fault(f"{message.member} failed", error)
            reply = _error(message, Error.INTERNAL, "a fault of the service; its journal says more")
        self._reply(message, reply)

    async def _method(self, message: Message) -> Message:
        try:
            shape = api.INTERFACE.method(str(message.member))
        except KeyError:
            text = f"there is no method {message.member}"
            return Message.new_error(message, ErrorType.UNKNOWN_METHOD, text)
        _check_inputs(shape, message)
        arguments = [unpacked(value) for value in message.body]
        caller = await self._caller(message.sender or "")
        outputs = await self._handlers.call(
            caller, shape.name, arguments, interactive=interactive(message)
        )
        return _returned(message, shape, outputs)

    async def _caller(self, name: str) -> Caller:
        """Who asks. A unique name never changes hands, so that once is enough."""
        known = self._callers.get(name)
        if known is not None:
            return known
        try:
            caller = await self._identify(name)
        except BusError as error:
            raise RefusalError(Error.NOT_PERMITTED, "nobody knows who asks") from error
        self._callers[name] = caller
        # It left while the bus was asked about it: nobody would tell us again.
        if asyncio.current_task() not in self._tasks:
            self._forget(name)
        return caller

    def _forget(self, name: str) -> None:
        caller = self._callers.pop(name, None)
        if caller is not None and caller.process is not None:
            caller.process.close()

    def _reply(self, message: Message, reply: Message) -> None:
        if not wants_no_reply(message):
            self._bus.send(reply)
        for descriptor in reply.unix_fds:
            # The library sends on its own time: a copy is closed only when it has.
            asyncio.get_running_loop().call_later(_SENDING_SECONDS, os.close, descriptor)

    def _gone(self, name: str) -> None:
        self._forget(name)
        for task, sender in list(self._tasks.items()):
            if sender == name:
                task.cancel()
        self._handlers.client_gone(name)


_SENDING_SECONDS = 1.0
_XML = api.introspection_xml()


async def _now(message: Message) -> Message:
    return message


def _check_inputs(shape: api.Method, message: Message) -> None:
    if message.signature != shape.input_signature:
        raise RefusalError(
            Error.INVALID_ARGUMENTS,
            f"{shape.name} takes ({shape.input_signature}), not ({message.signature})",
        )
    for argument, value in zip(shape.inputs, message.body, strict=True):
        if argument.keys is not None:
            _check_keys(argument.keys, value)


def _check_keys(keys: api.Keys, values: Mapping[str, Variant]) -> None:
    for name, value in values.items():
        key = keys.get(name)
        if key is None:
            known = ", ".join(keys)
            text = f"there is no option {_short(name)}"
            raise RefusalError(Error.INVALID_ARGUMENTS, text, f"one of: {known}")
        if value.signature != key.signature:
            text = f"option {name} has the type {key.signature}, not {_short(value.signature)}"
            raise RefusalError(Error.INVALID_ARGUMENTS, text)


def _returned(message: Message, shape: api.Method, outputs: Sequence[Any]) -> Message:
    values = [
        packed(argument, value) for argument, value in zip(shape.outputs, outputs, strict=True)
    ]
    descriptors = []
    for index, argument in enumerate(shape.outputs):
        if argument.signature == "h":
            descriptors.append(values[index])
            values[index] = len(descriptors) - 1
    return Message.new_method_return(message, shape.output_signature, values, descriptors)


def _error(message: Message, error: Error, text: str) -> Message:
    return Message.new_error(message, error.bus_name, printable(text))


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")
