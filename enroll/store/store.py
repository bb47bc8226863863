"""The template store: the only writer of templates.

One file a person, sealed (see `enroll.store.envelope`), in a folder of mode 0700. A write leaves
the old file in its place until the new one was read back from the disk and opened with the key.
Uses are counted in a file of their own (`enroll.store.usage`), so that no count ever endangers a
template.
"""

import os
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from enroll.errors import AppearanceExistsError, NoSuchAppearanceError, NotEnrolledError, StoreError
from enroll.store import envelope
from enroll.store.access import StoreAccess
from enroll.store.binding import MACHINE_ID, Place, UidOf, machine_of, own_account
from enroll.store.keys import Key, Keyring
from enroll.store.sealed_files import Removal, SealedFiles
from enroll.store.usage import AppearanceKey, Use, key_of
from enroll.template import Appearance, Person, check_name

__all__ = ["Removal", "TemplateStore", "default_folder"]


def default_folder() -> Path:
    """`facelatch/templates` in the XDG data folder of the caller."""
    base = os.environ.get("XDG_DATA_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".local/share"
    return root / "facelatch" / "templates"


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
        self._machine_id = machine_id
        self._access = StoreAccess(folder, account, machine_id, credential)

    def names(self) -> list[str]:
        """Everybody enrolled, sorted; whether their files can be opened is not asked."""
        try:
            with self._access.reading() as files:
                return files.names()
        except FileNotFoundError:
            return []

    def load(self, name: str) -> Person:
        """The person called `name`; raises NotEnrolledError where there is none.

        A file of an older version is written anew as one of this version, if that can be done.
        """
        name = check_name(name)
        with _enrolled(name), self._access.reading() as files:
            person, version = files.load(name)
        if version < envelope.VERSION:
            self._migrate(name)
        return person

    def load_all(self) -> list[Person]:
        """Everybody, sorted by name. One bad file fails it all: nobody is forgotten in silence."""
        return [self.load(name) for name in self.names()]

    def save(self, person: Person) -> None:
        """Writes `person`, in place of the old templates if any; synced when it returns."""
        with self._access.writing() as files:
            files.save(person)

    def add_appearance(self, name: str, appearance: Appearance) -> Person:
        """Adds it to a person, new or not, in place of the one of the same name and model.

        No other writer comes between reading and writing. Returns the person as written.
        """
        name = check_name(name)
        with self._access.writing() as files:
            try:
                person = files.load(name)[0].with_appearance(appearance)
            except FileNotFoundError:
                person = Person(name, (appearance,))
            files.save(person)
            _rewrite_uses(files, name, lambda one: None if one == key_of(appearance) else one)
        return person

    def change(self, name: str, change: Callable[[Person], Person]) -> Person:
        """Writes what `change` makes of the person called `name`; returns it as written.

        No other writer comes between. Raises NotEnrolledError, and whatever `change` raises.
        """
        name = check_name(name)
        with _enrolled(name, "see: facelatch list"), self._access.changing() as files:
            return _change(files, name, change)

    def remove_appearance(self, name: str, appearance: str) -> None:
        """Removes every appearance of that name; the last one takes the person with it.

        Raises NoSuchAppearanceError, NotEnrolledError.
        """
        name = check_name(name)
        with _enrolled(name, "see: facelatch list"), self._access.changing() as files:
            person = files.load(name)[0]
            kept = tuple(one for one in person.appearances if one.name != appearance)
            if len(kept) == len(person.appearances):
                raise NoSuchAppearanceError(appearance)
            if kept:
                files.save(Person(name, kept))
                _rewrite_uses(files, name, lambda one: None if one[0] == appearance else one)
            else:
                files.unlink(name)

    def rename_appearance(self, name: str, appearance: str, new: str) -> None:
        """Gives every appearance called `appearance` another name; its uses go with it.

        Raises NoSuchAppearanceError, AppearanceExistsError for `new`, NotEnrolledError.
        """
        name, new = check_name(name), check_name(new, what="appearance's name")

        def renamed(person: Person) -> Person:
            if not person.has(appearance):
                raise NoSuchAppearanceError(appearance)
            if new != appearance and person.has(new):
                raise AppearanceExistsError(new)
            return person.renamed(appearance, new)

        with _enrolled(name, "see: facelatch list"), self._access.changing() as files:
            _change(files, name, renamed)
            _rewrite_uses(files, name, lambda one: (new, one[1]) if one[0] == appearance else one)

    def remove(self, name: str) -> Removal:
        """Removes everything of `name`, readable or not; raises NotEnrolledError without any.

        What is left of a write that was cut short goes too. Afterwards the folder is opened and
        read anew: StoreError where anything of that person is still in it.
        """
        name = check_name(name)
        with _enrolled(name, "see: facelatch list"):
            with self._access.changing() as files:
                removal = files.unlink(name)
            with self._access.reading() as files:
                left = files.left(name)
        if left:
            raise StoreError(f"{self.folder / left[0]} is there again", "remove once more")
        return removal

    def revert(self, name: str, appearance: str | None = None) -> Person:
        """Forgets what was adapted, in one appearance or in all; the person as written.

        Raises NoSuchAppearanceError, NotEnrolledError.
        """

        def reverted(person: Person) -> Person:
            if appearance is not None and not person.has(appearance):
                raise NoSuchAppearanceError(appearance)
            return person.reverted(appearance)

        return self.change(name, reverted)

    def uses(self, name: str) -> dict[AppearanceKey, Use]:
        """How often each appearance let its owner in. What cannot be read counts as never."""
        name = check_name(name)
        with suppress(FileNotFoundError, StoreError), self._access.reading() as files:
            return files.read_uses(name)
        return {}

    def keep_uses(self, name: str, counted: Mapping[AppearanceKey, Use]) -> None:
        """Writes the uses of a person who is enrolled; waits for no disk, and may lose them."""
        name = check_name(name)
        with suppress(FileNotFoundError), self._access.changing() as files:
            files.write_uses(name, counted)

    def sealed_by_files(self, key: Key | None) -> list[str]:
        """Whose templates do not say that `key` sealed them."""
        with suppress(FileNotFoundError), self._access.changing(key) as files:
            return [name for name in files.names() if key is None or not files.is_ours(name)]
        return []

    def reseal(self, key: Key, *, adopt: Collection[str]) -> list[str]:
        """Seals everything with `key` and forgets the key files; who could not be resealed.

        Every file is opened with the key that it names, be that `key` or one of the files, those
        of a key file only for the names in `adopt`; the key files stay while somebody's templates
        need them. A line for each of those.
        """
        problems = []
        # One lock for all of it: what was written meanwhile with a key file would be lost with it.
        with suppress(FileNotFoundError), self._access.changing(key) as files:
            for name in files.names():
                try:
                    files.reseal(name, adopt=name in adopt)
                except (FileNotFoundError, StoreError) as error:
                    problems.append(f"{name}: {error}")
            old = Keyring(files.folder, None).files()
            if old and not problems:
                files.folder.remove(*old)
        return problems

    def key_kind(self) -> str:
        """What seals what is written now: "credential", "file", or "" where there is no key yet."""
        key = self._access.key()
        with suppress(FileNotFoundError), self._access.reading() as files:
            key = files.ring.current()
        return "" if key is None else "credential" if key.credential else "file"

    @property
    def bound(self) -> bool:
        """Whether the machine says which it is, so that its templates open nowhere else."""
        return machine_of(self._machine_id) != Place.UNKNOWN

    def _migrate(self, name: str) -> None:
        # Whatever hinders it hinders nobody from reading what is there.
        with suppress(StoreError, FileNotFoundError), self._access.changing() as files:
            person, version = files.load(name)
            if version < envelope.VERSION:
                files.save(person)


def _change(files: SealedFiles, name: str, change: Callable[[Person], Person]) -> Person:
    person = files.load(name)[0]
    changed = change(person)
    if changed != person:
        files.save(changed)
    return changed


def _rewrite_uses(
    files: SealedFiles, name: str, change: Callable[[AppearanceKey], AppearanceKey | None]
) -> None:
    """Uses follow their appearances; None forgets. Whatever hinders it hinders nothing else."""
    with suppress(FileNotFoundError, StoreError):
        before = files.read_uses(name)
        after = {new: use for one, use in before.items() if (new := change(one)) is not None}
        if after != before:
            files.write_uses(name, after)


@contextmanager
def _enrolled(name: str, hint: str = "") -> Iterator[None]:
    """Without a `hint` the advice is to enrol."""
    try:
        yield
    except FileNotFoundError:
        hint = hint or f"run: facelatch enroll {shlex.quote(name)}"
        raise NotEnrolledError(f"{name} is not enrolled", hint) from None
