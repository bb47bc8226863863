"""A connection to a message bus: addresses, calls that end in time, and who owns a name."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from typing import Any

from dbus_fast import BusType, DBusError, Message, MessageFlag, MessageType, NameFlag
from dbus_fast.aio import MessageBus

from daemon.dbus.message_bus import PatientMessageBus
from daemon.errors import BusError

CALL_SECONDS = 10.0
_CONNECT_SECONDS = 10.0
_DBUS = "org.freedesktop.DBus"
_DBUS_PATH = "/org/freedesktop/DBus"

Handler = Callable[[Message], bool]
"""Takes a message; True where it was meant for the handler and is done with."""


class Bus:
    """One connection. Every failure is BusError, one line."""

    def __init__(self, connection: MessageBus) -> None:
        self.connection = connection

    @classmethod
    async def connect(cls, address: str) -> "Bus":
        """Connects to "system", "session" or an address such as "unix:path=/run/bus"."""
        named = {"system": BusType.SYSTEM, "session": BusType.SESSION}
        try:
            if address in named:
                bus = PatientMessageBus(bus_type=named[address], negotiate_unix_fd=True)
            else:
                bus = PatientMessageBus(bus_address=address, negotiate_unix_fd=True)
            await asyncio.wait_for(bus.connect(), _CONNECT_SECONDS)
        except Exception as error:
            raise BusError(f"cannot reach the {_called(address)}: {_words(error)}") from error
        bus.add_message_handler(_close_descriptors)
        return cls(bus)

    async def own(self, name: str) -> None:
        """Takes `name`; raises BusError where another has it, or the bus does not let us."""
        try:
            # PRIMARY_OWNER is 1, ALREADY_OWNER is 4; anything else is a queue or a refusal.
            reply = await self.connection.request_name(name, NameFlag.DO_NOT_QUEUE)
        except Exception as error:
            raise BusError(f"cannot own {name}: {_words(error)}", _POLICY) from error
        if reply.value not in (1, 4):
            raise BusError(f"{name} is taken: another daemon is running")

    async def call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        *,
        signature: str = "",
        body: Sequence[Any] = (),
        seconds: float = CALL_SECONDS,
    ) -> Message:
        """The reply of a method; raises BusError for an error or none in time."""
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        try:
            reply = await asyncio.wait_for(self.connection.call(message), seconds)
        except TimeoutError:
            raise BusError(f"{destination} did not answer {member} in time") from None
        except Exception as error:
            raise BusError(f"{member} of {destination}: {_words(error)}") from error
        if reply.message_type is MessageType.ERROR:
            text = str(reply.body[0]) if reply.body else ""
            raise BusError(f"{destination} refused {member}: {text}", name=reply.error_name or "")
        return reply

    async def get(self, destination: str, path: str, interface: str, name: str) -> Any:
        """The value of one property."""
        reply = await self.call(
            destination,
            path,
            _DBUS + ".Properties",
            "Get",
            signature="ss",
            body=[interface, name],
        )
        return _value(reply.body[0]) if reply.body else None

    async def get_all(self, destination: str, path: str, interface: str) -> dict[str, Any]:
        """The values of all properties of an interface."""
        reply = await self.call(
            destination,
            path,
            _DBUS + ".Properties",
            "GetAll",
            signature="s",
            body=[interface],
        )
        return plain(reply.body[0])

    async def owner(self, name: str) -> str:
        """The unique name that owns `name`, "" where nobody does."""
        try:
            reply = await self.of_bus("GetNameOwner", "s", [name])
        except BusError:
            return ""
        return str(reply.body[0])

    async def follow_owner(self, name: str, changed: Callable[[str], None]) -> str:
        """The owner of `name` at the return, "" for nobody; `changed` is called with each new one.

        Raises BusError.
        """
        told: list[str] = []

        def take(message: Message) -> bool:
            if is_from_bus(message, "NameOwnerChanged") and message.body[0] == name:
                told.append(str(message.body[2]))
                changed(told[-1])
            return False

        self.listen(take)
        rule = f"type='signal',sender='{_DBUS}',member='NameOwnerChanged',arg0='{name}'"
        await self.match(rule)
        asked = await self.owner(name)
        # A signal that came with the reply was heard at once, before we go on here: it is newer.
        return told[-1] if told else asked

    async def of_bus(self, member: str, signature: str = "", body: Sequence[Any] = ()) -> Message:
        """A method of the bus itself."""
        return await self.call(_DBUS, _DBUS_PATH, _DBUS, member, signature=signature, body=body)

    async def match(self, rule: str) -> None:
        """Asks to be sent what `rule` describes."""
        await self.of_bus("AddMatch", "s", [rule])

    def listen(self, handler: Handler) -> None:
        """Calls `handler` with every message that arrives."""
        self.connection.add_message_handler(handler)

    def send(self, message: Message, sent: Callable[[], None] | None = None) -> None:
        """Sends without waiting. A receiver that has gone, or a bus that has, is nobody's fault.

        `sent` is called once the message has been written or cannot be; never if the connection
        ends while others wait before it.
        """
        try:
            future = self.connection.send(message)
        except Exception:
            if sent is not None:
                sent()
            return
        future.add_done_callback(_forget)
        if sent is not None:
            future.add_done_callback(lambda _: sent())

    async def gone(self) -> None:
        """Returns when the connection has ended."""
        with contextlib.suppress(Exception):
            await self.connection.wait_for_disconnect()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Leaves the bus."""
        with contextlib.suppress(Exception):
            self.connection.disconnect()


def is_from_bus(message: Message, member: str) -> bool:
    """Whether this is a signal of the bus itself; nobody else can send under that name."""
    return (
        message.message_type is MessageType.SIGNAL
        and message.sender == _DBUS
        and message.interface == _DBUS
        and message.member == member
    )


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """A dictionary a{sv} without its variants."""
    return {name: _value(value) for name, value in values.items()}


def wants_no_reply(message: Message) -> bool:
    """Whether the caller does not listen for the answer."""
    return bool(message.flags & MessageFlag.NO_REPLY_EXPECTED)


def interactive(message: Message) -> bool:
    """Whether the caller has somebody who can type a password."""
    return bool(message.flags & MessageFlag.ALLOW_INTERACTIVE_AUTHORIZATION)


_POLICY = "is the bus policy of systemd/ installed, and do you run as the user it names?"


def _value(value: Any) -> Any:
    return value.value if hasattr(value, "signature") else value


def _called(address: str) -> str:
    return f"{address} bus" if address in ("system", "session") else f"bus at {address}"


def _words(error: BaseException) -> str:
    if isinstance(error, DBusError):
        return str(error.text)
    return str(error) or type(error).__name__


def _close_descriptors(message: Message) -> bool:
    """Nobody is asked for open files; whoever sends them would fill our table of them."""
    if message.message_type is not MessageType.METHOD_RETURN:
        for descriptor in message.unix_fds:
            with contextlib.suppress(OSError):
                os.close(descriptor)
    return False


def _forget(future: "asyncio.Future[Any]") -> None:
    if not future.cancelled():
        future.exception()
