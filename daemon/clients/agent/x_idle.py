"""Whether an X session is used: the server tells, by alarms on its own idle time."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Protocol

from Xlib import error as xerror
from Xlib.display import Display

from daemon.clients.agent.x_sync import IdleAlarms

_log = logging.getLogger(__name__)


class Alarms(Protocol):
    """What `IdleAlarms` does."""

    def begin(self) -> bool:
        """Whether there are any."""
        ...

    def idle_seconds(self) -> float:
        """How long nobody touched anything."""
        ...

    def watch(self, seconds: float, *, below: bool) -> int:
        """An alarm on that time; its number."""
        ...

    def gone_off(self) -> list[int]:
        """Those that have gone off since."""
        ...


class XIdle:
    """One connection to the X server, which is asked once, and then tells of each change."""

    def __init__(
        self,
        hear: Callable[[float | None], None],
        seconds: float,
        *,
        connect: Callable[[], Any] = Display,
        alarms: Callable[[Any], Alarms] = IdleAlarms,
    ) -> None:
        self._hear = hear
        self._seconds = seconds
        self._connect = connect
        self._alarms = alarms
        self._ended = asyncio.Event()
        self._told: bool | None = None

    async def run(self) -> bool:
        """Follows until the server has gone; False where it cannot tell."""
        try:
            display = self._connect()
        except (xerror.DisplayError, OSError) as problem:
            _log.debug("the X server is not asked about idle time: %s", problem)
            return False
        try:
            alarms = self._alarms(display)
            if not alarms.begin():
                return False
            await self._follow(display, alarms)
        except (xerror.ConnectionClosedError, OSError) as problem:
            _log.info("the X server has ended: %s", problem)
        finally:
            # It flushes, which a server that has gone does not take.
            with contextlib.suppress(xerror.ConnectionClosedError):
                display.close()
        return True

    async def _follow(self, display: Any, alarms: Alarms) -> None:
        idle = alarms.watch(self._seconds, below=False)
        used = alarms.watch(self._seconds, below=True)
        seconds = alarms.idle_seconds()
        self._tell(seconds if seconds >= self._seconds else 0.0)

        def read() -> None:
            try:
                for alarm in alarms.gone_off():
                    if alarm in (idle, used):
                        self._tell(self._seconds if alarm == idle else 0.0)
            except (xerror.ConnectionClosedError, OSError) as problem:
                _log.info("the X server has ended: %s", problem)
                self._ended.set()

        loop, descriptor = asyncio.get_running_loop(), display.fileno()
        # An answer may have brought events with it.
        read()
        loop.add_reader(descriptor, read)
        try:
            await self._ended.wait()
        finally:
            loop.remove_reader(descriptor)

    def _tell(self, seconds: float) -> None:
        if (seconds > 0.0) is not self._told:
            self._told = seconds > 0.0
            self._hear(seconds)
