"""What a decision is made of, and what it comes to. Pure data."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from daemon.api import Action, Error

ROOT = 0


class SessionFacts(Protocol):
    """What is asked of a session; `session_class` is logind's Class ("user", "greeter", ...)."""

    @property
    def id(self) -> str:
        """logind's id."""
        ...

    @property
    def uid(self) -> int:
        """Its user."""
        ...

    @property
    def session_class(self) -> str:
        """logind's Class."""
        ...

    @property
    def kind(self) -> str:
        """logind's Type: "x11", "wayland", "tty", ..."""
        ...

    @property
    def seat(self) -> str:
        """Its seat, "" where it has none."""
        ...

    @property
    def active(self) -> bool:
        """Whether it is the one on the screen of its seat."""
        ...

    @property
    def remote(self) -> bool:
        """Whether logind knows that it came over a network."""
        ...

    @property
    def locked(self) -> bool:
        """As logind and the signals say: see `daemon.system.sessions`."""
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the bus tells: never taken from arguments.

    `session` is the one its process belongs to; None where it belongs to none, as what systemd
    starts for a user, and where it cannot be found out. `slice_uid` is then the user in whose
    app.slice or session.slice its process stands, as the programs of a desktop do; None elsewhere.
    `display_manager`: it is root's, and of the service that shows the login screens.
    """

    uid: int
    session: SessionFacts | None = None
    slice_uid: int | None = None
    display_manager: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The user asked about. `uid` None: there is no such user.

    `appearances` counts those that the running model made, `other_appearances` all others.
    `unlocking` is the user's own switch: whether their sessions may be unlocked unasked.
    """

    username: str
    uid: int | None
    appearances: int = 0
    other_appearances: int = 0
    unlocking: bool = True


@dataclass(frozen=True, slots=True)
class Conversation:
    """What PAM says of the conversation that a request is for: where it asks, "" where nowhere.

    `tty` is the terminal that the user types at, `remote_host` the machine that they sit at.
    """

    tty: str = ""
    remote_host: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """How the machine is. `lid_closed` None: nobody can tell, which counts as closed."""

    asleep: bool = False
    lid_closed: bool | None = None
    paused: bool = False
    enrolling: bool = False
    stopping: bool = False


class _Answer:
    """Its truth is not to be asked: a denial, being an object, would count as a yes."""

    __slots__ = ()

    def __bool__(self) -> bool:
        raise TypeError("a decision is neither true nor false: ask for `allowed`")


@dataclass(frozen=True, slots=True)
class Allowed(_Answer):
    """A yes without conditions."""

    @property
    def allowed(self) -> bool:
        """True: nothing else needs to be asked."""
        return True


@dataclass(frozen=True, slots=True)
class Denied(_Answer):
    """No: the error for the bus, and one line for a person; what to do is the hint."""

    error: Error
    reason: str
    hint: str = ""

    @property
    def allowed(self) -> bool:
        """False, whatever the error."""
        return False

    def __str__(self) -> str:
        """Reason and hint in one line."""
        return f"{self.reason}; {self.hint}" if self.hint else self.reason


@dataclass(frozen=True, slots=True)
class Ask(_Answer):
    """Not without polkit: only a yes to `action` for this caller allows it.

    The answer takes a person's time: ask for the decision again, with fresh facts, after it.
    """

    action: Action

    @property
    def allowed(self) -> bool:
        """False: polkit has not been asked."""
        return False


Decision: TypeAlias = Allowed | Denied
