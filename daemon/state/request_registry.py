"""Running requests of all users: their numbers, and how many there may be."""

from collections.abc import Mapping
from typing import Any

from daemon.api import Error
from daemon.errors import RefusalError
from daemon.state.context import Context


class RequestRegistry:
    """Attempts and enrolments alike: each is opened before it begins and closed when it ends."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._payers: dict[int, int | str] = {}
        self._last = 0

    @property
    def running(self) -> int:
        """Requests of everybody."""
        return len(self._payers)

    def check_room(self, payer: int | str) -> None:
        """Raises TOO_MANY_REQUESTS where the user, or everybody together, has enough.

        `payer` is the caller's: see `Caller.payer`.
        """
        limits = self._context.config.requests
        mine = sum(one == payer for one in self._payers.values())
        if self.running >= limits.most or mine >= limits.per_user:
            raise RefusalError(Error.TOO_MANY_REQUESTS, "too many requests are running")

    def open(self, payer: int | str) -> int:
        """The number of a new request, once there is room; raises TOO_MANY_REQUESTS.

        Numbers rise, so that a late signal is never taken for another request's.
        """
        self.check_room(payer)
        self._last = self._last % 0xFFFF_FFFF + 1
        self._payers[self._last] = payer
        return self._last

    def close(self, number: int) -> None:
        """The request has ended."""
        self._payers.pop(number, None)


def seconds_of(options: Mapping[str, Any], *, default: float, most: float) -> float:
    """The option `seconds`; raises INVALID_ARGUMENTS where it is not above 0 and at most `most`."""
    seconds = float(options.get("seconds", default))
    # Written so that NaN is refused too.
    if not 0.0 < seconds <= most:
        text = f"seconds must be above 0 and at most {most:g}"
        raise RefusalError(Error.INVALID_ARGUMENTS, text)
    return seconds
