"""The template store: the only writer of templates.

One file a person, sealed (see `enroll.codec`), in a folder of mode 0700; beside them the key, of
mode 0400, made on the first write.

What the key file protects: a copy of a template file alone (in a backup, a bug report, on a lost
stick) tells nothing about a face; a file that was changed, cut or renamed is refused. What it does
not protect: whoever can read the whole folder, that is this user, root, or the finder of a disk
that is not encrypted, has the key too. Without the key nothing can be read; enrol again.
"""

import hashlib
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote

from enroll import codec
from enroll.errors import NotEnrolledError, StoreError
from enroll.files import PrivateFolder
from enroll.template import Look, Person, check_name
from models.errors import UsageError

_SUFFIX = ".templates"
_KEY = "key"
_HASHED = "~"  # never in a plain file name, see _file_name
_LONGEST_STEM = 180  # of the 255 bytes a file system takes


def default_folder() -> Path:
    """`facelatch/templates` in the XDG data folder of the caller."""
    base = os.environ.get("XDG_DATA_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".local/share"
    return root / "facelatch" / "templates"


class TemplateStore:
    """The templates in one folder. Opens nothing until asked; safe between processes.

    Every method raises StoreError, one line that names the file and what to do, where the folder,
    the key or a file is unreadable, damaged, another user's, open to others, a link or of a newer
    version. Only somebody without a file is NotEnrolledError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Everybody enrolled, sorted; whether their files can be opened is not asked."""
        try:
            with PrivateFolder(self.folder) as folder:
                return sorted(_name_of(folder, file) for file in folder.list(_SUFFIX))
        except FileNotFoundError:
            return []

    def load(self, name: str) -> Person:
        """The person called `name`; raises NotEnrolledError where there is none."""
        name = check_name(name)
        try:
            with PrivateFolder(self.folder) as folder:
                return _load(folder, name)
        except FileNotFoundError:
            raise _not_enrolled(name) from None

    def load_all(self) -> list[Person]:
        """Everybody, sorted by name. One bad file fails it all: nobody is forgotten in silence."""
        return [self.load(name) for name in self.names()]

    def save(self, person: Person) -> None:
        """Writes `person`, in place of the old templates if any; synced when it returns."""
        with self._writing() as folder:
            _save(folder, person)

    def add_look(self, name: str, look: Look) -> Person:
        """Adds one look to a person, new or not, in place of the one of the same name and model.

        No other writer comes between reading and writing. Returns the person as written.
        """
        name = check_name(name)
        with self._writing() as folder:
            try:
                person = _load(folder, name).with_look(look)
            except FileNotFoundError:
                person = Person(name, (look,))
            _save(folder, person)
        return person

    def remove(self, name: str) -> None:
        """Removes everything of `name`, readable or not; raises NotEnrolledError without any."""
        name = check_name(name)
        try:
            with PrivateFolder(self.folder) as folder, folder.locked():
                folder.remove(_file_name(name))
        except FileNotFoundError:
            raise _not_enrolled(name) from None

    @contextmanager
    def _writing(self) -> Iterator[PrivateFolder]:
        try:
            with PrivateFolder(self.folder, create=True) as folder, folder.locked():
                yield folder
        # What cannot be missing after `create` was taken away under our hands.
        except (FileNotFoundError, FileExistsError) as error:
            raise StoreError(f"{self.folder} cannot be written: {error.strerror}") from error


def _load(folder: PrivateFolder, name: str) -> Person:
    """Raises FileNotFoundError where there is no file of that name."""
    file = _file_name(name)
    content = folder.read(file, most=codec.LARGEST_FILE)
    key = _read_key(folder)
    if key is None:
        raise _key_lost(folder)
    with _explained(folder, file):
        person = codec.unseal(content, key)
    if person.name != name:
        raise StoreError(f"{folder.path / file} belongs to {person.name!r}", "move it away")
    return person


def _save(folder: PrivateFolder, person: Person) -> None:
    file = _file_name(person.name)
    _spare_newer(folder, file)
    folder.replace(file, codec.seal(person, _read_key(folder) or _make_key(folder)))


def _spare_newer(folder: PrivateFolder, file: str) -> None:
    """Raises StoreError where the file in place is not ours to replace: newer, a link, a pipe."""
    try:
        content = folder.read(file, most=codec.LARGEST_FILE)
    except FileNotFoundError:
        return
    if codec.is_newer(content):
        with _explained(folder, file):
            codec.read_name(content)


def _read_key(folder: PrivateFolder) -> bytes | None:
    try:
        key = folder.read(_KEY, most=codec.KEY_SIZE)
    except FileNotFoundError:
        return None
    if len(key) != codec.KEY_SIZE:
        raise StoreError(f"{folder.path / _KEY} is not a key", _START_AGAIN)
    return key


def _make_key(folder: PrivateFolder) -> bytes:
    # A second key would make the files of the first look damaged.
    if folder.list(_SUFFIX):
        raise _key_lost(folder)
    key = codec.new_key()
    folder.create(_KEY, key)
    return key


_START_AGAIN = "restore it, or remove everybody (facelatch remove NAME) and enrol again"


def _key_lost(folder: PrivateFolder) -> StoreError:
    return StoreError(f"the key of the templates, {folder.path / _KEY}, is missing", _START_AGAIN)


def _not_enrolled(name: str) -> NotEnrolledError:
    return NotEnrolledError(f"{name} is not enrolled", f"run: facelatch enroll {shlex.quote(name)}")


def _file_name(name: str) -> str:
    """The file of a person: percent-encoded, and where that is too long, cut and hashed."""
    stem = quote(name, safe="").replace(_HASHED, "%7E")
    if len(stem) > _LONGEST_STEM:
        digest = hashlib.sha256(name.encode()).hexdigest()[:32]
        stem = f"{stem[: _LONGEST_STEM - 33].rsplit('%', 1)[0]}{_HASHED}{digest}"
    return stem + _SUFFIX


def _name_of(folder: PrivateFolder, file: str) -> str:
    stem = file.removesuffix(_SUFFIX)
    try:
        if _HASHED in stem:
            content = folder.read(file, most=codec.LARGEST_FILE)
            with _explained(folder, file):
                name = codec.read_name(content)
        else:
            name = check_name(unquote(stem, errors="strict"))
    except (UsageError, UnicodeDecodeError):
        name = ""
    if not name or _file_name(name) != file:
        raise StoreError(f"{folder.path / file} has a name that is not ours", "move it away")
    return name


@contextmanager
def _explained(folder: PrivateFolder, file: str) -> Iterator[None]:
    """Puts the file's path and a way out into what the codec says."""
    try:
        yield
    except StoreError as error:
        hint = error.hint or "remove this person (facelatch remove NAME) and enrol again"
        raise StoreError(f"{folder.path / file}: {error.message}", hint) from error
