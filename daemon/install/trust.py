"""What a setup that runs as root may write to, delete, and copy from. Looks, changes nothing.

Who can write to a file that root installs, or to a folder that it lies in, is root from then on.
"""

import grp
import os
import pwd
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from daemon.install.errors import InstallError
from models.files import exposure

STAMP = "made-by-facelatch"
"""File of our own folder that says whose it is."""
STAMPED = (STAMP, "venv/facelatch.json")
"""Either will do: versions before the first one knew only the environment's."""


def require_ours(folder: Path, *, owner: int = 0) -> None:
    """Raises InstallError where `folder` is there and not a folder that a setup made.

    That is a folder itself, no link to one; of `owner`; of mode 0755; with our stamp in it.
    """
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return
    hint = f"look at it, and move it away if nothing needs it: {folder}"
    if not stat.S_ISDIR(status.st_mode):
        raise InstallError(f"{folder} is not a folder", hint)
    if status.st_uid != owner:
        raise InstallError(f"{folder} is not root's", hint)
    if stat.S_IMODE(status.st_mode) != 0o755:
        raise InstallError(f"{folder} has mode {stat.S_IMODE(status.st_mode):04o}, not 0755", hint)
    if not any(_is_plain(folder / name, owner) for name in STAMPED):
        raise InstallError(f"{folder} was not made by facelatch setup", hint)


def make_ours(folder: Path) -> None:
    """Makes `folder` and stamps it; raises InstallError where it is another's."""
    require_ours(folder, owner=os.geteuid())
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.chmod(0o755)  # whatever the umask
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    os.close(os.open(folder / STAMP, flags, 0o644))


def is_own(path: Path) -> bool:
    """Whether `path` and all below it are the caller's own, and nobody else may write there."""
    everything = (path, *path.rglob("*"))
    return all(exposure(one.lstat(), owners=(os.geteuid(),)) is None for one in everything)


def callers(environment: Mapping[str, str] = os.environ) -> frozenset[int]:
    """Whose files a setup may install: root's, its own, and those of who called it by sudo."""
    named = (environment.get("SUDO_UID", ""), environment.get("PKEXEC_UID", ""))
    numbers = {int(uid) for uid in named if uid.isascii() and uid.isdigit()}
    return frozenset({0, os.geteuid(), *numbers})


def refuse_open_sources(files: Iterable[Path], trusted: frozenset[int]) -> None:
    """Raises InstallError for a file that others than `trusted` (uids) could change.

    Folders above it count as well, up to the root; one that is sticky lets nobody rename what is
    another's.
    """
    seen: set[Path] = set()
    for file in files:
        for path in (file, *file.parents):
            if path in seen:
                break
            seen.add(path)
            _refuse_open(path, trusted)


def _refuse_open(path: Path, trusted: frozenset[int]) -> None:
    status = path.stat()
    hint = "install from a checkout that nobody else can write to"
    if status.st_uid not in trusted:
        owner = f"the user {status.st_uid}"
        raise InstallError(f"{path} belongs to {owner}, who did not ask for this", hint)
    if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX:
        return
    others = status.st_mode & stat.S_IWOTH
    group = status.st_mode & stat.S_IWGRP and not _is_private_group(status)
    if others or group:
        raise InstallError(f"{path} can be written by {'everybody' if others else 'a group'}", hint)


def _is_private_group(status: os.stat_result) -> bool:
    """Whether the group is root's, or the owner's primary one, which distributions make for one."""
    if status.st_gid == 0:
        return True
    try:
        owner = pwd.getpwuid(status.st_uid)
    except KeyError:
        return False
    sharing = [one.pw_name for one in pwd.getpwall() if one.pw_gid == status.st_gid]
    return owner.pw_gid == status.st_gid and sharing == [owner.pw_name] and not _members(status)


def _members(status: os.stat_result) -> list[str]:
    try:
        return grp.getgrgid(status.st_gid).gr_mem
    except KeyError:
        return []


def _is_plain(path: Path, owner: int) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_uid == owner
