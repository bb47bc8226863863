"""An enrolment by the daemon, as a terminal or a window follows it. No camera, no models."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from daemon.api import Error, Outcome, State
from daemon.clients.dbus_client import Client, DaemonError
from daemon.clients.requests.base import Request
from daemon.clients.requests.preview import Picture, PreviewReader

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
        """Whether an appearance was stored."""
        return self.outcome == Outcome.ENROLLED


@dataclass(frozen=True, slots=True)
class EnrolOptions:
    """What is asked for. An empty `username` is the caller's own."""

    appearance: str
    username: str = ""
    seconds: float = 60.0
    replace: bool = False
    alike: bool = False


Event = Guided | Trouble | Ended


class Enrolment(Request[Event]):
    """One enrolment; where it is stopped or left, nothing is stored."""

    tick_seconds = 1 / 15  # the preview is redrawn so often
    stop_method = "StopEnrol"

    def __init__(self, wanted: EnrolOptions, address: str | None = None) -> None:
        self._preview: PreviewReader | None = None
        super().__init__(partial(self._start, wanted), address)

    @property
    def picture(self) -> Picture | None:
        """What the camera saw last."""
        return None if self._preview is None else self._preview.latest

    def _start(self, wanted: EnrolOptions, client: Client) -> int:
        options = {"seconds": wanted.seconds, "replace": wanted.replace, "alike": wanted.alike}
        number = int(client.call("StartEnrol", wanted.username, wanted.appearance, options))
        try:
            self._preview = PreviewReader(client.call("OpenPreview", number))
        except DaemonError as error:
            # Pictures in a file may be through before anybody could show them.
            if error.error is not Error.NO_SUCH_REQUEST:
                raise
        return number

    def event(self, name: str, values: tuple[Any, ...]) -> Event | None:
        """Guided or Ended by the signals EnrolGuidance and EnrolFinished, else None."""
        if name == "EnrolGuidance":
            return guided(*values)
        return ended(*values) if name == "EnrolFinished" else None

    def is_end(self, event: Event) -> bool:
        """True for Ended: Guided and Trouble go on."""
        return isinstance(event, Ended)

    def after_silence(self, client: Client) -> Event | None:
        """Trouble, where the daemon's state explains it."""
        line = _TROUBLES.get(client.property("State"))
        return Trouble(line) if line else None


def guided(prompt: str, details: dict[str, Any]) -> Guided:
    """The arguments of EnrolGuidance; what an older daemon leaves out has a default."""
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
    """The arguments of EnrolFinished; what an older daemon leaves out has a default."""
    return Ended(
        outcome,
        reason,
        details.get("pictures", 0),
        details.get("quality"),
        details.get("score"),
        details.get("expected-false-reject"),
        tuple(details.get("advice", ())),
    )
