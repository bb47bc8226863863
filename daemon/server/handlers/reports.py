"""ReportDisplays, ReportUse: programs of a user say how their session is looked at and used."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from daemon.api import Error
from daemon.errors import RefusalError
from daemon.policy.use import Use
from daemon.state.context import Context
from daemon.state.requester import Requester
from models.errors import UsageError

Answer = tuple[Any, ...]


class ReportHandlers:
    """Keeps what is said: anybody may say it of their own sessions, and it opens nothing."""

    def __init__(self, context: Context, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._clock = clock

    async def report_displays(self, requester: Requester, on: bool) -> Answer:
        """From now on the displays of the caller's session are on, or off."""
        with _refusing(Error.TOO_MANY_REQUESTS):
            self._context.displays.reported(
                requester.client,
                uid=requester.caller.uid,
                session=_session_of(requester),
                on=on,
                time=self._clock(),
            )
        self._context.changed()
        return ()

    async def report_use(self, requester: Requester, facts: Mapping[str, Any]) -> Answer:
        """From now on the caller's session is used so."""
        with _refusing(Error.INVALID_ARGUMENTS):
            use = Use(
                idle_seconds=facts.get("idle-seconds"),
                inhibited=facts.get("inhibited", False),
                battery=facts.get("battery"),
                leave_seconds=facts.get("leave-seconds"),
                watch_dark=facts.get("watch-dark", False),
            )
        with _refusing(Error.TOO_MANY_REQUESTS):
            self._context.leaving.use.reported(
                requester.client,
                uid=requester.caller.uid,
                session=_session_of(requester),
                use=use,
                time=self._clock(),
            )
        self._context.changed()
        return ()

    def client_gone(self, client: str) -> None:
        """What this client said holds no more."""
        self._context.displays.client_gone(client)
        self._context.leaving.use.client_gone(client)
        self._context.changed()


@contextmanager
def _refusing(error: Error) -> Iterator[None]:
    """What cannot be used is refused with this error."""
    try:
        yield
    except UsageError as problem:
        raise RefusalError(error, problem.message) from None


def _session_of(requester: Requester) -> str:
    return "" if requester.session is None else requester.session.id
