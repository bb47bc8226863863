"""The object on the bus: messages in, calls of the handlers out, and back. Decides nothing.

What is checked here is form: that a method exists, that its arguments have the contract's types
and options its keys. Who may do what is the handlers' to say.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dbus_fast import ErrorType, Message, MessageType, Variant

from daemon import api
from daemon.api import Error
from daemon.dbus.connection import Bus, interactive, is_from_bus, wants_no_reply
from daemon.dbus.peer import Caller
from daemon.dbus.signals import PROPERTIES, packed, unpacked
from daemon.errors import BusError, RefusalError
from daemon.server.call_limits import CallLimits
from daemon.server.properties import Properties
from models.text import printable

_MOST_DESCRIPTORS = 16
"""On their way to clients at once."""

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
    """Translates messages. `limits` says how many at once, `identify` who has a unique name, or
    raises BusError; `fault` is told of every exception that was not meant to be.
    """

    def __init__(
        self,
        bus: Bus,
        handlers: Handlers,
        properties: Properties,
        *,
        limits: CallLimits,
        identify: Identify,
        fault: Fault,
    ) -> None:
        self._bus = bus
        self._handlers = handlers
        self._properties = properties
        self._limits = limits
        self._identify = identify
        self._fault = fault
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._callers: dict[str, Caller] = {}
        self._descriptors = 0

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
            return self._of_another(message)
        answer = self._answer(message)
        if answer is None:
            return False
        self._take(message, answer)
        return True

    def _of_another(self, message: Message) -> bool:
        """Objects of sessions have properties, all others none: the library would write a traceback
        into the journal, for whoever asks nonsense of it and wants no answer.
        """
        if message.interface != PROPERTIES:
            return False
        if str(message.path).startswith(api.SESSION_PATH + "/"):
            self._take(message, lambda payer: self._of_session(message, payer))
            return True
        text = "there is no such object"
        self._reply(message, Message.new_error(message, ErrorType.UNKNOWN_OBJECT, text))
        return True

    def _answer(self, message: Message) -> Callable[["_Payer"], Awaitable[Message]] | None:
        """What will answer, None where the library's own answer will do."""
        if message.interface == "org.freedesktop.DBus.Introspectable":
            return lambda _: _now(Message.new_method_return(message, "s", [_XML]))
        if message.interface == PROPERTIES:
            return lambda _: _now(self._properties.answer(message))
        if message.interface not in (api.INTERFACE_NAME, None):
            return None
        return lambda payer: self._method(message, payer)

    def _take(self, message: Message, answer: Callable[["_Payer"], Awaitable[Message]]) -> None:
        sender = message.sender or ""
        known = self._callers.get(sender)
        payer = _Payer(sender if known is None else known.payer)
        try:
            self._limits.begin(payer.who)
        except RefusalError as refusal:
            self._reply(message, _error(message, refusal.error, str(refusal)))
            return
        task = asyncio.get_running_loop().create_task(self._run(message, answer, payer))
        self._tasks[task] = sender
        task.add_done_callback(lambda done: self._done(done, payer))

    def _done(self, task: asyncio.Task[None], payer: "_Payer") -> None:
        self._tasks.pop(task, None)
        if payer.pays:
            self._limits.end(payer.who)

    async def _run(
        self, message: Message, answer: Callable[["_Payer"], Awaitable[Message]], payer: "_Payer"
    ) -> None:
        try:
            reply = await answer(payer)
        except RefusalError as refusal:
            reply = _error(message, refusal.error, str(refusal))
        except Exception as error:
            self._fault(f"{message.member} failed", error)
            reply = _error(message, Error.INTERNAL, "a fault of the service; its journal says more")
        self._reply(message, reply)

    async def _of_session(self, message: Message, payer: "_Payer") -> Message:
        caller = await self._caller(message.sender or "")
        self._pay(payer, caller.payer)
        return self._properties.of_session(message, caller.uid)

    async def _method(self, message: Message, payer: "_Payer") -> Message:
        try:
            shape = api.INTERFACE.method(str(message.member))
        except KeyError:
            text = f"there is no method {message.member}"
            return Message.new_error(message, ErrorType.UNKNOWN_METHOD, text)
        _check_inputs(shape, message)
        arguments = [unpacked(value) for value in message.body]
        if any(one.signature == "h" for one in shape.outputs):
            self._check_descriptors()
        caller = await self._caller(message.sender or "")
        self._pay(payer, caller.payer)
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
        self._keep(name, caller)
        # It left while the bus was asked about it: nobody would tell us again.
        if asyncio.current_task() not in self._tasks:
            self._forget(name)
        return caller

    def _keep(self, name: str, caller: Caller) -> None:
        if name in self._callers:
            # Two calls at once: the other one was faster.
            _close(self._callers[name])
        else:
            try:
                self._limits.caller_came(caller.payer)
            except RefusalError:
                _close(caller)
                raise
        self._callers[name] = caller

    def _pay(self, payer: "_Payer", who: int | str) -> None:
        """From now on the call is its user's; raises TOO_MANY_REQUESTS."""
        if payer.who == who:
            return
        self._limits.end(payer.who)
        payer.pays = False
        self._limits.begin(who)
        payer.who, payer.pays = who, True

    def _check_descriptors(self) -> None:
        if self._descriptors >= _MOST_DESCRIPTORS:
            raise RefusalError(Error.TOO_MANY_REQUESTS, "too many descriptors are on their way")

    def _forget(self, name: str) -> None:
        caller = self._callers.pop(name, None)
        if caller is not None:
            self._limits.caller_left(caller.payer)
            _close(caller)

    def _reply(self, message: Message, reply: Message) -> None:
        # The bus may be slow to read: a descriptor is closed only when it has been sent, else
        # another file of that number would be.
        descriptors = list(reply.unix_fds)
        self._descriptors += len(descriptors)
        if wants_no_reply(message):
            self._sent(descriptors)
        else:
            self._bus.send(reply, lambda: self._sent(descriptors))

    def _sent(self, descriptors: list[int]) -> None:
        self._descriptors -= len(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)

    def _gone(self, name: str) -> None:
        self._forget(name)
        for task, sender in list(self._tasks.items()):
            if sender == name:
                task.cancel()
        self._handlers.client_gone(name)


@dataclass(eq=False)
class _Payer:
    """Who a call counts for, and whether it does just now."""

    who: int | str
    pays: bool = True


_XML = api.introspection_xml()


def _close(caller: Caller) -> None:
    if caller.process is not None:
        caller.process.close()


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
