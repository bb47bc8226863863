"""The settings on the disk: read, written in one step, and watched without polling."""

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
        """Writes them beside the old ones and renames; says why where that cannot be done."""
        try:
            content = _text(self.path)
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            changed = settings.rewritten(content, wanted).encode()
            # Of a link the target is changed, not the link.
            files.write(self.path.resolve(), changed, mode=0o600)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return SettingsRead(self._settings, str(Problem(str(self.path), reason)))
        return self.read()

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


def _text(path: Path) -> str:
    try:
        return read_file(path).content.decode()
    except (FileNotFoundError, ConfigError):
        return ""
