"""Whether the displays of an X server are on, by its extension DPMS (X11R7.7, dpms.html), and to
switch them on.

DPMS of before version 1.2 sends no events, and Xlib knows no newer one. The server's screen saver
does (MIT-SCREEN-SAVER, saver.html): it begins when a display is switched off and ends when one is
switched on (DPMSSet in the X.Org server's dpms.c), so that a change is a reason to ask. A saver
that was there before tells nothing of displays that go dark behind it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from Xlib import X
from Xlib import error as xerror
from Xlib.display import Display
from Xlib.ext import dpms, screensaver

SECONDS = 0.5
"""Between two questions, where nothing tells: it keeps the camera's second after the displays went
dark."""
_log = logging.getLogger(__name__)


class XDisplays:
    """One connection to the X server, asked while `wanted` is set, when its screen saver begins or
    ends, and now and then behind one. Each time that `wake` is set the displays are switched on.
    """

    def __init__(
        self,
        hear: Callable[[bool], None],
        wanted: asyncio.Event,
        wake: asyncio.Event,
        *,
        seconds: float = SECONDS,
        connect: Callable[[], Any] = Display,
    ) -> None:
        self._hear = hear
        self._wanted = wanted
        self._wake = wake
        self._seconds = seconds
        self._connect = connect
        self._changed = asyncio.Event()

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
            await self._follow(display)
        except (xerror.ConnectionClosedError, OSError) as problem:
            _log.info("the X server has ended: %s", problem)
        finally:
            # It flushes, which a server that has gone does not take.
            with contextlib.suppress(xerror.ConnectionClosedError):
                display.close()
        return True

    async def _follow(self, display: Any) -> None:
        root = display.screen().root
        tells = bool(display.has_extension(screensaver.extname))
        if tells:
            root.screensaver_select_input(screensaver.NotifyMask)
        loop, descriptor = asyncio.get_running_loop(), display.fileno()
        loop.add_reader(descriptor, self._read, display)
        waking = asyncio.ensure_future(self._wake_displays(display))
        try:
            while True:
                await self._wanted.wait()
                self._changed.clear()
                saved = _is_saved(root) if tells else None
                info = display.dpms_info()
                on = not info.state or info.power_level == dpms.DPMSModeOn
                self._hear(on)
                # An answer may have brought events with it.
                self._take(display)
                # Lit without a saver, or dark with one: whatever comes next ends that.
                await self._wait(None if saved is not None and saved is not on else self._seconds)
        finally:
            waking.cancel()
            loop.remove_reader(descriptor)

    def _read(self, display: Any) -> None:
        try:
            self._take(display)
        except (xerror.ConnectionClosedError, OSError):
            # Whoever asks next hears of it.
            asyncio.get_running_loop().remove_reader(display.fileno())
            self._changed.set()

    def _take(self, display: Any) -> None:
        """What the server tells, whatever it is, is a reason to ask; never waits."""
        for _ in range(display.pending_events()):
            display.next_event()
            self._changed.set()

    async def _wait(self, seconds: float | None) -> None:
        """Until something changed, or for so long at the most."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    async def _wake_displays(self, display: Any) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            with contextlib.suppress(xerror.ConnectionClosedError, OSError):
                display.dpms_force_level(dpms.DPMSModeOn)
                display.force_screen_saver(X.ScreenSaverReset)
                display.flush()


def _is_saved(root: Any) -> bool:
    """Whether a screen saver is there."""
    return bool(root.screensaver_query_info().state == screensaver.StateOn)
