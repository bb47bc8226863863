"""Whether an X session is used, by the extension MIT-SCREEN-SAVER (X11R7.7, saver.html)."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from Xlib import error as xerror
from Xlib.display import Display
from Xlib.ext import screensaver

SECONDS = 1.0
"""Between two questions to an idle server, which tells nobody of a key without taking it."""
_log = logging.getLogger(__name__)


class XIdle:
    """One connection to the X server: asked when it may have become idle, and while it is."""

    def __init__(
        self,
        hear: Callable[[float | None], None],
        seconds: float,
        *,
        connect: Callable[[], Any] = Display,
        rest: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._hear = hear
        self._seconds = seconds
        self._connect = connect
        self._rest = rest

    async def run(self) -> bool:
        """Follows until the server has gone; False where it cannot tell."""
        try:
            display = self._connect()
        except (xerror.DisplayError, OSError) as problem:
            _log.debug("the X server is not asked about idle time: %s", problem)
            return False
        try:
            if not display.has_extension(screensaver.extname):
                return False
            return await self._follow(display)
        finally:
            display.close()

    async def _follow(self, display: Any) -> bool:
        told: bool | None = None
        while True:
            try:
                idle = display.screen().root.screensaver_query_info().idle / 1000
            except (xerror.ConnectionClosedError, OSError) as problem:
                _log.info("the X server has ended: %s", problem)
                return True
            is_idle = idle >= self._seconds
            if is_idle is not told:
                told = is_idle
                self._hear(idle if is_idle else 0.0)
            await self._rest(SECONDS if is_idle else max(self._seconds - idle, SECONDS))
