"""ReportDisplays: programs of a user say whether anybody could see the lock screen."""

import time
from collections.abc import Callable
from typing import Any

from daemon.api import Error
from daemon.errors import RefusalError
from daemon.state.context import Context
from daemon.state.requester import Requester
from models.errors import UsageError

Answer = tuple[Any, ...]


class DisplayHandlers:
    """Keeps what is said: anybody may say it of their own sessions, and it opens nothing."""

    def __init__(self, context: Context, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._clock = clock

    async def report_displays(self, requester: Requester, on: bool) -> Answer:
        """From now on the displays of the caller's session are on, or off."""
        session = "" if requester.session is None else requester.session.id
        try:
            self._context.displays.reported(
                requester.client,
                uid=requester.caller.uid,
                session=session,
                on=on,
                time=self._clock(),
            )
        except UsageError as error:
            raise RefusalError(Error.TOO_MANY_REQUESTS, error.message) from None
        self._context.changed()
        return ()

    def client_gone(self, client: str) -> None:
        """What this client said holds no more."""
        self._context.displays.client_gone(client)
        self._context.changed()
