"""The Python that the service runs on: one that everybody may read and only root can change."""

import os
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from daemon.install.errors import InstallError
from models import files

_HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108
"""What the unit hides from the service (ProtectHome, PrivateTmp)."""
_ABI = "import sysconfig; print(sysconfig.get_config_var('SOABI'))"


def find_python() -> Path:
    """The Python of the environment that runs, or the system's own of the same kind.

    Compiled packages fit only the kind that they were installed for. Raises InstallError.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    own = Path(getattr(sys, "_base_executable", sys.executable))
    for candidate in (own, *(Path(place) / version for place in ("/usr/bin", "/usr/local/bin"))):
        if is_for_everybody(candidate) and _abi_of(candidate) == sysconfig.get_config_var("SOABI"):
            return candidate.resolve()
    raise InstallError(
        f"the service cannot run on {own}, which lies in a user's folder",
        f"install {version} with the system's packages",
    )


def is_for_everybody(program: Path, *, hidden: Iterable[str] = _HIDDEN, owner: int = 0) -> bool:
    """Whether everybody can run `program`, and nobody but `owner` can replace it."""
    try:
        resolved = program.resolve(strict=True)
        if any(resolved.is_relative_to(folder) for folder in hidden):
            return False
        return all(_is_safe(part.stat(), owner) for part in (resolved, *resolved.parents))
    except OSError:
        return False


def _is_safe(status: os.stat_result, owner: int) -> bool:
    runs = bool(status.st_mode & stat.S_IXOTH)
    return runs and files.exposure(status, owners=(0, owner)) is None


def _abi_of(python: Path) -> str:
    try:
        done = subprocess.run(
            [python, "-I", "-c", _ABI], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
