"""The packages that machines get: those that $FACELATCH_PACKAGE names, colons between them, or else
what `scripts/package deb` makes quickly of the commit at HEAD.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.data import ROOT
from tests.machine.machine import SUITE, Machine, MachineError, base

WANTED = "FACELATCH_TEST_PACKAGES"
"""Set where packages are built and tried, and the service of every machine comes out of one."""
CHOSEN = "FACELATCH_PACKAGE"
NEWER = "9.0"
ENVIRONMENT = "usr/lib/facelatch"
"""Below the machine's root."""
APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qy", "--no-install-recommends")
_SECONDS = 600.0


def wanted() -> bool:
    """Whether machines get packages, and not what `facelatch setup` makes of the checkout."""
    return bool(os.environ.get(WANTED) or os.environ.get(CHOSEN))


def package(suite: str = SUITE) -> Path | None:
    """The one for a Debian; None where $FACELATCH_PACKAGE names others only."""
    if not (chosen := os.environ.get(CHOSEN)):
        return _built(suite)
    named = (Path(one).absolute() for one in chosen.split(":"))
    return next((one for one in named if f"~{suite}_" in one.name), None)


def _built(suite: str) -> Path:
    """Made once for a commit, whichever process asks first."""
    kept = ROOT / ".cache/packaging"
    kept.mkdir(parents=True, exist_ok=True)
    git = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    made = kept / f"quick-{suite}-{commit[:12]}.deb"
    with (kept / f"{suite}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for older in kept.glob(f"quick-{suite}-*.deb"):
                older.unlink()
            with tempfile.TemporaryDirectory(dir=kept) as folder:
                program, root = str(ROOT / "scripts/package"), str(base(suite=suite))
                command = [program, "deb", suite, "--quick", "--from", root, "--to", folder]
                subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
                (found,) = Path(folder).glob("*.deb")
                found.rename(made)
    return made


def field(file: Path, name: str) -> str:
    """What a package says of itself."""
    command = ["dpkg-deb", "--field", str(file), name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def newer(file: Path, folder: Path) -> Path:
    """The same package, called a later one."""
    tree, made = folder / "tree", folder / f"facelatch_{NEWER}.deb"
    subprocess.run(["dpkg-deb", "--raw-extract", file, tree], check=True)
    control, preinst = tree / "DEBIAN/control", tree / "DEBIAN/preinst"
    version = field(file, "Version")
    control.write_text(control.read_text().replace(f"Version: {version}", f"Version: {NEWER}"))
    preinst.write_text(preinst.read_text().replace(version, NEWER))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, made], check=True)
    shutil.rmtree(tree)
    return made


def of_machines() -> Path:
    """The package for the Debian that machines are. Raises MachineError."""
    if (found := package()) is None:
        raise MachineError(f"{CHOSEN} names none of {SUITE}")
    return found


def install(machine: Machine, file: Path | None = None) -> None:
    """As a person does, with apt; by default the one for the Debian that machines are."""
    machine.call(*APT, "install", str(file or of_machines()), seconds=_SECONDS)


def purge(machine: Machine) -> None:
    """It goes, and all that it made."""
    machine.call(*APT, "purge", "facelatch", seconds=_SECONDS)
