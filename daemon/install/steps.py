"""What installing is made of: steps that know whether they are needed, and can say what they do."""

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from daemon.install.errors import InstallError
from models import files

_SECONDS = 120.0
_PROGRAM_FOLDERS = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where programs of the system lie: never where the caller's PATH says."""


class Step(Protocol):
    """One change of the machine. Taken twice, it changes nothing the second time."""

    @property
    def text(self) -> str:
        """What it does, beginning with a verb."""
        ...

    def needed(self) -> bool:
        """Whether something is left to do."""
        ...

    def take(self) -> None:
        """Does it; raises FacelatchError or OSError."""
        ...


@dataclass(frozen=True, slots=True)
class Write:
    """Puts a file in place, readable by everybody."""

    path: Path
    content: bytes

    @property
    def text(self) -> str:
        """Names the file."""
        return f"write {self.path}"

    def needed(self) -> bool:
        """True unless the same content is there, as a plain file of root's mode."""
        try:
            mode = self.path.lstat().st_mode
            return mode & 0o7777 != 0o644 or self.path.read_bytes() != self.content
        except OSError:
            return True

    def take(self) -> None:
        """Writes beside it and renames: nobody reads half a file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        files.write(self.path, self.content)


@dataclass(frozen=True, slots=True)
class Link:
    """Makes a symbolic link; what somebody else put in its place is left alone."""

    path: Path
    target: Path

    @property
    def text(self) -> str:
        """Names the link and what it points to."""
        return f"link {self.path} to {self.target}"

    def needed(self) -> bool:
        """True unless something is there already."""
        return not os.path.lexists(self.path)

    def take(self) -> None:
        """Makes the link and the folders above it; raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.symlink_to(self.target)


@dataclass(frozen=True, slots=True)
class Remove:
    """Takes a file, link or folder away, and folders above it that were made for it."""

    path: Path
    made_for_it: Sequence[Path] = ()
    """Folders that go too once they are empty, innermost first."""
    holding: str = ""
    """What goes with it, for a person."""

    @property
    def text(self) -> str:
        """Names what goes, and what goes with it."""
        return f"remove {self.path}{self.holding and f', with {self.holding}'}"

    def needed(self) -> bool:
        """True where it is there."""
        return os.path.lexists(self.path)

    def take(self) -> None:
        """Removes it; a link, not what it points to."""
        files.remove_whole(self.path)
        for folder in self.made_for_it:
            with contextlib.suppress(OSError):
                folder.rmdir()


@dataclass(frozen=True, slots=True)
class Run:
    """Runs a program of the system."""

    text: str
    command: tuple[str, ...]
    when: Callable[[], bool] = lambda: True

    def needed(self) -> bool:
        """As `when` says at this moment."""
        return self.when()

    def take(self) -> None:
        """Runs it; raises InstallError with the last line that it said."""
        run(self.command)


@dataclass(frozen=True, slots=True)
class Do:
    """Calls `action`, for whatever is neither a file nor a program."""

    text: str
    action: Callable[[], object]
    when: Callable[[], bool] = lambda: True

    def needed(self) -> bool:
        """As `when` says at this moment."""
        return self.when()

    def take(self) -> None:
        """Calls `action`; raises whatever that raises."""
        self.action()


def run(command: Sequence[str]) -> str:
    """Output of a program of the system. Raises InstallError."""
    program = find(command[0])
    if program is None:
        raise InstallError(f"{command[0]} is not installed here")
    try:
        done = subprocess.run(
            [program, *command[1:]],
            env={"PATH": ":".join(_PROGRAM_FOLDERS), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except OSError as error:
        raise InstallError(f"{program} cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise InstallError(f"{command[0]} did not end within {_SECONDS:g} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise InstallError(f"{' '.join(command)}: {said[-1] if said else 'failed'}")
    return done.stdout


def missing(programs: Sequence[str]) -> list[str]:
    """Those that are not on this machine."""
    return [program for program in programs if find(program) is None]


def find(program: str) -> str | None:
    """The full path of a program of the system, None where it is not on this machine."""
    return shutil.which(program, path=":".join(_PROGRAM_FOLDERS))


def succeeds(command: Sequence[str]) -> bool:
    """Whether a program of the system runs and exits with 0."""
    try:
        run(command)
    except InstallError:
        return False
    return True


def user_exists(name: str) -> bool:
    """Whether there is a user of that name."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
