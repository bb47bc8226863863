"""Whether something keeps the desktop from becoming idle: a film, a talk, a download.

GNOME, MATE and Cinnamon tell by their session manager, Plasma and Xfce by the power management's
interface, and logind of what asks it alone.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from dbus_fast import Message, MessageType

from daemon.dbus.connection import Bus
from daemon.errors import BusError

_IDLE_FLAG = 8
"""Of org.gnome.SessionManager: "inhibit the session being marked as idle"."""
_log = logging.getLogger(__name__)

Connect = Callable[[], Awaitable[Bus]]
Hear = Callable[[bool], None]


@dataclass(frozen=True, slots=True)
class _Kind:
    """Who knows: its name, object and interface, what it tells, and what it is asked then."""

    name: str
    path: str
    interface: str
    signals: tuple[str, ...]
    method: str
    signature: str = ""
    arguments: tuple[int | str, ...] = ()


SESSION_MANAGER = _Kind(
    "org.gnome.SessionManager",
    "/org/gnome/SessionManager",
    "org.gnome.SessionManager",
    ("InhibitorAdded", "InhibitorRemoved"),
    "IsInhibited",
    "u",
    (_IDLE_FLAG,),
)
POWER_MANAGEMENT = _Kind(
    "org.freedesktop.PowerManagement.Inhibit",
    "/org/freedesktop/PowerManagement/Inhibit",
    "org.freedesktop.PowerManagement.Inhibit",
    ("HasInhibitChanged",),
    "HasInhibit",
)
LOGIND = _Kind(
    "org.freedesktop.login1",
    "/org/freedesktop/login1",
    "org.freedesktop.DBus.Properties",
    ("PropertiesChanged",),
    "Get",
    "ss",
    ("org.freedesktop.login1.Manager", "BlockInhibited"),
)


class Inhibitors:
    """Follows all of them; `hear` is told whether any inhibits, where that changes."""

    def __init__(self, session: Connect, system: Connect, hear: Hear) -> None:
        self._buses = (
            (session, (SESSION_MANAGER, POWER_MANAGEMENT)),
            (system, (LOGIND,)),
        )
        self._hear = hear
        self._known: dict[str, bool] = {}
        self._told = False

    async def run(self) -> None:
        """Follows until it is cancelled. Never raises anything else."""
        await asyncio.gather(*(self._follow(connect, kinds) for connect, kinds in self._buses))

    async def _follow(self, connect: Connect, kinds: tuple[_Kind, ...]) -> None:
        try:
            bus = await connect()
        except BusError as error:
            _log.debug("inhibitors are not followed: %s", error)
            return
        with contextlib.closing(bus):
            changed = asyncio.Queue[_Kind]()
            bus.listen(lambda message: _take(message, kinds, changed))
            try:
                for kind in kinds:
                    await bus.match(
                        f"type='signal',interface='{kind.interface}',path='{kind.path}'"
                    )
                    # One that ends, or comes back, has told nobody that it inhibits no more.
                    await bus.follow_owner(kind.name, partial(_owned, kind, changed))
                    changed.put_nowait(kind)
            except BusError as error:
                _log.debug("inhibitors are not followed: %s", error)
                return
            while True:
                kind = await changed.get()
                self._tell(kind, inhibited=await _asked(bus, kind))

    def _tell(self, kind: _Kind, *, inhibited: bool) -> None:
        self._known[kind.name] = inhibited
        now = any(self._known.values())
        if now is not self._told:
            self._told = now
            self._hear(now)


def _take(message: Message, kinds: tuple[_Kind, ...], changed: "asyncio.Queue[_Kind]") -> bool:
    # Whoever sends it: it is a reason to ask, and nothing is believed.
    if message.message_type is MessageType.SIGNAL:
        for kind in kinds:
            if message.path == kind.path and message.member in kind.signals:
                changed.put_nowait(kind)
    return False


def _owned(kind: _Kind, changed: "asyncio.Queue[_Kind]", _owner: str) -> None:
    changed.put_nowait(kind)


async def _asked(bus: Bus, kind: _Kind) -> bool:
    if not await bus.owner(kind.name):
        return False
    try:
        reply = await bus.call(
            kind.name,
            kind.path,
            kind.interface,
            kind.method,
            signature=kind.signature,
            body=kind.arguments,
        )
    except BusError as error:
        _log.debug("%s does not say what it inhibits: %s", kind.name, error)
        return False
    value = getattr(reply.body[0], "value", reply.body[0]) if reply.body else False
    return value is True or (isinstance(value, str) and "idle" in value.split(":"))
