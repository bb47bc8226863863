"""Whether the displays of an X server are on, by its extension DPMS (X11R7.7, dpms.html)."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from Xlib import error as xerror
from Xlib.display import Display
from Xlib.ext import dpms

SECONDS = 0.5
"""Between two questions: DPMS of before version 1.2 sends no events, and Xlib knows no newer one.
Half a second keeps the camera's second after the displays went dark."""
_log = logging.getLogger(__name__)


class XDisplays:
    """One connection to the X server, asked now and then while `wanted` is set."""

    def __init__(
        self,
        hear: Callable[[bool], None],
        wanted: asyncio.Event,
        *,
        seconds: float = SECONDS,
        connect: Callable[[], Any] = Display,
    ) -> None:
        self._hear = hear
        self._wanted = wanted
        self._seconds = seconds
        self._connect = connect

    async def run(self) -> bool:
        """Follows until the server has gone; False where it cannot tell."""
        try:
            display = self._connect()
        except (xerror.DisplayError, OSError) as problem:
            _log.debug("the X server is not asked about displays: %s", problem)
            return False
        try:
            if not display.has_extension(dpms.extname) or not display.dpms_capable().capable:
                return False
            return await self._follow(display)
        finally:
            # It flushes, which a server that has gone does not take.
            with contextlib.suppress(xerror.ConnectionClosedError):
                display.close()

    async def _follow(self, display: Any) -> bool:
        while True:
            await self._wanted.wait()
            try:
                info = display.dpms_info()
            except (xerror.ConnectionClosedError, OSError) as problem:
                _log.info("the X server has ended: %s", problem)
                return True
            self._hear(not info.state or info.power_level == dpms.DPMSModeOn)
            await asyncio.sleep(self._seconds)
