"""How a session of a user is unlocked: `logind`, `signal NAME` or `command ARGV...`. Pure."""

import re
import shlex
from dataclasses import dataclass
from typing import Literal, get_args

from models.errors import UsageError

MethodKind = Literal["logind", "signal", "command"]

_FORMS = '"logind", "signal PROGRAM" or "command /PATH ARGUMENT..."'
_LONGEST = 1024
_MOST_ARGUMENTS = 64
# The kernel keeps 15 characters of a program's name (TASK_COMM_LEN - 1).
_PROGRAM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,14}")


@dataclass(frozen=True, slots=True)
class UnlockMethod:
    """One method. Raises UsageError for what is none.

    `logind`: asks logind to unlock the session; `argv` is empty. `signal`: SIGUSR1 to the user's
    program of that name (`argv[0]`), as swaylock and hyprlock take it. `command`: `argv`, run as
    the user without a shell; the program is an absolute path.
    """

    kind: MethodKind
    argv: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in get_args(MethodKind):
            raise UsageError(f"an unlock method is {_FORMS}")
        if self.kind == "logind" and self.argv:
            raise UsageError("the unlock method logind takes nothing more")
        if self.kind == "signal" and not (len(self.argv) == 1 and _PROGRAM.fullmatch(self.argv[0])):
            raise UsageError("the unlock method signal takes a program's name, such as swaylock")
        if self.kind == "command":
            _check_command(self.argv)

    @classmethod
    def parse(cls, text: object) -> "UnlockMethod":
        """The method written as `text`."""
        if not isinstance(text, str) or len(text) > _LONGEST or not text.isprintable():
            raise UsageError(f"an unlock method is {_FORMS}")
        try:
            word, *argv = shlex.split(text) or [""]
        except ValueError as error:
            raise UsageError(f"an unlock method cannot be parsed: {str(error).lower()}") from None
        for kind in get_args(MethodKind):
            if word == kind:
                return cls(kind, tuple(argv))
        raise UsageError(f"an unlock method is {_FORMS}")

    def __str__(self) -> str:
        """The text that it is parsed from."""
        return shlex.join((self.kind, *self.argv))


def _check_command(argv: tuple[str, ...]) -> None:
    if not argv or not argv[0].startswith("/"):
        raise UsageError("the unlock method command takes the full path of a program")
    if len(argv) > _MOST_ARGUMENTS or not all(one.isprintable() for one in argv):
        raise UsageError(f"a command has at most {_MOST_ARGUMENTS} printable arguments")
