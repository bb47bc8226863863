"""The service's own Python environment: copied from the one that runs, a tenth of its size.

Copied and not installed: no network, no package index to trust as root, and exactly the versions
that were tried. It holds what recognises, without the workshop (TensorFlow and what comes with it).
"""

import compileall
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import daemon
from daemon.install.errors import InstallError
from daemon.install.packages import Package, needed_packages
from daemon.install.places import PAM_ACCOUNT, PAM_PROGRAM, Places
from daemon.install.python import find_python
from daemon.install.trust import make_ours
from models import files
from models.assets import shipped
from models.errors import NotInstalledError
from models.synthetic.portraits import OWNER, STRANGER, portrait_path

_OUR_PACKAGES = ("daemon", "enroll", "models")
_STAMP = "facelatch.json"
UNIT_FILES = "share/facelatch/systemd"
"""Where an environment keeps the files of `systemd/`."""
_SKIPPED = shutil.ignore_patterns("__pycache__", "*.pyc")

_LAUNCHER = """\
#!{python} -I
import sys

from daemon.clients.cli.main import main

sys.exit(main())
"""

# -I and -S: nothing of the caller's environment, and no time spent on looking for packages.
_PAM_LAUNCHER = """\
#!{python} -IS
import sys

sys.path.append({site!r})
from daemon.clients.pam.program import main

sys.exit(main(sys.argv[1:]))
"""

# PAM waits for this one, which is why it is no Python: the rest happens in the background. What was
# typed does not reach it. -p: the shell takes no functions and no options from its environment.
_PAM_ACCOUNT = """\
#!/bin/sh -p
[ -e "/run/facelatch-pam/$PPID" ] || exit 0
read -r began <"/proc/$PPID/stat"
{program} account "$PPID" "$began" </dev/null >/dev/null 2>&1 &
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes into the environment."""

    python: Path
    packages: tuple[Package, ...]
    source: Path
    """Folder that holds our own packages."""
    unit_files: Path
    """Folder of `systemd/`."""

    def digest(self) -> str:
        """The same for the same content: versions of the packages, our own files."""
        ours = hashlib.sha256()
        for path in _our_files(self):
            ours.update(f"{path.name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
        versions = [(package.name, package.version) for package in self.packages]
        facts = [str(self.python), sys.version_info[:2], versions, ours.hexdigest()]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def plan() -> Plan:
    """What would be installed from the environment that runs. Raises InstallError."""
    source = Path(daemon.__file__).resolve().parents[1]
    return Plan(find_python(), tuple(needed_packages()), source, unit_files(source))


def unit_files(source: Path) -> Path:
    """The folder `systemd/`: of the checkout, else of the environment. Raises InstallError."""
    for folder in (source / "systemd", Path(sys.prefix) / UNIT_FILES):
        if (folder / "facelatch.service").is_file():
            return folder
    raise InstallError("the files of systemd/ are not here", "run setup from the checkout")


def sources(planned: Plan) -> Iterator[Path]:
    """Every file that the environment is copied from."""
    yield from _our_files(planned)
    for package in planned.packages:
        yield from (origin for origin, _ in package.files)


def is_current(places: Places, planned: Plan) -> bool:
    """Whether the environment in place is the planned one, complete."""
    try:
        stamp = json.loads((places.environment / _STAMP).read_text())
        return bool(stamp["digest"] == planned.digest())
    except (OSError, ValueError, LookupError, TypeError):
        return False


def build(places: Places, planned: Plan) -> None:
    """Makes the environment beside its place and moves it there. Raises InstallError."""
    staging = places.program / "venv.new"
    try:
        make_ours(places.program)
        files.remove_whole(staging)
        fill(staging, places.environment, planned)
        _finish(staging, places.environment, planned)
        files.replace_folder(staging, places.environment, aside=places.program / "venv.old")
    except (OSError, shutil.Error) as error:
        raise InstallError(f"cannot make {places.environment}: {error}") from error
    finally:
        files.remove_whole(staging)


def fill(staging: Path, final: Path, planned: Plan) -> None:
    """Makes the environment in `staging`, to be moved to `final`; without byte code.

    Raises InstallError, OSError, shutil.Error.
    """
    _run([planned.python, "-I", "-m", "venv", "--without-pip", "--symlinks", staging])
    site = next((staging / "lib").glob("python*/site-packages"))
    for package in planned.packages:
        for origin, place in package.files:
            _copy(origin, site / place)
    for name in _OUR_PACKAGES:
        shutil.copytree(planned.source / name, site / name, ignore=_SKIPPED)
    _write_version(site)
    shutil.copytree(planned.unit_files, staging / UNIT_FILES, ignore=_SKIPPED)
    _bring_along(staging)
    # Nobody works in it by hand, and they name the staging folder.
    for script in (staging / "bin").glob("[Aa]ctivate*"):
        script.unlink()
    # Of Python 3.13 and later.
    (staging / ".gitignore").unlink(missing_ok=True)
    launcher, pam_launcher = staging / "bin/facelatch", staging / PAM_PROGRAM
    launcher.write_text(_LAUNCHER.format(python=final / "bin/python"))
    installed_site = str(final / site.relative_to(staging))
    text = _PAM_LAUNCHER.format(python=final / "bin/python", site=installed_site)
    pam_launcher.write_text(text)
    pam_account = staging / PAM_ACCOUNT
    pam_account.write_text(_PAM_ACCOUNT.format(program=final / PAM_PROGRAM))
    _open_to_read(staging)
    for program in (launcher, pam_launcher, pam_account):
        program.chmod(0o755)


def _finish(staging: Path, final: Path, planned: Plan) -> None:
    """Byte code, and the stamp: last, an environment without it is not complete."""
    site = next((staging / "lib").glob("python*/site-packages"))
    before = os.umask(0o022)
    try:
        compileall.compile_dir(str(site), stripdir=str(staging), prependdir=str(final), quiet=2)
        (staging / _STAMP).write_text(json.dumps({"digest": planned.digest()}))
    finally:
        os.umask(before)


def _bring_along(staging: Path) -> None:
    """Networks that came with the environment that runs, and the demo's portraits if here."""
    if shipped.networks().is_dir():
        shutil.copytree(shipped.networks(), staging / shipped.SHARE / shipped.NETWORKS)
    folder = staging / shipped.SHARE / shipped.PORTRAITS
    folder.mkdir(parents=True)
    for portrait in (OWNER, STRANGER):
        with contextlib.suppress(NotInstalledError):
            picture = portrait_path(portrait)
            shutil.copyfile(picture, folder / picture.name)


def _write_version(site: Path) -> None:
    """Lets the installed copy know its own version."""
    with contextlib.suppress(metadata.PackageNotFoundError):
        version = metadata.version("facelatch")
        folder = site / f"facelatch-{version}.dist-info"
        folder.mkdir()
        text = f"Metadata-Version: 2.1\nName: facelatch\nVersion: {version}\n"
        (folder / "METADATA").write_text(text)


def _copy(origin: Path, target: Path) -> None:
    if origin.is_symlink() or not origin.is_file():
        raise InstallError(f"{origin} is not a plain file", "install its Python package again")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(origin, target)


def _open_to_read(folder: Path) -> None:
    """Root's umask may hide what the service must read, a checkout's modes may let others write."""
    for path in _walk(folder):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


def _walk(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.rglob("*")


def _our_files(planned: Plan) -> Iterable[Path]:
    for folder in (*(planned.source / name for name in _OUR_PACKAGES), planned.unit_files):
        yield from sorted(
            path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
        )


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it says not why"]
        raise InstallError(f"{command[0]} failed: {lines[-1]}")
