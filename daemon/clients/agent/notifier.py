"""Notifications through the desktop's service, on the session bus.

See the Desktop Notifications Specification, 1.2. A service that is not there, that restarts or
that never answers costs a notification and nothing else.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from dbus_fast import Message, MessageType, Variant

from daemon.clients.agent.icons import drawing
from daemon.clients.agent.interfaces import LogNotifier, Notifier
from daemon.clients.agent.messages import Action, Choice, Notify, Withdraw
from daemon.clients.agent.view import Sign
from daemon.dbus.connection import Bus
from daemon.errors import BusError
from models.text import one_line

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
_CALL_SECONDS = 5.0
_MOST_WAITING = 16
_MOST_EARLY = 8
_LONGEST_TITLE, _LONGEST_BODY, _LONGEST_LABEL = 100, 500, 60
_NORMAL, _CRITICAL = 1, 2
_AS_LONG_AS_USUAL = -1

Connect = Callable[[], Awaitable[Bus]]


async def session_bus() -> Bus:
    """A connection to the session bus; raises BusError."""
    return await Bus.connect("session")


class DesktopNotifier:
    """Shows and withdraws, one after another. `choose` is called with what a person clicked.

    What cannot be shown goes to `instead`, by default the log.
    """

    def __init__(
        self,
        *,
        choose: Callable[[Choice], None],
        warn: Callable[[str], None],
        connect: Connect = session_bus,
        instead: Notifier | None = None,
    ) -> None:
        self._choose = choose
        self._warn = warn
        self._connect = connect
        self._instead = instead or LogNotifier()
        self._bus: Bus | None = None
        # Clicks that arrived together with the number of what was clicked.
        self._early: deque[tuple[int, str]] = deque(maxlen=_MOST_EARLY)
        self._owner = ""
        self._abilities: frozenset[str] | None = None
        self._shown: dict[str, int] = {}
        self._actions: dict[str, tuple[Action, ...]] = {}
        self._waiting: dict[str, Notify | Withdraw] = {}
        self._busy = False
        self._wake = asyncio.Event()
        self._trouble = ""
        self._task = asyncio.get_running_loop().create_task(self._work())

    def show(self, effect: Notify) -> None:
        """Shows it soon, in the place of one with the same key."""
        self._put(effect)

    def withdraw(self, key: str) -> None:
        """Takes it back, where it is still there."""
        self._put(Withdraw(key))

    def close(self) -> None:
        """Shows nothing any more and leaves the bus."""
        self._task.cancel()
        if self._bus is not None:
            self._bus.close()

    def _put(self, effect: Notify | Withdraw) -> None:
        # The last word about a key counts; what waits for a slow service never piles up.
        self._waiting.pop(effect.key, None)
        if len(self._waiting) < _MOST_WAITING:
            self._waiting[effect.key] = effect
            self._wake.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._busy = True
            while self._waiting:
                await self._attempt(self._waiting.pop(next(iter(self._waiting))))
            self._busy = False

    async def _attempt(self, effect: Notify | Withdraw) -> None:
        try:
            await self._do(effect)
            self._trouble = ""
        except BusError as error:
            self._fail(effect, error.message)
        except Exception as error:  # what a strange service answers ends nothing here
            self._fail(effect, f"{type(error).__name__}: {error}")

    def _fail(self, effect: Notify | Withdraw, reason: str) -> None:
        """Said once for each trouble; what could not be shown is told all the same."""
        if reason != self._trouble:
            self._trouble = reason
            self._warn(f"no notifications: {reason}")
        if isinstance(effect, Notify):
            self._instead.show(effect)

    async def _do(self, effect: Notify | Withdraw) -> None:
        bus = await self._connected()
        if isinstance(effect, Withdraw):
            await self._withdraw(bus, effect.key)
        else:
            await self._show(bus, effect)

    async def _show(self, bus: Bus, notify: Notify) -> None:
        can = await self._can(bus)
        actions = notify.actions if "actions" in can else ()
        body = one_line(notify.body, _LONGEST_BODY)
        labels = [one_line(one.label, _LONGEST_LABEL) for one in actions]
        reply = await self._call(
            bus,
            "Notify",
            "susssasa{sv}i",
            "Facelatch",
            self._shown.get(notify.key, 0),
            drawing(Sign.READY).as_uri(),
            one_line(notify.title, _LONGEST_TITLE),
            escape(body, quote=False) if "body-markup" in can else body,
            [word for number, label in enumerate(labels) for word in (str(number), label)],
            {
                "urgency": Variant("y", _CRITICAL if notify.urgent else _NORMAL),
                "desktop-entry": Variant("s", "facelatch"),
            },
            _AS_LONG_AS_USUAL,
        )
        number = _number(reply)
        # A service that has gone may have answered at the last moment: its numbers are worthless,
        # and the next one gives the same to notifications of others.
        if number and reply.sender == self._owner:
            self._shown[notify.key] = number
            self._actions[notify.key] = actions
            self._take_early(number)

    async def _withdraw(self, bus: Bus, key: str) -> None:
        number = self._shown.pop(key, 0)
        self._actions.pop(key, None)
        if number:
            # One that a person closed meanwhile is an error, and just as well.
            with contextlib.suppress(BusError):
                await self._call(bus, "CloseNotification", "u", number)

    async def _can(self, bus: Bus) -> frozenset[str]:
        if self._abilities is None:
            reply = await self._call(bus, "GetCapabilities")
            found = frozenset(reply.body[0] if reply.signature == "as" else ())
            if reply.sender != self._owner:
                return found
            self._abilities = found
        return self._abilities

    async def _call(self, bus: Bus, member: str, signature: str = "", *body: Any) -> Message:
        return await bus.call(
            NAME, PATH, NAME, member, signature=signature, body=body, seconds=_CALL_SECONDS
        )

    async def _connected(self) -> Bus:
        if self._bus is not None and self._bus.connection.connected:
            return self._bus
        self._forget()
        bus = await self._connect()
        bus.listen(self._hear)
        await bus.match(f"type='signal',sender='{NAME}',interface='{NAME}',path='{PATH}'")
        self._owner = await bus.follow_owner(NAME, self._owned_by)
        self._bus = bus
        return bus

    def _owned_by(self, owner: str) -> None:
        self._owner = owner
        self._forget()

    def _forget(self) -> None:
        """Another service, or another bus: its numbers and abilities are others."""
        self._abilities = None
        self._shown.clear()
        self._actions.clear()
        self._early.clear()

    def _hear(self, message: Message) -> bool:
        # Anybody may send a signal of this name: a click is the service's own to report.
        if (
            message.message_type is MessageType.SIGNAL
            and message.interface == NAME
            and self._owner
            and message.sender == self._owner
        ):
            self._heard(message)
        return False

    def _heard(self, message: Message) -> None:
        if message.member == "ActionInvoked" and message.signature == "us":
            self._clicked(*message.body)
        elif message.member == "NotificationClosed" and message.signature == "uu":
            key = self._key(message.body[0])
            self._shown.pop(key, None)
            self._actions.pop(key, None)

    def _take_early(self, number: int) -> None:
        early = list(self._early)
        self._early.clear()
        for clicked, word in early:
            if clicked == number:
                self._clicked(number, word)

    def _clicked(self, number: int, word: str) -> None:
        key = self._key(number)
        if not key and self._busy:
            self._early.append((number, word))
        actions = self._actions.get(key, ())
        if word.isascii() and word.isdecimal() and int(word[:3]) < len(actions):
            self._choose(actions[int(word[:3])].choice)

    def _key(self, number: int) -> str:
        return next((key for key, shown in self._shown.items() if shown == number), "")


def _number(reply: Message) -> int:
    return int(reply.body[0]) if reply.signature == "u" else 0
