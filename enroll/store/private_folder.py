"""Files that only their owner may touch: refuses surprises, replaces atomically, syncs.

Everything goes through a descriptor of the folder, so that nobody can swap the folder between the
check and the use. Errors of the system become StoreError, one line each.
"""

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from enroll.errors import StoreError
from models import files

Check = Callable[[bytes], None]

_OTHERS = 0o077
_LOCK = "lock"
_LOCK_PATIENCE = 5.0  # seconds; a write takes milliseconds
_LOCK_PAUSE = 0.02


class PrivateFolder:
    """An open folder of mode 0700 that belongs to us. Use it as a context manager.

    Raises FileNotFoundError where there is none and `create` is False, StoreError where it is not
    ours, not private, not a folder, or not to be opened.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        with _named(path):
            if create:
                _make_folder(path)
            self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            _check_private(os.fstat(self._descriptor), path, "700")
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> "PrivateFolder":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def list(self, suffix: str = "", *, prefix: str = "") -> list[str]:
        """Names that begin and end like this, sorted."""
        with _named(self.path):
            names = _entries(self._descriptor)
        return sorted(name for name in names if name.startswith(prefix) and name.endswith(suffix))

    def status(self, name: str) -> os.stat_result:
        """Of a file, or of a link itself; raises FileNotFoundError, StoreError."""
        with _named(self.path / name):
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)

    def has(self, name: str) -> bool:
        """Whether there is anything of that name."""
        try:
            self.status(name)
        except FileNotFoundError:
            return False
        return True

    def read(self, name: str, *, most: int) -> bytes:
        """Content of a private regular file of at most `most` bytes.

        Raises FileNotFoundError, or StoreError for anything else that is wrong with it.
        """
        path = self.path / name
        # O_NONBLOCK: opening a pipe that lies in the file's place must not hang.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with _named(path):
            descriptor = os.open(name, flags, dir_fd=self._descriptor)
        try:
            with _named(path):
                return _read_checked(descriptor, path, most)
        finally:
            os.close(descriptor)

    def replace(self, name: str, content: bytes, *, check: Check | None = None) -> None:
        """Puts `content` at `name`: a crash at any instruction leaves the old file or the new.

        The old one stays where it is until the new one was read back from the disk and is what it
        should be, by `check` too, which raises StoreError where it is not.
        """
        with _named(self.path / name):
            self._write(
                name, content, check=lambda path: self._check_unfinished(path, content, check)
            )

    def replace_lightly(self, name: str, content: bytes) -> None:
        """As `replace`, but nothing waits for the disk: a crash may leave neither."""
        with _named(self.path / name):
            self._write(name, content, sync=False)

    def create(self, name: str, content: bytes) -> None:
        """As `replace`, of mode 0400, and FileExistsError where there is a file already."""
        with _named(self.path / name):
            self._write(name, content, mode=0o400, replace=False)

    def remove(self, *names: str) -> None:
        """Removes files (links, not what they point to); FileNotFoundError without one."""
        for name in names:
            with _named(self.path / name):
                os.unlink(name, dir_fd=self._descriptor)
        with _named(self.path):
            os.fsync(self._descriptor)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other writers out; waits a few seconds for them, then raises StoreError."""
        deadline = time.monotonic() + _LOCK_PATIENCE
        descriptor = self._open_lock()
        try:
            while not self._have_lock(descriptor):
                if time.monotonic() > deadline:
                    raise StoreError(
                        f"another program is writing to {self.path}", "try again when it is done"
                    )
                time.sleep(_LOCK_PAUSE)
                os.close(descriptor)
                descriptor = self._open_lock()
            self._sweep()
            yield
        finally:
            os.close(descriptor)

    def _open_lock(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with _named(self.path / _LOCK):
            return os.open(_LOCK, flags, 0o600, dir_fd=self._descriptor)

    def _have_lock(self, descriptor: int) -> bool:
        """Tries to lock. A lock on a file that is in its place no more keeps nobody out."""
        try:
            with _named(self.path / _LOCK):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.path.samestat(os.fstat(descriptor), self.status(_LOCK))
        except (BlockingIOError, FileNotFoundError):
            return False

    def _sweep(self) -> None:
        """Removes what a killed writer left; we hold the lock, so nobody is at work on it."""
        with _named(self.path):
            for name in _entries(self._descriptor):
                if name.startswith(files.UNFINISHED):
                    self._unlink(name)

    def _write(
        self,
        name: str,
        content: bytes,
        *,
        mode: int = 0o600,
        sync: bool = True,
        replace: bool = True,
        check: Callable[[Path], None] | None = None,
    ) -> None:
        files.write(
            Path(name),
            content,
            mode=mode,
            sync=sync,
            replace=replace,
            folder=self._descriptor,
            check=check,
        )

    def _check_unfinished(self, path: Path, content: bytes, check: Check | None) -> None:
        descriptor = os.open(
            path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._descriptor
        )
        try:
            # What is in memory is what was written; let the disk say what it has.
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            written = _read_checked(descriptor, self.path / path, len(content))
        finally:
            os.close(descriptor)
        if written != content:
            raise StoreError(
                f"{self.path}: the disk did not keep what was written",
                "what was stored is untouched; check the disk",
            )
        if check is not None:
            check(written)

    def _unlink(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self._descriptor)


def _entries(descriptor: int) -> list[str]:
    # Path has no listing of an open folder.
    return os.listdir(descriptor)


def _make_folder(path: Path) -> None:
    """Makes the folder, mode 0700, and what leads to it; syncs what was made."""
    if path.is_dir():
        return
    if path.parent != path:
        path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    for holder in (path.parent, path.parent.parent):
        files.sync_folder(holder)


def _read_checked(descriptor: int, path: Path, most: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise StoreError(f"{path} is not a regular file", "move it away")
    _check_private(status, path, "600")
    if status.st_size > most:
        raise StoreError(f"{path} is too large to be a file of templates", "move it away")
    parts = []
    size = 0
    # One byte more than allowed, should the file grow while it is read.
    while size <= most and (part := os.read(descriptor, most + 1 - size)):
        parts.append(part)
        size += len(part)
    if size > most:
        raise StoreError(f"{path} is too large to be a file of templates", "move it away")
    return b"".join(parts)


def _check_private(status: os.stat_result, path: Path, mode: str) -> None:
    found = files.exposure(status, owners=(os.geteuid(),), others=_OTHERS)
    if found is files.Exposure.OWNER:
        raise StoreError(f"{path} belongs to another user", "move it away, or run as its owner")
    if found is files.Exposure.MODE:
        raise StoreError(f"{path} is open to other users", f"run: chmod {mode} '{path}'")


_ADVICE = {
    errno.EACCES: "check its owner and mode with: ls -ld",
    errno.EPERM: "check its owner and mode with: ls -ld",
    errno.ENOSPC: "make room on the disk; what was stored is untouched",
    errno.EFBIG: "raise the limit on the size of files; what was stored is untouched",
    errno.EDQUOT: "make room in your quota; what was stored is untouched",
    errno.EROFS: "the file system can only be read; what was stored is untouched",
    errno.ELOOP: "it may not be a symbolic link; move it away",
    errno.ENOTDIR: "it must be a folder, and no symbolic link",
}


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors of the system as StoreError; those that callers tell apart pass."""
    try:
        yield
    except (FileNotFoundError, FileExistsError, BlockingIOError):
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StoreError(f"{path}: {reason}", _ADVICE.get(error.errno or 0, "")) from error
