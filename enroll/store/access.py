"""How a store's folder is opened: to read, to change what is there, or to make it and write."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from enroll.errors import StoreError
from enroll.store.binding import UidOf
from enroll.store.keys import Key, credential_folder, read_credential
from enroll.store.private_folder import PrivateFolder
from enroll.store.sealed_files import Seal, SealedFiles


@dataclass(frozen=True, slots=True)
class StoreAccess:
    """Opens `folder` anew each time; nobody else writes while it is open to be changed."""

    folder: Path
    account: UidOf
    machine_id: Path
    credential: Key | None

    @contextmanager
    def reading(self) -> Iterator[SealedFiles]:
        """What is there. Raises FileNotFoundError without a folder, StoreError."""
        with PrivateFolder(self.folder) as folder:
            yield SealedFiles(folder, self.seal(self.key()))

    @contextmanager
    def changing(self, key: Key | None = None) -> Iterator[SealedFiles]:
        """What is there, to be changed; `key` goes before any other. Raises as `reading`."""
        with PrivateFolder(self.folder) as folder, folder.locked():
            yield SealedFiles(folder, self.seal(key or self.key()))

    @contextmanager
    def writing(self) -> Iterator[SealedFiles]:
        """The folder, made where there is none. Raises StoreError."""
        try:
            with PrivateFolder(self.folder, create=True) as folder, folder.locked():
                yield SealedFiles(folder, self.seal(self.key()))
        # What cannot be missing after `create` was taken away under our hands.
        except (FileNotFoundError, FileExistsError) as error:
            raise StoreError(f"{self.folder} cannot be written: {error.strerror}") from error

    def key(self) -> Key | None:
        """The key that came from outside the folder; None where a file in it is the key."""
        return self.credential or read_credential(credential_folder())

    def seal(self, key: Key | None) -> Seal:
        """How files are sealed with `key`."""
        return Seal(self.account, self.machine_id, key)
