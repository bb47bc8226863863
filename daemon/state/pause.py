"""The pause of recognition, and its end."""

import asyncio
import time

from daemon.state.context import Context

_MARGIN_SECONDS = 0.05
"""A timer may fire a little before the second in which the pause ends."""


class Pause:
    """Sets the fact `paused_until`, and ends it in time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._timer: asyncio.TimerHandle | None = None

    def set(self, until: int) -> None:
        """Pauses until `until`, as the property PausedUntil has it; 0 ends a pause."""
        self._context.paused_until = until
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if until > 0:
            seconds = max(until - time.time(), 0.0) + _MARGIN_SECONDS
            self._timer = asyncio.get_running_loop().call_later(seconds, self._over)
        self._context.changed()

    def _over(self) -> None:
        # The wall clock was set back meanwhile: it is the pause's own time that counts.
        self._context.paused_until = 0
        self._context.changed()
