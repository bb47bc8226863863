"""Which store a command works on itself: one's own, or as root the service's.

Root works on the service's store as the service's user, so that nothing in it comes to belong to
root and no link that somebody planted there is followed with root's rights.
"""

import argparse
import contextlib
import os
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from enroll.errors import StoreError
from enroll.store.binding import login_account
from enroll.store.keys import CREDENTIAL, Key, key_of
from enroll.store.store import TemplateStore, default_folder
from models.errors import UsageError

SERVICE_FOLDER = Path("/var/lib/facelatch/templates")
SEALED_CREDENTIAL = Path("/etc/credstore.encrypted") / CREDENTIAL
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """A store, whom its folder belongs to, and whether it is the service's."""

    store: TemplateStore
    owner: int
    service: bool

    @contextlib.contextmanager
    def opened(self) -> Iterator[TemplateStore]:
        """The store, with its owner's rights meanwhile."""
        with acting_as(self.owner):
            yield self.store


def chosen(arguments: argparse.Namespace) -> Chosen:
    """The store that was named; without a name the service's for root where there is one.

    Raises UsageError where somebody else asks for the service's, StoreError.
    """
    root = os.geteuid() == 0
    if arguments.service and not root:
        raise UsageError("only root may read the service's templates", "run it with sudo")
    if arguments.store is None and root and (arguments.service or SERVICE_FOLDER.is_dir()):
        return service_store()
    return Chosen(TemplateStore(arguments.store or default_folder()), os.geteuid(), service=False)


def service_store() -> Chosen:
    """The service's store, for root. Raises StoreError."""
    home = SERVICE_FOLDER.parent
    try:
        owner = home.lstat().st_uid
    except OSError:
        raise StoreError(f"there is no {home}", "run: sudo facelatch setup") from None
    store = TemplateStore(SERVICE_FOLDER, account=login_account, credential=unsealed_credential())
    return Chosen(store, owner, service=True)


def unsealed_credential() -> Key | None:
    """The key that systemd would hand to the service; None where there is none. For root."""
    sealed = SEALED_CREDENTIAL
    if not sealed.exists():
        return None
    content = run(["systemd-creds", "decrypt", f"--name={CREDENTIAL}", str(sealed), "-"])
    return key_of(sealed, content, credential=True)


def run(command: list[str], *, given: bytes = b"") -> bytes:
    """What a program of the system prints. Raises StoreError."""
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StoreError(f"{command[0]}: {error}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise StoreError(f"{command[0]}: {said[-1] if said else 'failed'}")
    return done.stdout


@contextlib.contextmanager
def acting_as(uid: int) -> Iterator[None]:
    """This process with another user's rights to files, and back; only root can."""
    if uid == os.geteuid():
        yield
        return
    groups, gid = os.getgroups(), os.getegid()
    try:
        other = pwd.getpwuid(uid)
    except KeyError:
        raise StoreError(f"the folder belongs to user {uid}, whom this machine lacks") from None
    try:
        # The user last: without root's rights the groups could not be changed.
        os.setgroups([])
        os.setegid(other.pw_gid)
        os.seteuid(uid)
        yield
    finally:
        os.seteuid(0)
        os.setegid(gid)
        os.setgroups(groups)
