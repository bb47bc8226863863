"""The template store: the only writer of templates.

One file a person, sealed (see `enroll.envelope`), in a folder of mode 0700. A write leaves the old
file in its place until the new one was read back from the disk and opened with the key. Uses are
counted in a file of their own (`enroll.uses`), so that no count ever endangers a template.
"""

import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from enroll import codec, envelope, naming, uses
from enroll.codec import TEMPLATES
from enroll.errors import LookExistsError, NoSuchLookError, NotEnrolledError, StoreError
from enroll.files import PrivateFolder
from enroll.keys import Key, Keyring, credential_folder, read_credential
from enroll.naming import file_of, uses_of
from enroll.place import MACHINE_ID, Place, UidOf, machine_of, own_account
from enroll.template import Look, Person, check_name
from enroll.uses import LookKey, Use


def default_folder() -> Path:
    """`facelatch/templates` in the XDG data folder of the caller."""
    base = os.environ.get("XDG_DATA_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".local/share"
    return root / "facelatch" / "templates"


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal took away, and what keeps it from being certain."""

    files: tuple[Path, ...]
    """Unlinked, and looked for again afterwards: nothing of that person is in the folder."""
    doubts: tuple[str, ...]
    """One line each: what may hold the templates still, as far as it can be seen here."""


class TemplateStore:
    """The templates in one folder. Opens nothing until asked; safe between processes.

    `account` says which user a person's name stands for. The key is the credential that systemd
    handed to this process, or `credential`, or else a file in the folder.

    Every method raises StoreError, one line that names the file and what to do, where the folder,
    the key or a file is unreadable, damaged, another user's, another machine's, open to others, a
    link or of a newer version. Only somebody without a file is NotEnrolledError.
    """

    def __init__(
        self,
        folder: Path,
        *,
        account: UidOf = own_account,
        machine_id: Path = MACHINE_ID,
        credential: Key | None = None,
    ) -> None:
        self.folder = folder
        self._account = account
        self._machine_id = machine_id
        self._credential = credential

    def names(self) -> list[str]:
        """Everybody enrolled, sorted; whether their files can be opened is not asked."""
        try:
            with PrivateFolder(self.folder) as folder:
                return sorted(_name_of(folder, file) for file in folder.list(naming.TEMPLATES))
        except FileNotFoundError:
            return []

    def load(self, name: str) -> Person:
        """The person called `name`; raises NotEnrolledError where there is none.

        A file of an older version is written anew as one of this version, if that can be done.
        """
        name = check_name(name)
        try:
            with PrivateFolder(self.folder) as folder:
                person, version = self._load(folder, name)
        except FileNotFoundError:
            raise _not_enrolled(name) from None
        if version < envelope.VERSION:
            self._migrate(name)
        return person

    def load_all(self) -> list[Person]:
        """Everybody, sorted by name. One bad file fails it all: nobody is forgotten in silence."""
        return [self.load(name) for name in self.names()]

    def save(self, person: Person) -> None:
        """Writes `person`, in place of the old templates if any; synced when it returns."""
        with self._writing() as folder:
            self._save(folder, person)

    def add_look(self, name: str, look: Look) -> Person:
        """Adds one look to a person, new or not, in place of the one of the same name and model.

        No other writer comes between reading and writing. Returns the person as written.
        """
        name = check_name(name)
        with self._writing() as folder:
            try:
                person = self._load(folder, name)[0].with_look(look)
            except FileNotFoundError:
                person = Person(name, (look,))
            self._save(folder, person)
        return person

    def change(self, name: str, change: Callable[[Person], Person]) -> Person:
        """Writes what `change` makes of the person called `name`; returns it as written.

        No other writer comes between. Raises NotEnrolledError, and whatever `change` raises.
        """
        name = check_name(name)
        try:
            with self._existing() as folder:
                person = self._load(folder, name)[0]
                changed = change(person)
                if changed != person:
                    self._save(folder, changed)
        except FileNotFoundError:
            raise _not_enrolled(name) from None
        return changed

    def remove_look(self, name: str, look: str) -> None:
        """Removes every look of that name; the last one takes the person with it.

        Raises NoSuchLookError, NotEnrolledError.
        """
        name = check_name(name)
        try:
            with self._existing() as folder:
                person = self._load(folder, name)[0]
                kept = tuple(one for one in person.looks if one.name != look)
                if len(kept) == len(person.looks):
                    raise NoSuchLookError(look)
                if kept:
                    self._save(folder, Person(name, kept))
                else:
                    _unlink_all(folder, name)
        except FileNotFoundError:
            raise _not_enrolled(name) from None

    def rename_look(self, name: str, look: str, new: str) -> None:
        """Gives every look called `look` another name; its uses go with it.

        Raises NoSuchLookError, LookExistsError for `new`, NotEnrolledError.
        """
        new = check_name(new, what="look's name")

        def renamed(person: Person) -> Person:
            if not person.has(look):
                raise NoSuchLookError(look)
            if new != look and person.has(new):
                raise LookExistsError(new)
            return person.renamed(look, new)

        counted = self.uses(name)
        self.change(name, renamed)
        moved = {
            ((new, model) if one == look else (one, model)): use
            for (one, model), use in counted.items()
        }
        if moved != counted:
            self.keep_uses(name, moved)

    def remove(self, name: str) -> Removal:
        """Removes everything of `name`, readable or not; raises NotEnrolledError without any.

        What is left of a write that was cut short goes too. Afterwards the folder is opened and
        read anew: StoreError where anything of that person is still in it.
        """
        name = check_name(name)
        try:
            with self._existing() as folder:
                removal = _unlink_all(folder, name)
            with PrivateFolder(self.folder) as folder:
                left = [file for file in (file_of(name), uses_of(name)) if folder.has(file)]
        except FileNotFoundError:
            raise _not_enrolled(name) from None
        if left:
            raise StoreError(f"{self.folder / left[0]} is there again", "remove once more")
        return removal

    def revert(self, name: str, look: str | None = None) -> Person:
        """Forgets what was adapted, in one look or in all; the person as written.

        Raises NoSuchLookError, NotEnrolledError.
        """

        def reverted(person: Person) -> Person:
            if look is not None and not person.has(look):
                raise NoSuchLookError(look)
            return person.reverted(look)

        return self.change(name, reverted)

    def uses(self, name: str) -> dict[LookKey, Use]:
        """How often each look let its owner in. What cannot be read counts as never."""
        name = check_name(name)
        try:
            with PrivateFolder(self.folder) as folder:
                content = folder.read(uses_of(name), most=uses.LARGEST_FILE)
                key = self._ring(folder).find(envelope.label(uses.USES, content).key_id)
                if key is None:
                    return {}
                return uses.unseal(content, key.secret, self._place(name))
        except (FileNotFoundError, StoreError):
            return {}

    def keep_uses(self, name: str, counted: Mapping[LookKey, Use]) -> None:
        """Writes the uses of a person who is enrolled; waits for no disk, and may lose them."""
        name = check_name(name)
        try:
            with self._existing() as folder:
                key = self._ring(folder).current()
                if key is None or not folder.has(file_of(name)):
                    return
                sealed = uses.seal(name, counted, key.secret, self._place(name))
                folder.replace_lightly(uses_of(name), sealed)
        except FileNotFoundError:
            return

    def reseal(self, key: Key) -> list[str]:
        """Seals everything with `key` and forgets the key files; who could not be resealed.

        Every file is opened with the key that it names, be that `key` or one of the files; the key
        files stay while somebody's templates need them. A line for each of those.
        """
        other = TemplateStore(
            self.folder, account=self._account, machine_id=self._machine_id, credential=key
        )
        problems = []
        for name in self.names():
            try:
                with self._existing() as folder:
                    other._reseal(folder, name)
            except (FileNotFoundError, StoreError) as error:
                problems.append(f"{name}: {error}")
        if not problems and self.folder.exists():
            with self._existing() as folder:
                files = Keyring(folder, None).files()
                if files:
                    folder.remove(*files)
        return problems

    def key_kind(self) -> str:
        """What seals what is written now: "credential", "file", or "" where there is no key yet."""
        try:
            with PrivateFolder(self.folder) as folder:
                key = self._ring(folder).current()
        except FileNotFoundError:
            key = self._given()
        return "" if key is None else "credential" if key.credential else "file"

    @property
    def bound(self) -> bool:
        """Whether the machine says which it is, so that its templates open nowhere else."""
        return machine_of(self._machine_id) != Place.UNKNOWN

    def _reseal(self, folder: PrivateFolder, name: str) -> None:
        file = file_of(name)
        try:
            self._load(folder, name)
        except StoreError:
            content = folder.read(file, most=codec.LARGEST_FILE)
            key = Keyring(folder, None).find(envelope.label(TEMPLATES, content).key_id)
            if key is None:
                raise
            with _explained(folder, file):
                person = codec.unseal(content, key.secret, self._place(name))
            self._put(folder, person)

    def _migrate(self, name: str) -> None:
        # Whatever hinders it hinders nobody from reading what is there.
        with suppress(StoreError, FileNotFoundError), self._existing() as folder:
            person, version = self._load(folder, name)
            if version < envelope.VERSION:
                self._save(folder, person)

    @contextmanager
    def _writing(self) -> Iterator[PrivateFolder]:
        try:
            with PrivateFolder(self.folder, create=True) as folder, folder.locked():
                yield folder
        # What cannot be missing after `create` was taken away under our hands.
        except (FileNotFoundError, FileExistsError) as error:
            raise StoreError(f"{self.folder} cannot be written: {error.strerror}") from error

    @contextmanager
    def _existing(self) -> Iterator[PrivateFolder]:
        with PrivateFolder(self.folder) as folder, folder.locked():
            yield folder

    def _load(self, folder: PrivateFolder, name: str) -> tuple[Person, int]:
        """The person and the file's version; FileNotFoundError where there is no such file."""
        file = file_of(name)
        content = folder.read(file, most=codec.LARGEST_FILE)
        with _explained(folder, file):
            said = envelope.label(TEMPLATES, content)
            place = self._place(name)
            envelope.check_place(said, name, place)
        key = self._ring(folder).find(said.key_id)
        if key is None:
            raise self._ring(folder).lost(file)
        with _explained(folder, file):
            return codec.unseal(content, key.secret, place), said.version

    def _save(self, folder: PrivateFolder, person: Person) -> None:
        self._spare(folder, person.name)
        self._put(folder, person)

    def _put(self, folder: PrivateFolder, person: Person) -> None:
        file = file_of(person.name)
        place, ring = self._place(person.name), self._ring(folder)
        key = ring.current() or ring.make(first=not folder.list(naming.TEMPLATES))

        def check(written: bytes) -> None:
            if codec.unseal(written, key.secret, place) != person:
                raise StoreError(f"{folder.path / file} was not sealed as it should be")

        folder.replace(file, codec.seal(person, key.secret, place), check=check)

    def _spare(self, folder: PrivateFolder, name: str) -> None:
        """Raises StoreError where the file in place is not ours to replace.

        That is one that is newer, a link, a pipe, made elsewhere or for somebody else, or sealed
        with a key that is not here: it may be needed yet. One that is plainly damaged is not.
        """
        file = file_of(name)
        try:
            content = folder.read(file, most=codec.LARGEST_FILE)
        except FileNotFoundError:
            return
        with _explained(folder, file):
            try:
                said = envelope.label(TEMPLATES, content)
            except StoreError:
                if envelope.is_newer(TEMPLATES, content):
                    raise
                return
            envelope.check_place(said, name, self._place(name))
        if self._ring(folder).find(said.key_id) is None:
            raise self._ring(folder).lost(file)

    def _ring(self, folder: PrivateFolder) -> Keyring:
        return Keyring(folder, self._given())

    def _given(self) -> Key | None:
        return self._credential or read_credential(credential_folder())

    def _place(self, name: str) -> Place:
        uid = self._account(name)
        if uid is None:
            raise StoreError(f"this machine has no user {name}", "see: getent passwd")
        return Place(machine_of(self._machine_id), uid)


def _unlink_all(folder: PrivateFolder, name: str) -> Removal:
    """Raises FileNotFoundError where nothing is there."""
    there = [file for file in (file_of(name), uses_of(name)) if folder.has(file)]
    if not there:
        raise FileNotFoundError(name)
    doubts = []
    for file in there:
        links = folder.status(file).st_nlink
        if links > 1:
            doubts.append(
                f"{folder.path / file} had {links - 1} more links elsewhere (find -samefile)"
            )
    # The templates last: whoever dies in between leaves somebody who can be removed once more.
    folder.remove(*reversed(there))
    return Removal(tuple(folder.path / file for file in there), tuple(doubts))


def _not_enrolled(name: str) -> NotEnrolledError:
    return NotEnrolledError(f"{name} is not enrolled", f"run: facelatch enroll {shlex.quote(name)}")


def _name_of(folder: PrivateFolder, file: str) -> str:
    name = naming.name_in(file)
    if name is None:
        content = folder.read(file, most=codec.LARGEST_FILE)
        with _explained(folder, file):
            name = envelope.label(TEMPLATES, content).name
    if not name or file_of(name) != file:
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
