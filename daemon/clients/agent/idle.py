"""Whether the session is used: asked of whoever knows it here, and told as it changes.

Wayland compositors tell by ext-idle-notify, GNOME's Mutter over the session bus, an X server by
alarms on its own counter. Followed only while somebody wants to be locked out on leaving.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from dbus_fast import Message, MessageType

from daemon.clients.agent import desktop_parts
from daemon.dbus.connection import Bus
from daemon.errors import BusError

IDLE_SECONDS = 5.0
"""Without a key or the pointer, from which on a session counts as idle."""
MUTTER = "org.gnome.Mutter.IdleMonitor"
_MUTTER_PATH = "/org/gnome/Mutter/IdleMonitor/Core"
_log = logging.getLogger(__name__)

Hear = Callable[[float | None], None]
"""Is told the seconds without a key, 0 for a session in use, None where nobody can tell."""
Follow = Callable[[Hear], Awaitable[bool]]
"""Follows to the end whoever knows; False where nobody of that kind is here."""


def kinds() -> tuple[Follow, ...]:
    """Whoever may know here, the best first. To be called before other threads begin: see
    `displays.kinds`.
    """
    return (*_wayland(), follow_mutter, *_x())


async def follow(
    hear: Hear, kinds: Sequence[Follow], *, again_seconds: float = desktop_parts.AGAIN_SECONDS
) -> None:
    """Tells `hear` whether the session is used, until it is cancelled or nobody knows more."""
    followed = [partial(kind, hear) for kind in kinds]
    await desktop_parts.follow_first(followed, lambda: hear(None), again_seconds=again_seconds)
    _log.debug("nobody here says whether the session is used: logind's hint is believed")
    hear(None)


def _wayland() -> tuple[Follow, ...]:
    if not os.environ.get("WAYLAND_DISPLAY"):
        return ()
    try:
        from daemon.clients.agent.wayland_idle import WaylandIdle
    except ImportError as error:
        _log.warning("Wayland's idle time is not followed: %s", error)
        return ()
    return (lambda hear: WaylandIdle(hear, IDLE_SECONDS).run(),)


def _x() -> tuple[Follow, ...]:
    if not os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ()
    from daemon.clients.agent.x_idle import XIdle

    return (lambda hear: XIdle(hear, IDLE_SECONDS).run(),)


async def follow_mutter(hear: Hear) -> bool:
    """Follows GNOME's compositor, on Wayland and on X: it tells once for each watch."""
    try:
        bus = await Bus.connect("session")
    except BusError as error:
        _log.debug("Mutter is not asked about idle time: %s", error)
        return False
    with contextlib.closing(bus):
        return await _Mutter(bus, hear).run()


class _Mutter:
    """One watch for the idle time that stays, and one for the next key where it is idle."""

    def __init__(self, bus: Bus, hear: Hear) -> None:
        self._bus = bus
        self._owner = ""
        self._hear = hear
        self._fired: asyncio.Queue[int | None] = asyncio.Queue()

    async def run(self) -> bool:
        self._bus.listen(self._take)
        gone = asyncio.ensure_future(self._end_with_bus())
        try:
            await self._bus.match(f"type='signal',sender='{MUTTER}',interface='{MUTTER}'")
            self._owner = await self._bus.follow_owner(MUTTER, self._owned_by)
            if not self._owner:
                return False
            idle = await self._call("AddIdleWatch", "t", int(IDLE_SECONDS * 1000))
            active = -1
            self._hear(0.0)
            while (watch := await self._fired.get()) is not None:
                if watch == idle:
                    self._hear(IDLE_SECONDS)
                    active = await self._call("AddUserActiveWatch")
                elif watch == active:
                    self._hear(0.0)
        except BusError as error:
            _log.debug("Mutter does not say whether the session is used: %s", error)
            return False
        finally:
            gone.cancel()
        return True

    async def _end_with_bus(self) -> None:
        await self._bus.gone()
        self._fired.put_nowait(None)

    def _owned_by(self, _owner: str) -> None:
        self._fired.put_nowait(None)

    async def _call(self, member: str, signature: str = "", *body: int) -> int:
        reply = await self._bus.call(
            MUTTER, _MUTTER_PATH, MUTTER, member, signature=signature, body=body
        )
        if reply.signature != "u":
            raise BusError(f"{member} of {MUTTER}: no number of a watch")
        return int(reply.body[0])

    def _take(self, message: Message) -> bool:
        told = message.message_type is MessageType.SIGNAL and message.sender == self._owner
        if told and message.member == "WatchFired" and message.signature == "u":
            self._fired.put_nowait(message.body[0])
        return False
