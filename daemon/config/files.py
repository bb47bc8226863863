"""The files of the configuration: found, checked for who could have changed them, read."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from daemon.config.errors import ConfigError, Problem
from daemon.config.reading import LARGEST_FILE, Loaded, Text, read, read_unlock
from daemon.config.sections import Unlock
from models import files

DEFAULT_FILE = Path("/etc/facelatch/config.toml")
DROP_INS = "config.d"
_MOST_DROP_INS = 64


def load(path: Path = DEFAULT_FILE) -> Loaded:
    """The file at `path`, if there is one, and over it `config.d/*.toml` beside it, by name.

    Every file and folder on the way must belong to root or the caller and be writable by nobody
    else. Raises ConfigError.
    """
    return read(_texts(path))


def load_unlock(path: Path = DEFAULT_FILE) -> Unlock:
    """The section `unlock` of those files. What is wrong in another section does not matter: a slip
    there must not shut the owner out before anybody has seen it. Raises ConfigError.
    """
    return read_unlock(_texts(path))


def _texts(path: Path) -> list[Text]:
    problems: list[Problem] = []
    texts: list[Text] = []
    for file in (path, *_drop_ins(path.parent / DROP_INS)):
        try:
            texts.append(read_file(file))
        except FileNotFoundError:
            # Without the main file all is default; a drop-in was there a moment ago.
            continue
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(tuple(problems))
    return texts


def read_file(path: Path) -> Text:
    """One file's content. Raises FileNotFoundError, or ConfigError for all else that is wrong."""
    # Not to hang on a pipe that lies in the file's place.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise _problem(path, f"cannot be opened: {_reason(error)}") from None
    try:
        _check_owner(path, os.fstat(descriptor), stat.S_ISREG, "a file")
        _check_folder(path.parent)
        content = _read_all(descriptor)
    except OSError as error:
        raise _problem(path, f"cannot be read: {_reason(error)}") from None
    finally:
        os.close(descriptor)
    return Text(str(path), content)


def _read_all(descriptor: int) -> bytes:
    """At most one byte more than LARGEST_FILE, which tells that there is more."""
    content = b""
    while len(content) <= LARGEST_FILE:
        part = os.read(descriptor, LARGEST_FILE + 1 - len(content))
        if not part:
            break
        content += part
    return content


def _drop_ins(folder: Path) -> list[Path]:
    try:
        names = sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _problem(folder, f"cannot be listed: {_reason(error)}") from None
    _check_folder(folder)
    found = [name for name in names if name.endswith(".toml") and not name.startswith(".")]
    if len(found) > _MOST_DROP_INS:
        raise _problem(folder, f"has more than {_MOST_DROP_INS} files")
    return [folder / name for name in found]


def _check_folder(folder: Path) -> None:
    """Whoever may write a folder may put another file in place of ours."""
    try:
        status = folder.stat()
    except OSError as error:
        raise _problem(folder, f"cannot be read: {_reason(error)}") from None
    _check_owner(folder, status, stat.S_ISDIR, "a folder")


def _check_owner(
    path: Path, status: os.stat_result, is_kind: Callable[[int], bool], kind: str
) -> None:
    if not is_kind(status.st_mode):
        raise _problem(path, f"is not {kind}")
    found = files.exposure(status, sticky=True)
    if found is files.Exposure.OWNER:
        raise _problem(path, "belongs to another user", f"run: chown root {path}")
    if found is files.Exposure.MODE:
        raise _problem(path, "may be written by others", f"run: chmod go-w {path}")


def _problem(path: Path, message: str, hint: str = "") -> ConfigError:
    return ConfigError((Problem(str(path), message, hint),))


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
