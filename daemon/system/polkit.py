"""Whether a caller may do something, as polkit decides.

polkit's interface is described in its reference manual, org.freedesktop.PolicyKit1.Authority.
"""

import asyncio
import itertools
from typing import Protocol

from dbus_fast import Message, Variant

from daemon.dbus.connection import Bus
from daemon.dbus.peer import Caller
from daemon.errors import BusError

_POLKIT = "org.freedesktop.PolicyKit1"
_PATH = "/org/freedesktop/PolicyKit1/Authority"
_INTERFACE = _POLKIT + ".Authority"
_ALLOW_USER_INTERACTION = 1
_DIALOGUE_SECONDS = 120.0
"""A person may have to find the password before typing it."""


class Authority(Protocol):
    """What decides who may do what."""

    async def allows(self, caller: Caller, action: str, *, interactive: bool) -> bool:
        """Whether the caller may do `action`; a doubt is a no. Never raises."""
        ...


class Polkit:
    """The real polkit."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._numbers = itertools.count(1)

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
