"""Whether a Wayland session is used, by the protocol ext-idle-notify-v1 (sway, KWin, Hyprland...).

An inhibitor, such as a film, counts as use there: the compositor sees to it.
"""

from collections.abc import Callable
from typing import Any

from pywayland.client import Display
from pywayland.protocol.ext_idle_notify_v1 import ExtIdleNotifierV1
from pywayland.protocol.wayland import WlSeat

from daemon.clients.agent.wayland import Follower


class WaylandIdle:
    """One connection to the compositor of WAYLAND_DISPLAY; `hear` is told each change."""

    def __init__(self, hear: Callable[[float | None], None], seconds: float) -> None:
        self._hear = hear
        self._seconds = seconds
        self._display = Display()
        self._notifier: Any = None
        self._seat: Any = None
        self._notification: Any = None
        self._registry: Any = None

    async def run(self) -> bool:
        """Follows until the compositor has gone; False where it speaks no such protocol."""
        follower = Follower(self._display, "idle time is")
        return await follower.run(self._begin, lambda: self._notification is not None)

    def _begin(self) -> None:
        self._registry = self._display.get_registry()
        self._registry.dispatcher["global"] = self._appeared
        self._display.roundtrip()
        if self._notifier is None or self._seat is None:
            return
        milliseconds = int(self._seconds * 1000)
        self._notification = self._notifier.get_idle_notification(milliseconds, self._seat)
        self._notification.dispatcher["idled"] = lambda _proxy: self._hear(self._seconds)
        self._notification.dispatcher["resumed"] = lambda _proxy: self._hear(0.0)
        self._hear(0.0)
        self._display.roundtrip()

    def _appeared(self, registry: Any, number: int, interface: str, _version: int) -> None:
        if interface == ExtIdleNotifierV1.name and self._notifier is None:
            self._notifier = registry.bind(number, ExtIdleNotifierV1, 1)
        elif interface == WlSeat.name and self._seat is None:
            self._seat = registry.bind(number, WlSeat, 1)
