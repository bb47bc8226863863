"""The one timer for what changes by the passing of time alone."""

import asyncio
import math
from collections.abc import Callable

_MARGIN_SECONDS = 0.05
"""Later, so that what is waited for has come."""


class NextReview:
    """A review to come, at the earliest of all wishes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, review: Callable[[], None]) -> None:
        self._loop = loop
        self._review = review
        self._timer: asyncio.TimerHandle | None = None

    def within(self, seconds: float) -> None:
        """Reviews after so long at the latest; not above 0 and infinity are no wish."""
        if not 0.0 < seconds < math.inf:
            return
        at = self._loop.time() + seconds + _MARGIN_SECONDS
        if self._timer is None or at < self._timer.when():
            self.forget()
            self._timer = self._loop.call_at(at, self._review)

    def after(self, seconds: float) -> None:
        """Reviews after so long, at once where it is over, and not before; never at infinity."""
        self.forget()
        if seconds < math.inf:
            at = self._loop.time() + max(seconds, 0.0) + _MARGIN_SECONDS
            self._timer = self._loop.call_at(at, self._review)

    def forget(self) -> None:
        """Whoever reviews now asks anew."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
