"""Files and folders: made safely, read with suspicion, locked, replaced in one step.

A digest beside a file finds damage, not malice: who may write the file may write the digest. What
is not pinned in the code is therefore used only where nobody but its owner, or root, can change it.
"""

import contextlib
import enum
import fcntl
import os
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

UNFINISHED = ".unfinished-"
"""How the names of files begin that are being written; what a killed writer left has one too."""
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_CHUNK = 1 << 20


class UntrustedError(OSError):
    """A file or folder that other users can change, or that is no file or folder at all."""


class Exposure(enum.Enum):
    """Why a file or folder is not only ours: what `exposure` finds."""

    OWNER = "belongs to another user"
    MODE = "can be changed by other users"


def exposure(
    status: os.stat_result,
    *,
    owners: Collection[int] | None = None,
    others: int = OTHERS_WRITE,
    sticky: bool = False,
) -> Exposure | None:
    """What lets other users at a file or folder of this status; None where nothing does.

    It must belong to one of `owners` (user ids; None: root or whoever runs this) and have none of
    the mode bits in `others`. With `sticky` a folder such as /tmp, in which only its owner can
    replace a file, passes whatever its mode.
    """
    if status.st_uid not in ((0, os.geteuid()) if owners is None else owners):
        return Exposure.OWNER
    if sticky and stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX:
        return None
    return Exposure.MODE if status.st_mode & others else None


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


@contextlib.contextmanager
def opened(path: Path | str, *, folder: int | None = None) -> Iterator[int]:
    """A descriptor of the file `path`; raises UntrustedError where it is none, OSError.

    With `folder`, a descriptor, `path` is relative to it.
    """
    # Without O_NONBLOCK opening a named pipe would wait for a writer for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UntrustedError(f"{path} is not a file")
        yield descriptor
    finally:
        os.close(descriptor)


def read_trusted(folder: int, name: str, *, most: int) -> bytes:
    """Content of `name` in a folder of `open_folder`: at most `most` bytes, one more if longer.

    Raises UntrustedError, OSError.
    """
    with opened(name, folder=folder) as descriptor:
        _check_owner(os.fstat(descriptor), Path(name))
        return _read(descriptor, most)


def read_bounded(path: Path, *, most: int) -> bytes:
    """Content of the file `path`: at most `most` bytes, one more if longer.

    For content whose digest is pinned in the code, so that its owner does not matter. Never blocks
    on a pipe or device; raises UntrustedError for those, OSError.
    """
    with opened(path) as descriptor:
        return _read(descriptor, most)


def sha256(path: Path, *, most: int) -> str:
    """Digest, in hexadecimal, of the file `path`; "" where it has more than `most` bytes.

    Raises as `read_bounded` does.
    """
    import hashlib  # loads OpenSSL, which few who read files need

    digest, left = hashlib.sha256(), most
    with opened(path) as descriptor:
        while part := os.read(descriptor, _CHUNK):
            left -= len(part)
            if left < 0:
                return ""
            digest.update(part)
    return digest.hexdigest()


def write(
    path: Path,
    content: bytes,
    *,
    mode: int | None = 0o644,
    sync: bool = True,
    replace: bool = True,
    folder: int | None = None,
    check: Callable[[Path], None] | None = None,
) -> None:
    """Puts `content` at `path` in one step: a reader, or a crash, finds the old file or the new.

    It is written beside its place and renamed. `mode` is set whatever the umask says; None leaves
    it to the umask. Without `sync` nothing waits for the disk: a crash may leave neither file.
    Without `replace` a file that is there already stays: FileExistsError. With `folder`, a
    descriptor, `path` is relative to it. `check` is handed the path of what was written and may
    raise, before the old file goes. Raises OSError; nothing unfinished is left behind.
    """
    unfinished = path.with_name(UNFINISHED + os.urandom(8).hex())
    try:
        _write_new(unfinished, content, mode, folder=folder, sync=sync)
        if check is not None:
            check(unfinished)
        if replace:
            os.rename(unfinished, path, src_dir_fd=folder, dst_dir_fd=folder)
        else:
            os.link(unfinished, path, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(unfinished, dir_fd=folder)
    if sync and folder is not None:
        os.fsync(folder)
    elif sync:
        sync_folder(path.parent)


def replace_folder(new: Path, target: Path, *, aside: Path) -> None:
    """Puts the folder `new` at `target`: a reader, or a crash, never finds half of either.

    What was there, a link or a file too, is first moved to `aside`, beside it, and then removed;
    what a crash left at `aside` goes before. In between there may be nothing. Raises OSError.
    """
    remove_whole(aside)
    with contextlib.suppress(FileNotFoundError):
        target.rename(aside)
    new.rename(target)
    sync_folder(target.parent)
    remove_whole(aside)


def remove_whole(path: Path) -> None:
    """Removes a folder with all in it, or a file, or a link but not what it points to.

    Nothing where there is nothing; raises OSError.
    """
    import shutil

    with contextlib.suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


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


def _write_new(
    path: Path, content: bytes, mode: int | None, *, folder: int | None, sync: bool
) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o666 if mode is None else 0o600, dir_fd=folder)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if mode is not None:
            # Set, not asked for: a umask of 002 would let the group write, one of 077 hide it.
            os.fchmod(descriptor, mode)
        if sync:
            os.fsync(descriptor)
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
    if (found := exposure(status)) is not None:
        raise UntrustedError(f"{path} {found.value}")
