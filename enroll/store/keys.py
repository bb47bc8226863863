"""The keys of a store: one that systemd hands to the service, or else a file beside the templates.

Each sealed file names its key, so that a key that was lost and a new one can live side by side:
what the lost one sealed says so, and opens again once that key is back.
"""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from enroll.errors import StoreError
from enroll.store import envelope
from enroll.store.private_folder import PrivateFolder
from models import files

CREDENTIAL = "facelatch-key"
"""What the credential is called in the unit, and its file in $CREDENTIALS_DIRECTORY."""
KEY_FILE = "key"


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and whether it is a credential or lies beside the templates."""

    secret: bytes = field(repr=False)
    credential: bool

    @property
    def id(self) -> bytes:
        """What sealed files call it."""
        return envelope.key_id(self.secret)


def credential_folder() -> Path | None:
    """Where systemd put the credentials of this service; None where it gave none."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    return Path(folder) if Path(folder).is_absolute() else None


def read_credential(folder: Path | None) -> Key | None:
    """The key that systemd handed over; None where it did not. Raises StoreError for a bad one."""
    if folder is None:
        return None
    path = folder / CREDENTIAL
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    try:
        return key_of(path, _read_credential(descriptor, path), credential=True)
    finally:
        os.close(descriptor)


def key_of(path: Path, content: bytes, *, credential: bool) -> Key:
    """The key in a file; raises StoreError unless it is 32 bytes."""
    if len(content) != envelope.KEY_SIZE:
        hint = f"it must be {envelope.KEY_SIZE} random bytes" if credential else START_AGAIN
        raise StoreError(f"{path} is not a key", hint)
    return Key(content, credential)


class Keyring:
    """The keys of one open folder of templates.

    With a credential no key file opens anything: whoever can write to the disk, but has not the
    credential, could otherwise lay a key and templates of their own beside it.
    """

    def __init__(self, folder: PrivateFolder, credential: Key | None) -> None:
        self._folder = folder
        self._credential = credential

    def find(self, key_id: bytes) -> Key | None:
        """The key of this id; None where it is not here. No id: that of version 1, a file's."""
        if self._credential is not None:
            return self._credential if self._credential.id == key_id else None
        if not key_id:
            return self._read(KEY_FILE)
        keys = (self._read(name) for name in (KEY_FILE, f"{KEY_FILE}-{key_id.hex()}"))
        return next((key for key in keys if key is not None and key.id == key_id), None)

    def current(self) -> Key | None:
        """The key that seals what is written now; None where there is none yet."""
        if self._credential is not None:
            return self._credential
        return next((self._read(name) for name in self.files()), None)

    def make(self, *, first: bool) -> Key:
        """A new key file. `first`: nothing was ever sealed here."""
        key = Key(envelope.new_secret(), credential=False)
        # Whoever finds the lost key again must not have to overwrite this one.
        name = KEY_FILE if first else f"{KEY_FILE}-{key.id.hex()}"
        self._folder.create(name, key.secret)
        return key

    def files(self) -> list[str]:
        """Names of the key files, the first one made first."""
        named = [KEY_FILE] if self._folder.has(KEY_FILE) else []
        return [*named, *self._folder.list(prefix=f"{KEY_FILE}-")]

    def lost(self, file: str) -> StoreError:
        """That the key of `file` is not among these."""
        path = self._folder.path
        if self._credential is not None:
            text = f"{path / file}: sealed with another key than the credential {CREDENTIAL}"
            moved = "with a key file that is still there, run: sudo facelatch protect --adopt NAME"
            return StoreError(text, f"{START_AGAIN}; {moved}" if self.files() else START_AGAIN)
        if self.files():
            return StoreError(f"{path / file}: sealed with another key", START_AGAIN)
        return StoreError(f"the key of the templates, {path / KEY_FILE}, is missing", START_AGAIN)

    def _read(self, name: str) -> Key | None:
        try:
            content = self._folder.read(name, most=envelope.KEY_SIZE)
        except FileNotFoundError:
            return None
        return key_of(self._folder.path / name, content, credential=False)


START_AGAIN = "restore the key, or remove the person (facelatch remove NAME) and enrol again"


def _read_credential(descriptor: int, path: Path) -> bytes:
    # systemd lets the service read it by an access list, which shows as the group's right.
    found = files.exposure(os.fstat(descriptor), others=files.OTHERS_WRITE | stat.S_IROTH)
    if found is not None:
        told = (
            "belongs to another user" if found is files.Exposure.OWNER else "is open to other users"
        )
        raise StoreError(f"{path} {told}")
    return os.read(descriptor, envelope.KEY_SIZE + 1)
