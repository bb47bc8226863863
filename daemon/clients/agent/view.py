"""What the tray shows: one sign, one line, one menu. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from daemon.clients.agent.messages import Choice


class Sign(StrEnum):
    """A state as the icon shows it; each has a drawing of this name."""

    READY = "ready"
    LOOKING = "looking"
    RECOGNISED = "recognised"
    PAUSED = "paused"
    LOCKED_OUT = "locked-out"
    CAMERA = "camera"
    """The camera is wanted, and busy or absent."""
    TROUBLE = "trouble"
    """Something else must be mended first."""
    ABSENT = "absent"
    """The daemon is not running."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a menu; one without a choice and without children only says something."""

    label: str
    choice: Choice | None = None
    children: tuple["Item", ...] = ()
    checked: bool | None = None
    """None: it is nothing to be checked."""
    enabled: bool = True


SEPARATOR = Item("")


@dataclass(frozen=True, slots=True)
class View:
    """Everything that the tray shows."""

    sign: Sign
    line: str
    menu: tuple[Item, ...]

    @property
    def tooltip(self) -> str:
        """One line for the icon."""
        return f"Facelatch: {self.line}"
