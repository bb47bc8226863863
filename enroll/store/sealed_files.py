"""The sealed files of one open folder, one person at a time. For `enroll.store.store` alone.

Whoever writes holds the folder's lock.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from enroll.errors import StoreError
from enroll.store import codec, envelope, filenames, usage
from enroll.store.binding import Place, UidOf, machine_of
from enroll.store.codec import TEMPLATES
from enroll.store.filenames import file_of, uses_of
from enroll.store.keys import Key, Keyring
from enroll.store.private_folder import PrivateFolder
from enroll.store.usage import AppearanceKey, Use
from enroll.template import Person


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal took away, and what keeps it from being certain."""

    files: tuple[Path, ...]
    """Unlinked, and looked for again afterwards: nothing of that person is in the folder."""
    doubts: tuple[str, ...]
    """One line each: what may hold the templates still, as far as it can be seen here."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What files are sealed for: who a name is, which machine this is, which key was given."""

    account: UidOf
    machine_id: Path
    credential: Key | None = None

    def place(self, name: str) -> Place:
        """Where the templates of `name` belong; raises StoreError where nobody has that name."""
        uid = self.account(name)
        if uid is None:
            raise StoreError(f"this machine has no user {name}", "see: getent passwd")
        return Place(machine_of(self.machine_id), uid)


class SealedFiles:
    """Raises FileNotFoundError where there is no file, StoreError for whatever else is wrong."""

    def __init__(self, folder: PrivateFolder, seal: Seal) -> None:
        self.folder = folder
        self.ring = Keyring(folder, seal.credential)
        self._seal = seal

    def names(self) -> list[str]:
        """Whose templates are here, sorted."""
        return sorted(self._name_of(file) for file in self.folder.list(filenames.TEMPLATES))

    def load(self, name: str) -> tuple[Person, int]:
        """The person and the file's version."""
        file = file_of(name)
        content = self.folder.read(file, most=codec.LARGEST_FILE)
        with self._explained(file):
            said = envelope.label(TEMPLATES, content)
            place = self._seal.place(name)
            envelope.check_place(said, name, place)
        key = self.ring.find(said.key_id)
        if key is None:
            raise self.ring.lost(file)
        with self._explained(file):
            return codec.unseal(content, key.secret, place), said.version

    def save(self, person: Person) -> None:
        """Writes `person` in place of a file that is ours to replace."""
        self._spare(person.name)
        self._put(person)

    def is_ours(self, name: str) -> bool:
        """Whether the file says that our key sealed it; whether that is true, `load` tells."""
        try:
            return self._key_of(name) is not None
        except StoreError:
            return False

    def reseal(self, name: str, *, adopt: bool) -> None:
        """Seals with our key what a key file sealed; where `adopt` is false that is refused.

        Whoever can write to the disk can lay a key file and templates of their own there: sealed
        with our key, they would be genuine from then on.
        """
        file = file_of(name)
        content = self.folder.read(file, most=codec.LARGEST_FILE)
        with self._explained(file):
            said = envelope.label(TEMPLATES, content)
        if self.ring.find(said.key_id) is not None:
            self.load(name)
            return
        if not adopt:
            raise StoreError("sealed with a key file", f"if you trust it: --adopt {name}")
        key = Keyring(self.folder, None).find(said.key_id)
        if key is None:
            raise self.ring.lost(file)
        with self._explained(file):
            place = self._seal.place(name)
            envelope.check_place(said, name, place)
            person = codec.unseal(content, key.secret, place)
        self._put(person)

    def _key_of(self, name: str) -> Key | None:
        file = file_of(name)
        content = self.folder.read(file, most=codec.LARGEST_FILE)
        with self._explained(file):
            return self.ring.find(envelope.label(TEMPLATES, content).key_id)

    def unlink(self, name: str) -> Removal:
        """Takes everything of `name` away."""
        there = [file for file in (file_of(name), uses_of(name)) if self.folder.has(file)]
        if not there:
            raise FileNotFoundError(name)
        links = {file: self.folder.status(file).st_nlink - 1 for file in there}
        doubts = (
            f"{self.folder.path / file} had {more} more links elsewhere (find -samefile)"
            for file, more in links.items()
            if more > 0
        )
        # The templates last: whoever dies in between leaves somebody who can be removed once more.
        self.folder.remove(*reversed(there))
        return Removal(tuple(self.folder.path / file for file in there), tuple(doubts))

    def left(self, name: str) -> list[str]:
        """Files of `name`."""
        return [file for file in (file_of(name), uses_of(name)) if self.folder.has(file)]

    def read_uses(self, name: str) -> dict[AppearanceKey, Use]:
        """How often each appearance was used."""
        content = self.folder.read(uses_of(name), most=usage.LARGEST_FILE)
        key = self.ring.find(envelope.label(usage.USES, content).key_id)
        if key is None:
            raise self.ring.lost(uses_of(name))
        return usage.unseal(content, key.secret, self._seal.place(name))

    def write_uses(self, name: str, counted: Mapping[AppearanceKey, Use]) -> None:
        """Writes uses of somebody who is enrolled, without waiting for the disk."""
        key = self.ring.current()
        if key is None or not self.folder.has(file_of(name)):
            return
        sealed = usage.seal(name, counted, key.secret, self._seal.place(name))
        self.folder.replace_lightly(uses_of(name), sealed)

    def _put(self, person: Person) -> None:
        file = file_of(person.name)
        place = self._seal.place(person.name)
        first = not self.folder.list(filenames.TEMPLATES)
        key = self.ring.current() or self.ring.make(first=first)

        def check(written: bytes) -> None:
            if codec.unseal(written, key.secret, place) != person:
                raise StoreError(f"{self.folder.path / file} was not sealed as it should be")

        self.folder.replace(file, codec.seal(person, key.secret, place), check=check)

    def _spare(self, name: str) -> None:
        """Raises StoreError where the file in place is not ours to replace.

        That is one that is newer, a link, a pipe, made elsewhere or for somebody else, or sealed
        with a key that is not here: it may be needed yet. One that is plainly damaged is not.
        """
        file = file_of(name)
        try:
            content = self.folder.read(file, most=codec.LARGEST_FILE)
        except FileNotFoundError:
            return
        with self._explained(file):
            try:
                said = envelope.label(TEMPLATES, content)
            except StoreError:
                if envelope.is_newer(TEMPLATES, content):
                    raise
                return
            envelope.check_place(said, name, self._seal.place(name))
        if self.ring.find(said.key_id) is None:
            raise self.ring.lost(file)

    def _name_of(self, file: str) -> str:
        name = filenames.name_in(file)
        if name is None:
            content = self.folder.read(file, most=codec.LARGEST_FILE)
            with self._explained(file):
                name = envelope.label(TEMPLATES, content).name
        if not name or file_of(name) != file:
            raise StoreError(
                f"{self.folder.path / file} has a name that is not ours", "move it away"
            )
        return name

    @contextmanager
    def _explained(self, file: str) -> Iterator[None]:
        """Puts the file's path and a way out into what the codec says."""
        try:
            yield
        except StoreError as error:
            hint = error.hint or "remove this person (facelatch remove NAME) and enrol again"
            raise StoreError(f"{self.folder.path / file}: {error.message}", hint) from error
