"""The pause of recognition, and its end."""

import asyncio
import time

from daemon.api import UNTIL_RESUMED
from daemon.state.context import Context

_MARGIN_SECONDS = 0.05
"""A timer may fire a little before the second in which the pause ends."""


class Pause:
    """Sets the fact `paused_until`, ends it in time, and keeps it over a restart."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pauses = context.records.pauses
        self._timers: dict[int, asyncio.TimerHandle] = {}
        context.paused_until = self._pauses.until
        for uid, until in self._pauses.timed.items():
            self._time(uid, until)

    def set(self, uid: int, until: int) -> None:
        """This user pauses until `until`, as the property PausedUntil has it.

        Raises UsageError where too many users did.
        """
        self._pauses.set(uid, until)
        self._stop_timer(uid)
        if until != UNTIL_RESUMED:
            self._time(uid, until)
        self._tell()

    def end(self, uid: int) -> bool:
        """Ends what this user set, everything for root; whether recognition goes on."""
        goes_on = self._pauses.end(uid)
        for one in list(self._timers) if goes_on else [uid]:
            self._stop_timer(one)
        self._tell()
        return goes_on

    def _tell(self) -> None:
        self._context.paused_until = self._pauses.until
        self._context.records.keep_pauses()
        self._context.changed()

    def _time(self, uid: int, until: int) -> None:
        seconds = max(until - time.time(), 0.0) + _MARGIN_SECONDS
        self._timers[uid] = asyncio.get_running_loop().call_later(seconds, self._over, uid)

    def _stop_timer(self, uid: int) -> None:
        timer = self._timers.pop(uid, None)
        if timer is not None:
            timer.cancel()

    def _over(self, uid: int) -> None:
        # The wall clock was set back meanwhile: it is the pause's own time that counts.
        self._timers.pop(uid, None)
        self._pauses.over(uid)
        self._tell()
