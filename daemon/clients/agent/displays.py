"""Whether a display of the session is on: asked of whoever knows it here, and told as it changes.
The same is who switches them on, where the person wants that.

Wayland compositors of wlroots and KWin tell over their own protocols, GNOME's Mutter over the
session bus, an X server when asked. Where it cannot be known any more, displays count as on.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from dbus_fast import Message, MessageType, Variant

from daemon.clients.agent import desktop_parts
from daemon.dbus.connection import Bus, plain
from daemon.errors import BusError

MUTTER = "org.gnome.Mutter.DisplayConfig"
_MUTTER_PATH = "/org/gnome/Mutter/DisplayConfig"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_MUTTER_ON = 0
"""PowerSaveMode: 0 on, 1 standby, 2 suspend, 3 off, -1 where there is no such thing."""
_log = logging.getLogger(__name__)

Hear = Callable[[bool], None]
Follow = Callable[[Hear], Awaitable[bool]]
"""Follows to the end whoever knows; False where nobody of that kind is here."""


def kinds(wanted: asyncio.Event, wake: asyncio.Event) -> tuple[Follow, ...]:
    """Whoever may know here, the best first. `wanted` is set while a screen is to be asked, `wake`
    to have the displays switched on: whoever did that clears it.

    To be called before other threads begin: it imports, and the tray imports as well what Xlib
    needs, of which one of two threads at once may find the half.
    """
    return (*_wayland(wake), partial(follow_mutter, wake=wake), *_x(wanted, wake))


async def follow(
    hear: Hear, kinds: Sequence[Follow], *, again_seconds: float = desktop_parts.AGAIN_SECONDS
) -> None:
    """Tells `hear` how the displays are and become, until it is cancelled or nobody knows more."""
    last: bool | None = None

    def told(on: bool) -> None:
        nonlocal last
        if on is not last:
            last = on
            hear(on)

    def lost() -> None:
        if last is False:
            told(True)

    followed = [partial(kind, told) for kind in kinds]
    await desktop_parts.follow_first(followed, lost, again_seconds=again_seconds)
    _log.debug("nobody here says whether the displays are on")


def _wayland(wake: asyncio.Event) -> tuple[Follow, ...]:
    """A Wayland compositor that speaks a protocol of its own for this."""
    if not os.environ.get("WAYLAND_DISPLAY"):
        return ()
    try:
        from daemon.clients.agent.wayland_displays import WaylandDisplays
    except ImportError as error:
        _log.warning("Wayland's displays are not followed: %s", error)
        return ()
    return (lambda hear: WaylandDisplays(hear, wake).run(),)


def _x(wanted: asyncio.Event, wake: asyncio.Event) -> tuple[Follow, ...]:
    """An X server, which tells only some of it by itself: asked now and then while `wanted`."""
    if not os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ()
    from daemon.clients.agent.x_displays import XDisplays

    return (lambda hear: XDisplays(hear, wanted, wake).run(),)


async def follow_mutter(hear: Hear, wake: asyncio.Event) -> bool:
    """Follows GNOME's compositor, on Wayland and on X."""
    try:
        bus = await Bus.connect("session")
    except BusError as error:
        _log.debug("Mutter is not asked about displays: %s", error)
        return False
    with contextlib.closing(bus):
        return await _follow_mutter(bus, hear, wake)


async def _follow_mutter(bus: Bus, hear: Hear, wake: asyncio.Event) -> bool:
    gone, told = asyncio.Event(), asyncio.Event()
    try:
        owner = await bus.follow_owner(MUTTER, lambda _: gone.set())
        if not owner:
            return False

        def take(message: Message) -> bool:
            its = message.message_type is MessageType.SIGNAL and message.sender == owner
            if its and message.interface == _PROPERTIES and message.path == _MUTTER_PATH:
                values: dict[str, Any] = plain(message.body[1])
                if "PowerSaveMode" in values:
                    told.set()
                    hear(_is_on(values["PowerSaveMode"]))
            return False

        bus.listen(take)
        await bus.match(f"type='signal',sender='{MUTTER}',interface='{_PROPERTIES}'")
        mode = await bus.get(MUTTER, _MUTTER_PATH, MUTTER, "PowerSaveMode")
        if not told.is_set():  # else the answer is the older one
            hear(_is_on(mode))
    except BusError as error:
        _log.debug("Mutter does not say how the displays are: %s", error)
        return False
    ends = [asyncio.ensure_future(end) for end in (gone.wait(), bus.gone(), _wake(bus, wake))]
    try:
        # Waking never ends by itself.
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
    return True


async def _wake(bus: Bus, wake: asyncio.Event) -> None:
    while True:
        await wake.wait()
        wake.clear()
        body = (MUTTER, "PowerSaveMode", Variant("i", _MUTTER_ON))
        try:
            await bus.call(MUTTER, _MUTTER_PATH, _PROPERTIES, "Set", signature="ssv", body=body)
        except BusError as error:
            _log.warning("the displays are not switched on: %s", error)


def _is_on(mode: object) -> bool:
    return not isinstance(mode, int) or mode <= _MUTTER_ON
