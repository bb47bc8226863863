"""The settings on the disk: read, written in one step, and watched without polling."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from daemon.clients.agent import file_events, settings
from daemon.clients.agent.messages import SettingsRead
from daemon.clients.agent.settings import Settings
from daemon.config import ConfigError, Problem, Text, read_file
from models import files

_EVENTS = (
    file_events.CLOSE_WRITE | file_events.MOVED_FROM | file_events.MOVED_TO | file_events.DELETE
)


def default_path() -> Path:
    """`~/.config/facelatch/agent.toml`, or where the XDG folder is."""
    home = os.environ.get("XDG_CONFIG_HOME")
    return Path(home or Path.home() / ".config") / "facelatch" / "agent.toml"


class SettingsFile:
    """Keeps the last settings that were right."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._settings = Settings()
        self._watch = -1

    def read(self) -> SettingsRead:
        """The settings in use: those on the disk, or where they are wrong the ones before."""
        try:
            # Its name is enough: a notification has little room, and the folder is known.
            text = Text(self.path.name, read_file(self.path).content)
            self._settings = settings.parse(text)
        except FileNotFoundError:
            self._settings = Settings()
        except ConfigError as error:
            return SettingsRead(self._settings, str(error))
        return SettingsRead(self._settings)

    def write(self, wanted: Settings) -> SettingsRead:
        """Writes them beside the old ones and renames; says why where that cannot be done.

        A file that cannot be used as settings is kept beside them, see `_set_aside`.
        """
        try:
            # Of a link the target is changed, not the link.
            target = self.path.resolve()
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.write(target, self._changed(target, wanted).encode(), mode=0o600)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return SettingsRead(self._settings, str(Problem(str(self.path), reason)))
        return self.read()

    def _changed(self, target: Path, wanted: Settings) -> str:
        try:
            return settings.rewritten(_text(self.path), wanted)
        except (ConfigError, UnicodeDecodeError):
            old = _set_aside(target)
            return f"# A file with a mistake was here: see {old}\n\n{settings.to_toml(wanted)}"

    def watch(self) -> int:
        """A descriptor that can be read when something in the folder changed; -1 where none is."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return -1
        self._watch = file_events.watching([self.path.parent], _EVENTS)
        return self._watch

    def take_changes(self, tell: Callable[[SettingsRead], None]) -> None:
        """Reads the settings anew where it was their file that changed."""
        try:
            changes = os.read(self._watch, 65536)
        except OSError:
            return
        # The name of the file stands in the event.
        if os.fsencode(self.path.name) + b"\0" in changes:
            tell(self.read())

    def close(self) -> None:
        """Watches no more."""
        if self._watch >= 0:
            os.close(self._watch)
            self._watch = -1


def _set_aside(path: Path) -> str:
    """Calls it `agent.toml.old`; raises FileExistsError where one such is kept already."""
    old = path.with_name(f"{path.name}.old")
    if os.path.lexists(old):
        raise FileExistsError(errno.EEXIST, f"has a mistake, and {old.name} is in the way")
    path.rename(old)
    return old.name


def _text(path: Path) -> str:
    """What is there; raises ConfigError, UnicodeDecodeError for what cannot be used."""
    try:
        return read_file(path).content.decode("utf-8-sig")
    except FileNotFoundError:
        return ""
