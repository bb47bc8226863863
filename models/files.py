"""Files and folders of the cache: made safely, read with suspicion, locked, replaced in one step.

A digest beside a file finds damage, not malice: who may write the file may write the digest. What
is not pinned in the code is therefore used only where nobody but its owner, or root, can change it.
"""

import contextlib
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_CHUNK = 1 << 20
_SHARED_WRITE = stat.S_IWGRP | stat.S_IWOTH


class UntrustedError(OSError):
    """A file or folder that other users can change, or that is no file or folder at all."""


def make_folder(path: Path, *, mode: int = 0o700) -> None:
    """Makes `path` and its missing parents (those 0700); umask can only narrow `mode`."""
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    path.mkdir(mode=mode, exist_ok=True)


def open_folder(path: Path) -> int:
    """A descriptor of the folder `path`, once nobody but its owner or root can change it.

    Reading through it later cannot be diverted by renaming. Raises UntrustedError, OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _check_owner(os.fstat(descriptor), path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_trusted(folder: int, name: str, *, most: int) -> bytes:
    """Content of `name` in a folder of `open_folder`: at most `most` bytes, one more if longer.

    Raises UntrustedError, OSError.
    """
    with _opened(name, folder=folder) as descriptor:
        _check_owner(os.fstat(descriptor), Path(name))
        return _read(descriptor, most)


def read_bounded(path: Path, *, most: int) -> bytes:
    """Content of the file `path`: at most `most` bytes, one more if longer.

    For content whose digest is pinned in the code, so that its owner does not matter. Never blocks
    on a pipe or device; raises UntrustedError for those, OSError.
    """
    with _opened(path) as descriptor:
        return _read(descriptor, most)


def sha256(path: Path, *, most: int) -> str:
    """Digest, in hexadecimal, of the file `path`; "" where it has more than `most` bytes.

    Raises as `read_bounded` does.
    """
    digest, left = hashlib.sha256(), most
    with _opened(path) as descriptor:
        while part := os.read(descriptor, _CHUNK):
            left -= len(part)
            if left < 0:
                return ""
            digest.update(part)
    return digest.hexdigest()


def write_synced(path: Path, content: bytes) -> None:
    """Writes a new file that everybody may read and only its owner change, down to the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        # Set, not asked for: a umask of 002 would let the group write, one of 077 hide it.
        os.fchmod(file.fileno(), 0o644)
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Brings the names in the folder `path` down to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[bool]:
    """Holds the lock file `path`; yields False where another process has it and `wait` is False.

    The kernel frees the lock when its holder dies. The file stays: removing it would race.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600)
    try:
        held = True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            held = False
        yield held
    finally:
        os.close(descriptor)


def reason(error: OSError) -> str:
    """Why the system refused, in its own words."""
    return error.strerror or str(error) or type(error).__name__


@contextlib.contextmanager
def _opened(path: Path | str, *, folder: int | None = None) -> Iterator[int]:
    # Without O_NONBLOCK opening a named pipe would wait for a writer for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UntrustedError(f"{path} is not a file")
        yield descriptor
    finally:
        os.close(descriptor)


def _read(descriptor: int, most: int) -> bytes:
    parts: list[bytes] = []
    left = most + 1
    while left > 0 and (part := os.read(descriptor, min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _check_owner(status: os.stat_result, path: Path) -> None:
    if status.st_uid not in (0, os.geteuid()):
        raise UntrustedError(f"{path} belongs to another user")
    if status.st_mode & _SHARED_WRITE:
        raise UntrustedError(f"{path} can be changed by other users")
