"""How things are, from what the daemon says: the sign that stands for it, the line that says it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from daemon.api import UNTIL_RESUMED, State
from daemon.clients.agent.messages import Values
from daemon.clients.agent.view import Sign
from daemon.clients.i18n import _

_PROPERTIES = {"State": "state", "PausedUntil": "paused_until"}


@dataclass(frozen=True, slots=True)
class Appearance:
    """An appearance of the agent's own user."""

    name: str
    created: str
    pictures: int
    usable: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of the daemon; made without arguments, that it is not there."""

    running: bool = False
    state: str = State.READY
    problem: str = ""
    paused_until: int = 0
    locked_out: bool = False
    retry_at: float = 0.0
    """Seconds since 1970 of the next attempt that is allowed; 0: now."""
    unlocking: bool | None = None
    """Whether the person's sessions are unlocked unasked; None: the daemon does not say."""
    leave_seconds: float = 0.0
    """After which sessions are locked whose owners left, as the service has it; 0 for never."""
    appearances: tuple[Appearance, ...] = ()
    recognised: bool = False
    """Just now."""

    @property
    def paused(self) -> bool:
        """Whether recognition is paused, for a time or until it is resumed."""
        return self.paused_until != 0

    def told(self, status: Values, appearances: tuple[Values, ...], at: datetime) -> "Situation":
        """The same with what Status and ListAppearances answered at the local time `at`."""
        wait = float(status.get("retry-after-seconds", 0.0))
        return replace(
            self,
            running=True,
            state=str(status.get("state", State.READY)),
            problem=str(status.get("problem", "")),
            paused_until=int(status.get("paused-until", 0)),
            locked_out=bool(status.get("locked-out", False)),
            retry_at=at.timestamp() + wait if wait > 0 else 0.0,
            unlocking=status.get("unlocking"),
            leave_seconds=float(status.get("leave-seconds", 0.0)),
            appearances=tuple(_appearance(one) for one in appearances),
        )

    def changed(self, properties: Mapping[str, Any]) -> "Situation":
        """The same with what PropertiesChanged says; unknown properties are passed over."""
        known = {
            _PROPERTIES[name]: value for name, value in properties.items() if name in _PROPERTIES
        }
        # The reason belongs to the state before; the next Status brings the new one.
        forget = {"problem": ""} if "state" in known else {}
        return replace(self, **(forget | known))


def sign_of(now: Situation, at: datetime) -> Sign:
    """The first sign that holds: of several the one that explains the others."""
    signs = (
        (Sign.ABSENT, not now.running),
        (Sign.RECOGNISED, now.recognised),
        (Sign.PAUSED, now.paused),
        (Sign.LOCKED_OUT, _is_locked_out(now, at)),
        (Sign.LOOKING, now.state in (State.LOOKING, State.ENROLLING)),
        (Sign.CAMERA, now.state in (State.CAMERA_BUSY, State.NO_CAMERA)),
        (Sign.TROUBLE, now.state == State.NO_MODEL),
    )
    return next((sign for sign, holds in signs if holds), Sign.READY)


def line_of(now: Situation, at: datetime) -> str:
    """One line for a person."""
    match sign_of(now, at):
        case Sign.ABSENT:
            return _("the service is not running")
        case Sign.RECOGNISED:
            return _("recognised you")
        case Sign.PAUSED:
            return _paused(now, at)
        case Sign.LOCKED_OUT:
            return _locked_out(now, at)
        case Sign.TROUBLE:
            return now.problem or _("no model to recognise with")
    return _state_line(now)


def clock(seconds: float, at: datetime) -> str:
    """A time of day, with the date where it is another day."""
    then = datetime.fromtimestamp(seconds, at.tzinfo)
    return f"{then:%H:%M}" if then.date() == at.date() else f"{then:%x %H:%M}"


def _paused(now: Situation, at: datetime) -> str:
    if now.paused_until == UNTIL_RESUMED:
        return _("paused until you resume")
    return _("paused until {time}").format(time=clock(now.paused_until, at))


def _is_locked_out(now: Situation, at: datetime) -> bool:
    return now.locked_out or now.retry_at > at.timestamp()


def _locked_out(now: Situation, at: datetime) -> str:
    if now.locked_out:
        return _("too many failed attempts: type your password once")
    return _("too many failed attempts: the next one is allowed at {time}").format(
        time=clock(now.retry_at, at)
    )


def _state_line(now: Situation) -> str:
    lines = {
        State.STARTING: _("starting"),
        State.STOPPING: _("stopping"),
        State.ASLEEP: _("the computer goes to sleep"),
        State.ENROLLING: _("your face is being enrolled"),
        State.LOOKING: _("looking"),
        State.WATCHING: _("waiting for you"),
        State.MINDING: _("looking now and then"),
        State.CAMERA_BUSY: _("another program uses the camera"),
        State.NO_CAMERA: _("there is no camera"),
    }
    for state, line in lines.items():
        if now.state == state:
            return line
    if not now.appearances:
        return _("ready, but your face is not enrolled")
    if now.unlocking is False:
        return _("ready, but told not to unlock")
    return _("ready")


def _appearance(values: Values) -> Appearance:
    return Appearance(
        str(values.get("name", "")),
        str(values.get("created", "")),
        int(values.get("pictures", 0)),
        bool(values.get("usable", True)),
    )
