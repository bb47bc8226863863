"""A look by the daemon, as a window follows it. No camera, no models, and no picture."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from daemon.api import Verdict
from daemon.clients.dbus_client import Client, Heard, stop_request
from daemon.clients.requests.preview import Picture

_TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Looked:
    """One moment of the look: a word of progress or guidance, and what was measured."""

    word: str
    distance: float | None = None
    threshold: float | None = None
    quality: float | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """How it ended: words of the contract, and the deciding distance where there was one."""

    verdict: str
    reason: str
    guidance: str = ""
    distance: float | None = None
    threshold: float | None = None
    milliseconds: float = 0.0

    @property
    def matched(self) -> bool:
        """Whether it is a yes."""
        return self.verdict == Verdict.MATCHED


Event = Looked | Decided


class Verification:
    """One look at the caller's own user, used as a context manager; leaving it ends it.

    Raises NoDaemonError, DaemonError.
    """

    picture: Picture | None = None
    """A look has no preview."""

    def __init__(self, username: str, seconds: float, address: str | None = None) -> None:
        self._stopped = threading.Event()
        self._seconds = seconds
        self._client = Client(address)
        try:
            options = {"seconds": seconds, "details": True, "service": "test"}
            self._number = self._client.call("StartVerify", username, options)
        except BaseException:
            self._client.close()
            raise

    def stop(self) -> None:
        """Ends it. From any thread."""
        self._stopped.set()

    def events(self) -> Iterator[Event | None]:
        """What happens, Decided last; None now and then."""
        told = False
        while True:
            for heard in self._client.signals(seconds=_TICK_SECONDS):
                event = self._event(heard)
                if event is not None:
                    yield event
                if isinstance(event, Decided):
                    return
            yield None
            if self._stopped.is_set() and not told:
                told = True
                stop_request(self._client, "StopVerify", self._number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def _event(self, heard: Heard) -> Event | None:
        if heard.values[0] != self._number:
            return None
        if heard.name == "VerifyProgress":
            return looked(*heard.values[1:])
        return decided(*heard.values[1:]) if heard.name == "VerifyFinished" else None


def looked(word: str, details: dict[str, Any]) -> Looked:
    """What VerifyProgress says."""
    measured = (details.get(name) for name in ("distance", "threshold", "quality"))
    return Looked(word, *measured)


def decided(verdict: str, reason: str, details: dict[str, Any]) -> Decided:
    """What VerifyFinished says."""
    return Decided(
        verdict,
        reason,
        details.get("guidance", ""),
        details.get("distance"),
        details.get("threshold"),
        details.get("milliseconds", 0.0),
    )
