"""Who asks, and whether they may: the caller's identity from the bus, the answer from polkit.

polkit's interface is described in its reference manual, org.freedesktop.PolicyKit1.Authority.
"""

import asyncio
import itertools
import os
import select
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dbus_fast import Message, Variant

from daemon.dbus.connection import Bus
from daemon.errors import BusError

_POLKIT = "org.freedesktop.PolicyKit1"
_PATH = "/org/freedesktop/PolicyKit1/Authority"
_INTERFACE = _POLKIT + ".Authority"
_ALLOW_USER_INTERACTION = 1
_DIALOGUE_SECONDS = 120.0
"""A person who types a password, and looks for it first."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a message. `name` is the unique name on the bus; both numbers are the bus's word.

    `process` holds on to what `pid` meant then; None where the kernel does not let us.
    """

    name: str
    uid: int
    pid: int
    process: "Process | None" = None

    @property
    def gone(self) -> bool:
        """Whether the process that connected has ended, so that another may have its number."""
        return self.process is not None and self.process.ended


class Process:
    """A process by descriptor, which no other takes over as it may a number."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._open = True

    @property
    def ended(self) -> bool:
        """Whether it has ended; also once closed."""
        return not self._open or bool(select.select([self._descriptor], [], [], 0)[0])

    def close(self) -> None:
        """Lets go of it."""
        if self._open:
            self._open = False
            os.close(self._descriptor)


class Authority(Protocol):
    """What decides who may do what."""

    async def caller(self, name: str) -> Caller:
        """Who has the unique name `name`; raises BusError where that has gone."""
        ...

    async def allows(self, caller: Caller, action: str, *, interactive: bool) -> bool:
        """Whether the caller may do `action`; a doubt is a no. Never raises."""
        ...


class Polkit:
    """The real polkit."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._numbers = itertools.count(1)

    async def caller(self, name: str) -> Caller:
        """Who has the unique name `name`; raises BusError where that has gone."""
        reply = await self._bus.of_bus("GetConnectionCredentials", "s", [name])
        found = {key: value.value for key, value in reply.body[0].items()}
        uid, pid = found.get("UnixUserID"), found.get("ProcessID", 0)
        if not isinstance(uid, int) or not isinstance(pid, int):
            raise BusError("the bus does not say who asks")
        return Caller(name, uid, pid, _process(pid, found.get("ProcessFD"), reply.unix_fds))

    async def allows(self, caller: Caller, action: str, *, interactive: bool) -> bool:
        """Whether polkit says yes; with `interactive` it may ask the person for a password."""
        cancellation = f"facelatch-{next(self._numbers)}"
        subject = ["system-bus-name", {"name": Variant("s", caller.name)}]
        flags = _ALLOW_USER_INTERACTION if interactive else 0
        try:
            reply = await self._ask([subject, action, {}, flags, cancellation])
        except BusError:
            return False
        except asyncio.CancelledError:
            self._cancel(cancellation)
            raise
        return reply.signature == "(bba{ss})" and reply.body[0][0] is True

    async def _ask(self, body: list[object]) -> Message:
        return await self._bus.call(
            _POLKIT,
            _PATH,
            _INTERFACE,
            "CheckAuthorization",
            signature="(sa{sv})sa{ss}us",
            body=body,
            seconds=_DIALOGUE_SECONDS,
        )

    def _cancel(self, cancellation: str) -> None:
        """The one who asked has gone: takes the dialogue off the screen."""
        self._bus.send(
            Message(
                destination=_POLKIT,
                path=_PATH,
                interface=_INTERFACE,
                member="CancelCheckAuthorization",
                signature="s",
                body=[cancellation],
            )
        )


def _process(pid: int, index: object, descriptors: Sequence[int]) -> Process | None:
    """The process that connected: as the bus holds it, else as its number is taken now."""
    if isinstance(index, int) and 0 <= index < len(descriptors):
        return Process(descriptors[index])
    try:
        return Process(os.pidfd_open(pid)) if pid else None
    except ProcessLookupError:
        raise BusError("the process that asks has ended") from None
    except OSError:
        return None
