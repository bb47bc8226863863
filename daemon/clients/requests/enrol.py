"""An enrolment by the daemon, as a terminal or a window follows it. No camera, no models."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from daemon.api import Error, Outcome, State
from daemon.clients.dbus_client import Client, DaemonError, Heard, NoDaemonError, stop_request
from daemon.clients.requests.preview import Picture, PreviewReader

_TICK_SECONDS = 1 / 15
_SILENCE_SECONDS = 1.5
"""Without any guidance the camera may be the trouble."""
_TROUBLES = {
    State.CAMERA_BUSY: "another program has the camera: close it",
    State.NO_CAMERA: "there is no camera: plug one in",
    State.NO_MODEL: "nothing can be recognised: run facelatch status",
}


@dataclass(frozen=True, slots=True)
class Guided:
    """What the person should do now: a word of guidance, and how far it is."""

    prompt: str
    progress: float = 0.0
    covered: tuple[str, ...] = ()
    pictures: int = 0
    quality: float | None = None
    box: tuple[float, float, float, float] | None = None
    yaw: float = 0.0
    pitch: float = 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Nothing comes, and this is why: one line for a person. It may pass by itself."""

    line: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. `reason` is one line for a person, empty where it succeeded."""

    outcome: str
    reason: str = ""
    pictures: int = 0
    quality: float | None = None
    score: float | None = None
    expected_misses: float | None = None
    advice: tuple[str, ...] = ()

    @property
    def enrolled(self) -> bool:
        """Whether a look was stored."""
        return self.outcome == Outcome.ENROLLED


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. An empty `username` is the caller's own."""

    appearance: str
    username: str = ""
    seconds: float = 60.0
    replace: bool = False
    alike: bool = False


Event = Guided | Trouble | Ended


class Enrolment:
    """One enrolment, used as a context manager; leaving it ends it.

    Beginning may wait for a person who types a password. Raises NoDaemonError, DaemonError.
    """

    def __init__(self, wish: Wish, address: str | None = None) -> None:
        self._stopped = threading.Event()
        self._preview: PreviewReader | None = None
        self._client = Client(address)
        try:
            options = {"seconds": wish.seconds, "replace": wish.replace, "alike": wish.alike}
            self._number = self._client.call("StartEnrol", wish.username, wish.appearance, options)
            self._preview = self._open_preview()
        except BaseException:
            self._client.close()
            raise

    def _open_preview(self) -> PreviewReader | None:
        try:
            return PreviewReader(self._client.call("OpenPreview", self._number))
        except DaemonError as error:
            # Pictures in a file may be through before anybody could look at them.
            if error.error is Error.NO_SUCH_REQUEST:
                return None
            raise

    @property
    def picture(self) -> Picture | None:
        """What the camera saw last."""
        return None if self._preview is None else self._preview.latest

    def stop(self) -> None:
        """Ends it, and nothing is stored. From any thread."""
        self._stopped.set()

    def events(self) -> "Iterator[Event | None]":
        """What happens, Ended last; None now and then, for whoever draws pictures."""
        told = False
        heard_at = time.monotonic()
        while True:
            for heard in self._client.signals(seconds=_TICK_SECONDS):
                event = self._event(heard)
                if event is not None:
                    heard_at = time.monotonic()
                    yield event
                if isinstance(event, Ended):
                    return
            yield None
            if time.monotonic() - heard_at > _SILENCE_SECONDS:
                heard_at = time.monotonic()
                line = _TROUBLES.get(self._client.property("State"))
                yield Trouble(line) if line else None
            if self._stopped.is_set() and not told:
                told = True
                stop_request(self._client, "StopEnrol", self._number)

    def close(self) -> None:
        """Leaves the daemon; an enrolment that runs ends, and nothing is stored."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _event(self, heard: Heard) -> Guided | Ended | None:
        if heard.values[0] != self._number:
            return None
        if heard.name == "EnrolGuidance":
            return guided(*heard.values[1:])
        return ended(*heard.values[1:]) if heard.name == "EnrolFinished" else None


def guided(prompt: str, details: dict[str, Any]) -> Guided:
    """What EnrolGuidance says."""
    return Guided(
        prompt,
        details.get("progress", 0.0),
        tuple(details.get("covered", ())),
        details.get("pictures", 0),
        details.get("quality"),
        details.get("box"),
        details.get("yaw", 0.0),
        details.get("pitch", 0.0),
    )


def ended(outcome: str, reason: str, details: dict[str, Any]) -> Ended:
    """What EnrolFinished says."""
    return Ended(
        outcome,
        reason,
        details.get("pictures", 0),
        details.get("quality"),
        details.get("score"),
        details.get("expected-false-reject"),
        tuple(details.get("advice", ())),
    )


__all__ = [
    "DaemonError",
    "Ended",
    "Enrolment",
    "Event",
    "Guided",
    "NoDaemonError",
    "Trouble",
    "Wish",
    "ended",
    "guided",
]
