"""What requests that take time share: they begin with a number, send signals, end or are stopped.

No camera, no models.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar

from daemon.clients.dbus_client import Client, Heard, stop_request
from daemon.clients.requests.preview import Picture

_SILENCE_SECONDS = 1.5
"""Without any signal the camera may be the trouble."""

EventT = TypeVar("EventT")


class Request(ABC, Generic[EventT]):
    """One request, used as a context manager; leaving it ends it.

    `start` makes the call and gives the request's number; it may wait for a person who types a
    password. Raises NoDaemonError, DaemonError.
    """

    tick_seconds: ClassVar[float] = 0.2
    """`events` gives at least so often."""
    stop_method: ClassVar[str]
    """Of the bus."""

    def __init__(self, start: Callable[[Client], int], address: str | None = None) -> None:
        self._stopped = threading.Event()
        self._client = Client(address)
        try:
            self._number = start(self._client)
        except BaseException:
            self._client.close()
            raise

    @property
    def picture(self) -> Picture | None:
        """What the camera saw last, None without a preview."""
        return None

    def stop(self) -> None:
        """Ends it. From any thread."""
        self._stopped.set()

    def close(self) -> None:
        """Leaves the daemon; what still runs of the request ends."""
        self._client.close()

    def events(self) -> "Iterator[EventT | None]":
        """What happens, the end last; None now and then, for whoever draws."""
        told = False
        heard_at = time.monotonic()
        while True:
            for signal in self._client.signals(seconds=self.tick_seconds):
                event = self._own(signal)
                if event is not None:
                    heard_at = time.monotonic()
                    yield event
                    if self.is_end(event):
                        return
            yield None
            if time.monotonic() - heard_at > _SILENCE_SECONDS:
                heard_at = time.monotonic()
                yield self.after_silence(self._client)
            if self._stopped.is_set() and not told:
                told = True
                stop_request(self._client, self.stop_method, self._number)

    @abstractmethod
    def event(self, name: str, values: tuple[Any, ...]) -> EventT | None:
        """What the signal `name` of this request says; None for one that is of no interest."""

    @abstractmethod
    def is_end(self, event: EventT) -> bool:
        """Whether nothing comes after `event`."""

    def after_silence(self, client: Client) -> EventT | None:  # noqa: ARG002 - of subclasses
        """What explains that no signal came for a while, if anything does."""
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _own(self, signal: Heard) -> EventT | None:
        # Signals of other requests of this user arrive here too.
        if signal.values[0] != self._number:
            return None
        return self.event(signal.name, signal.values[1:])
