"""What the agent hears of (facts), what a person chooses, what is done about it (effects). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

from daemon.api import Error, Event
from daemon.clients.agent.settings import Settings

Values = Mapping[str, Any]
"""A dictionary of the contract, without the bus's variants."""


class Program(StrEnum):
    """A window of its own, started as a process of its own: at rest the agent holds none."""

    ENROL = "enrol"
    TEST = "test"
    ACTIVITY = "activity"
    SETTINGS = "settings"
    HELP = "help"


# What a person chooses: in the menu, or by an action of a notification.


@dataclass(frozen=True, slots=True)
class Pause:
    """Pause recognition; 0 seconds: until it is resumed."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Resume:
    """End the pause."""


@dataclass(frozen=True, slots=True)
class Open:
    """Open a window. For ENROL: the appearance, "" for a free name, and whether it is replaced."""

    program: Program
    appearance: str = ""
    replace: bool = False


@dataclass(frozen=True, slots=True)
class RemoveAppearance:
    """Remove an appearance of one's own; it was confirmed."""

    appearance: str


@dataclass(frozen=True, slots=True)
class SetGreeting:
    """Greeting on or off."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetUnlocking:
    """Unlock when it sees me, on or off."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetLeaving:
    """Lock when I leave, on or off."""

    on: bool


@dataclass(frozen=True, slots=True)
class TrustCamera:
    """Let the camera at this path be used."""

    path: str


@dataclass(frozen=True, slots=True)
class TestGreeting:
    """Say the greeting now, whatever else holds."""


@dataclass(frozen=True, slots=True)
class Quit:
    """End the agent."""


Choice = (
    Pause
    | Resume
    | Open
    | RemoveAppearance
    | SetGreeting
    | SetUnlocking
    | SetLeaving
    | TrustCamera
    | TestGreeting
    | Quit
)


# Facts.


@dataclass(frozen=True, slots=True)
class DaemonUp:
    """The daemon is there: what Status says, and the appearances of the agent's own user."""

    status: Values
    appearances: tuple[Values, ...] = ()


@dataclass(frozen=True, slots=True)
class DaemonDown:
    """The daemon is not there, or nobody can tell; one line says why, for the log."""

    problem: str = ""


@dataclass(frozen=True, slots=True)
class PropertiesChanged:
    """Properties of the daemon, by name; only those that changed."""

    values: Values


@dataclass(frozen=True, slots=True)
class StatusRead:
    """Status and appearances were read again, since an event said that they changed."""

    status: Values
    appearances: tuple[Values, ...] = ()


@dataclass(frozen=True, slots=True)
class Happened:
    """The daemon's signal Event. `details` has keys of `contract.EVENT`."""

    event: Event
    details: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Denied:
    """The daemon did not do what was chosen; one line of its own says why."""

    choice: Choice
    problem: str
    error: Error | None = None


@dataclass(frozen=True, slots=True)
class SettingsRead:
    """The settings in use; `problem`: why those on the disk are not."""

    settings: Settings
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """A window was closed, or could not be opened; `problem` is one line, or empty."""

    program: Program
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The time of a `Later` is over."""

    timer: str


@dataclass(frozen=True, slots=True)
class NoTray:
    """There is no tray; one line says why."""

    problem: str


@dataclass(frozen=True, slots=True)
class SessionBusLost:
    """The session's bus has ended: neither icon nor notifications work over this connection."""


@dataclass(frozen=True, slots=True)
class DisplaysChanged:
    """Whether a display of the session is on."""

    on: bool


@dataclass(frozen=True, slots=True)
class IdleChanged:
    """Seconds without a key or the pointer; 0: the session is in use; None: nobody can tell."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class InhibitedChanged:
    """Whether something keeps the desktop from becoming idle."""

    on: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """A person chose something."""

    choice: Choice


Fact = (
    DaemonUp
    | DaemonDown
    | PropertiesChanged
    | StatusRead
    | Happened
    | Denied
    | SettingsRead
    | Closed
    | Elapsed
    | NoTray
    | SessionBusLost
    | DisplaysChanged
    | IdleChanged
    | InhibitedChanged
    | Chosen
)


# Effects.


@dataclass(frozen=True, slots=True)
class Speak:
    """Say this. `test`: also where sound is muted or hours are quiet."""

    text: str
    test: bool = False


@dataclass(frozen=True, slots=True)
class Prime:
    """Something may be said soon: make the speech engine ready."""


@dataclass(frozen=True, slots=True)
class Release:
    """Nothing will be said soon."""


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a notification."""

    label: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class Notify:
    """Show a notification; one of the same `key` takes the place of the one before."""

    key: str
    title: str
    body: str = ""
    actions: tuple[Action, ...] = ()
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take a notification back."""

    key: str


@dataclass(frozen=True, slots=True)
class Call:
    """Call a method of the daemon; where it says no, `Denied` with this choice comes back."""

    member: str
    arguments: tuple[Any, ...]
    choice: Choice


@dataclass(frozen=True, slots=True)
class ReportDisplays:
    """Tell the daemon whether a display is on; nobody is told where it says no."""

    on: bool


@dataclass(frozen=True, slots=True)
class ReportUse:
    """Tell the daemon how the session is used, by keys of `api.USE`."""

    use: Values


@dataclass(frozen=True, slots=True)
class FollowUse:
    """Whether the use of the session and what inhibits it are followed."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class LockSession:
    """Lock this session of the person's."""

    session: str


@dataclass(frozen=True, slots=True)
class BringUp:
    """Bring this session, which is somebody else's, to the screen."""

    session: str


@dataclass(frozen=True, slots=True)
class WakeDisplays:
    """Switch the displays on: their owner is there, and was let in."""


@dataclass(frozen=True, slots=True)
class AskDisplays:
    """Whether a screen that tells nothing by itself is asked now and then."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class Launch:
    """Open a window, unless it is open. `appearance` and `replace` as in Open."""

    program: Program
    appearance: str = ""
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Save:
    """Write the settings; `SettingsRead` comes back."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class Later:
    """`Elapsed` comes back after so many seconds; one of the same name starts anew."""

    timer: str
    seconds: float


class Ending(Enum):
    """How the agent ends."""

    FOR_GOOD = "for good"
    AGAIN = "to be started anew"
    AGAIN_WITH_BUS = "to be started anew, once the session has a bus again"


@dataclass(frozen=True, slots=True)
class Stop:
    """End the agent."""

    ending: Ending = Ending.FOR_GOOD


Effect = (
    Speak
    | Prime
    | Release
    | Notify
    | Withdraw
    | Call
    | ReportDisplays
    | AskDisplays
    | WakeDisplays
    | ReportUse
    | FollowUse
    | LockSession
    | BringUp
    | Launch
    | Save
    | Later
    | Stop
)
