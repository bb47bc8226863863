"""The daemon as a client sees it: blocking calls and signals, nothing more.

Imports neither OpenCV nor a model runtime nor NumPy.
"""

import asyncio
import os
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from dbus_fast import Message, MessageFlag, MessageType, Variant

from daemon import api
from daemon.api import Error
from daemon.dbus.connection import Bus
from daemon.errors import BusError
from models.errors import FacelatchError

_T = TypeVar("_T")

_CALL_SECONDS = 150.0
"""A method may wait for a person who types a password."""


class DaemonError(FacelatchError):
    """The daemon said no. `error` is its word, None where it is not one of the contract's."""

    def __init__(self, message: str, error: Error | None) -> None:
        super().__init__(message)
        self.error = error


class NoDaemonError(FacelatchError):
    """There is no daemon on the bus, or no bus."""

    def __init__(self, problem: str = "the Facelatch daemon is not running") -> None:
        super().__init__(problem, "run: sudo systemctl start facelatch")


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal that the daemon sent to this client."""

    name: str
    values: tuple[Any, ...]


class Client:
    """One connection, used as a context manager. Raises NoDaemonError where there is no bus."""

    def __init__(self, address: str | None = None) -> None:
        self._loop = asyncio.new_event_loop()
        self._heard: deque[Heard] = deque()
        self._arrived = asyncio.Event()
        self._owner = ""
        try:
            self._bus = self._run(self._connect(address or bus_address()))
        except BusError as error:
            self._loop.close()
            raise NoDaemonError(str(error)) from None

    @property
    def running(self) -> bool:
        """Whether a daemon is on the bus."""
        return bool(self._owner)

    def call(self, member: str, *arguments: Any, seconds: float = _CALL_SECONDS) -> Any:
        """What a method of the contract gives: None, one value, or a tuple of several.

        Options are a plain dictionary. Raises DaemonError, NoDaemonError.
        """
        return self._run(self._call(member, arguments, seconds))

    def property(self, name: str) -> Any:
        """The value of a property of the contract; raises NoDaemonError."""
        try:
            return self._run(self._bus.get(api.BUS_NAME, api.OBJECT_PATH, api.INTERFACE_NAME, name))
        except BusError as error:
            raise _explained(error) from None

    def signals(self, *, seconds: float) -> Iterator[Heard]:
        """Signals as they come, for `seconds` at most. Raises NoDaemonError where it has gone."""
        deadline = self._loop.time() + seconds
        while True:
            while self._heard:
                yield self._heard.popleft()
            left = deadline - self._loop.time()
            if left <= 0:
                return
            if not self._owner:
                raise NoDaemonError("the Facelatch daemon has ended")
            self._run(self._wait(left))

    def close(self) -> None:
        """Leaves the bus: what was asked for ends."""
        if not self._loop.is_closed():
            self._bus.close()
            self._run(asyncio.sleep(0))
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    async def _connect(self, address: str) -> Bus:
        bus = await Bus.connect(address)
        bus.listen(self._hear)
        self._owner = await bus.follow_owner(api.BUS_NAME, self._owned_by)
        return bus

    def _owned_by(self, owner: str) -> None:
        self._owner = owner
        self._arrived.set()

    async def _call(self, member: str, arguments: tuple[Any, ...], seconds: float) -> Any:
        return await ask(self._bus, member, arguments, seconds=seconds)

    async def _wait(self, seconds: float) -> None:
        self._arrived.clear()
        try:
            await asyncio.wait_for(self._arrived.wait(), seconds)
        except TimeoutError:
            return

    def _hear(self, message: Message) -> bool:
        # Anybody may send a signal of this name: only the daemon's own count.
        if (
            message.message_type is MessageType.SIGNAL
            and message.interface == api.INTERFACE_NAME
            and message.sender == self._owner
        ):
            values = tuple(plain(value) for value in message.body)
            self._heard.append(Heard(str(message.member), values))
            self._arrived.set()
        return False


def stop_request(client: Client, method: str, number: int) -> None:
    """Ends an attempt (StopVerify) or an enrolment (StopEnrol), unless it has ended already."""
    try:
        client.call(method, number)
    except DaemonError as error:
        if error.error is not api.Error.NO_SUCH_REQUEST:
            raise


def bus_address() -> str:
    """The bus on which the daemon is: the system's, unless FACELATCH_BUS names another."""
    return os.environ.get("FACELATCH_BUS", "system")


def running() -> bool:
    """Whether a daemon is on the bus, without starting one."""
    try:
        with Client() as client:
            return client.running
    except NoDaemonError:
        return False


async def ask(
    bus: Bus,
    member: str,
    arguments: tuple[Any, ...] = (),
    *,
    seconds: float = _CALL_SECONDS,
    flags: MessageFlag = MessageFlag.ALLOW_INTERACTIVE_AUTHORIZATION,
) -> Any:
    """What a method of the contract gives: None, one value, or a tuple of several.

    By its default flag the person is there, and may be asked for a password. Raises DaemonError,
    NoDaemonError.
    """
    message = _message(member, arguments, flags)
    try:
        reply = await asyncio.wait_for(bus.connection.call(message), seconds)
    except TimeoutError:
        raise NoDaemonError("the Facelatch daemon does not answer") from None
    except (OSError, EOFError) as error:
        raise NoDaemonError(f"the bus has gone: {error}") from None
    if reply.message_type is MessageType.ERROR:
        text = str(reply.body[0]) if reply.body else ""
        raise _explained(BusError(text, name=reply.error_name or ""))
    return _result(reply)


def _message(member: str, arguments: tuple[Any, ...], flags: MessageFlag) -> Message:
    shape = api.INTERFACE.method(member)
    pairs = zip(shape.inputs, arguments, strict=True)
    return Message(
        destination=api.BUS_NAME,
        path=api.OBJECT_PATH,
        interface=api.INTERFACE_NAME,
        member=member,
        signature=shape.input_signature,
        body=[_packed(argument, value) for argument, value in pairs],
        flags=flags,
    )


def _packed(argument: api.Argument, value: Any) -> Any:
    if argument.keys is None:
        return value
    return {name: Variant(argument.keys[name].signature, one) for name, one in value.items()}


def _result(reply: Message) -> Any:
    values = tuple(plain(value) for value in reply.body)
    if reply.signature == "h":
        return reply.unix_fds[values[0]]
    return values[0] if len(values) == 1 else values or None


def plain(value: Any) -> Any:
    """A value without the library's variants, however deep."""
    if isinstance(value, Variant):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(plain(one) for one in value)
    return value


_GONE = frozenset(
    {
        "org.freedesktop.DBus.Error.ServiceUnknown",
        "org.freedesktop.DBus.Error.NameHasNoOwner",
        "org.freedesktop.DBus.Error.NoReply",
    }
)


def _explained(error: BusError) -> FacelatchError:
    if error.name in _GONE:
        return NoDaemonError()
    return DaemonError(error.message, api.error_of(error.name))
