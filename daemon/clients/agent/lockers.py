"""Tells logind that the session is locked, for screen savers that tell nobody but the session bus.

MATE's, Cinnamon's and Xfce's say `ActiveChanged` and leave logind's LockedHint as it was, so that
nobody is watched for after locking by their own key. A hint is the session's own to set.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from dbus_fast import Message, MessageType

from daemon.clients.agent.messages import BringUp, LockSession
from daemon.dbus.connection import Bus
from daemon.errors import BusError

NAMES = ("org.mate.ScreenSaver", "org.cinnamon.ScreenSaver", "org.xfce.ScreenSaver")
"""Names on the session bus; each has an interface of the same name."""
_LOGIND = "org.freedesktop.login1"
_ROOT = "/org/freedesktop/login1"
_OWN_SESSION = "/org/freedesktop/login1/session/auto"
"""The session of who asks, or the graphical one of its user: see org.freedesktop.login1(5)."""
_log = logging.getLogger(__name__)

Connect = Callable[[], Awaitable[Bus]]


class LockerHints:
    """Follows the screen savers of `session`; `system` is the bus that logind is on."""

    def __init__(self, session: Connect, system: Connect) -> None:
        self._session = session
        self._system = system
        self._heard: asyncio.Queue[Message] = asyncio.Queue()

    async def run(self) -> None:
        """Follows until the session bus ends, or it is cancelled. Never raises anything else."""
        try:
            bus = await self._session()
        except BusError as error:
            _log.debug("screen savers are not followed: %s", error)
            return
        with contextlib.closing(bus):
            try:
                await self._follow(bus)
            except BusError as error:
                _log.debug("screen savers are not followed: %s", error)

    async def _follow(self, bus: Bus) -> None:
        bus.listen(self._take)
        for name in NAMES:
            await bus.match(f"type='signal',interface='{name}',member='ActiveChanged'")
        for name in NAMES:
            if await self._is_active(bus, name):
                await self.hint(True)
        gone = asyncio.ensure_future(bus.gone())
        try:
            while not gone.done():
                heard = asyncio.ensure_future(self._heard.get())
                await asyncio.wait((heard, gone), return_when=asyncio.FIRST_COMPLETED)
                if heard.done():
                    await self._changed(bus, heard.result())
                else:
                    heard.cancel()
        finally:
            gone.cancel()

    def _take(self, message: Message) -> bool:
        is_change = message.message_type is MessageType.SIGNAL and message.interface in NAMES
        if is_change and message.member == "ActiveChanged" and message.signature == "b":
            self._heard.put_nowait(message)
        return False

    async def _changed(self, bus: Bus, message: Message) -> None:
        # Anybody on the session bus may send a signal of this name.
        if message.sender == await bus.owner(str(message.interface)):
            await self.hint(bool(message.body[0]))

    async def _is_active(self, bus: Bus, name: str) -> bool:
        if not await bus.owner(name):
            return False
        path = "/" + name.replace(".", "/")
        try:
            reply = await bus.call(name, path, name, "GetActive")
        except BusError as error:
            _log.debug("%s does not say whether it is active: %s", name, error)
            return False
        return reply.body == [True]

    async def ask(self, effect: LockSession | BringUp) -> None:
        """Asks logind to lock a session of the person's own, which takes no right, or to bring
        another to the screen, which whoever is on the screen may.
        """
        member = "LockSession" if isinstance(effect, LockSession) else "ActivateSession"
        try:
            await self._ask_logind(_ROOT, "Manager", member, "s", effect.session)
        except BusError as error:
            _log.warning("logind was asked for %s: %s", member, error)

    async def hint(self, locked: bool) -> None:
        """Tells logind whether the session is locked."""
        try:
            await self._ask_logind(_OWN_SESSION, "Session", "SetLockedHint", "b", locked)
        except BusError as error:
            _log.warning("logind was not told of the lock: %s", error)

    async def _ask_logind(
        self, path: str, kind: str, member: str, signature: str, value: str | bool
    ) -> None:
        system = await self._system()
        with contextlib.closing(system):
            await system.call(
                _LOGIND, path, f"{_LOGIND}.{kind}", member, signature=signature, body=[value]
            )
