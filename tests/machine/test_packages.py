"""The package, as a person installs it: used, upgraded, held back, removed, purged.

`scripts/test --packages tests/machine/test_packages.py`; the first time a package is built.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.install.places import PACKAGE
from tests.data import ROOT
from tests.machine.machine import Machine, MachineError, base, running, wait_for
from tests.machine.service import Service
from tests.machine.test_installing import content_of, difference

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("FACELATCH_TEST_PACKAGES"),
        reason="builds and installs packages: scripts/test --packages",
    ),
]

_PLACE = "usr/lib/facelatch"
_MOST_PACKED, _MOST_UNPACKED, _MOST_ON_DISK = 130_000_000, 400_000_000, 300_000_000
_MOST_SECONDS = 60.0
"""Of a processor, from the installation to the first clip that was recognised."""
_MOST_RESIDENT_KIB = 150 * 1024
_NEWER = "9.0"
_APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qy")
_PASSING = ("var/lib/dpkg/", "var/cache/apt/", "var/lib/apt/", "var/cache/debconf/")
"""What dpkg and apt note of every package that was ever there."""
_MEASURE = """\
import os, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print("measured", used.ru_maxrss, used.ru_utime + used.ru_stime)
"""


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def suite(request: pytest.FixtureRequest) -> str:
    """Debian 12 and 13."""
    return str(request.param)


@pytest.fixture(scope="module")
def package(suite: str) -> Path:
    """Of the commit at HEAD, or of the files that $FACELATCH_PACKAGE names, colons between them."""
    if chosen := os.environ.get("FACELATCH_PACKAGE"):
        named = [Path(one).absolute() for one in chosen.split(":") if f"~{suite}_" in one]
        return named[0] if named else pytest.skip(f"FACELATCH_PACKAGE names none of {suite}")
    subprocess.run([ROOT / "scripts/package", "deb", suite], check=True)
    made = (ROOT / "dist").glob(f"facelatch_*~{suite}_*.deb")
    return max(made, key=lambda one: one.stat().st_mtime)


@pytest.fixture(scope="module")
def newer(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same package, called a later one."""
    folder = tmp_path_factory.mktemp("newer")
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control, preinst = tree / "DEBIAN/control", tree / "DEBIAN/preinst"
    version = _field(package, "Version")
    control.write_text(control.read_text().replace(f"Version: {version}", f"Version: {_NEWER}"))
    preinst.write_text(preinst.read_text().replace(version, _NEWER))
    made = folder / "facelatch_newer.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, made], check=True)
    shutil.rmtree(tree)
    return made


@pytest.fixture(scope="module")
def bare(machines: Path, suite: str, package: Path, newer: Path) -> Iterator[Machine]:
    """A machine that knows nothing of Facelatch, with the users ada and bob."""
    shown = [package.parent, newer.parent]
    machine = Machine(machines / f"packages-{suite}", origin=base(suite=suite), shown=shown)
    with running(machine, "ada", "bob"):
        yield machine


def _field(package: Path, name: str) -> str:
    done = subprocess.run(
        ["dpkg-deb", "--field", package, name], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def _content(machine: Machine) -> dict[str, str]:
    return {
        place: what
        for place, what in content_of(machine).items()
        if not f"{place}/".startswith(_PASSING)
    }


def _is_active(machine: Machine) -> bool:
    return machine.call("systemctl", "is-active", "facelatch", check=False).returncode == 0


def _install(machine: Machine, package: Path) -> float:
    """The processor time that it took, in seconds."""
    command = (*_APT, "install", "--no-install-recommends", str(package))
    return _measured(machine, *command, seconds=300)[1]


def _measured(machine: Machine, *command: str, seconds: float = 120) -> tuple[int, float]:
    """The most that a command held, in KiB, and the processor time it took."""
    said = machine.call("/usr/bin/python3", "-c", _MEASURE, *command, seconds=seconds).stdout
    found = re.search(r"^measured (\d+) ([\d.]+)$", said, re.MULTILINE)
    assert found, said
    return int(found[1]), float(found[2])


def test_it_is_small(package: Path) -> None:
    assert package.stat().st_size <= _MOST_PACKED
    assert int(_field(package, "Installed-Size")) * 1024 <= _MOST_UNPACKED


def test_installed_used_upgraded_and_purged_without_a_trace(
    bare: Machine, package: Path, newer: Path
) -> None:
    service = Service(bare)
    before = _content(bare)
    took = _install(bare, package)
    assert bare.out("dpkg", "-V", "facelatch") == ""
    assert int(bare.out("du", "-s", "-B1", f"/{_PLACE}").split()[0]) <= _MOST_ON_DISK
    wait_for(lambda: _is_active(bare), 60, "the service does not come up")
    # At once: the bus knew by then who may have its name.
    assert bare.out("systemctl", "show", "--value", "--property=NRestarts", "facelatch") == "0"
    assert not list((bare.root / _PLACE).rglob("tensorflow*"))
    took += _recognises_a_clip(bare)
    assert took <= _MOST_SECONDS

    service.film("ada")
    service.enrol("ada")
    kept = _made_by_people(bare)
    _install(bare, newer)
    assert bare.out("dpkg-query", "-W", "-f=${Version}", "facelatch") == _NEWER
    assert _made_by_people(bare) == kept
    assert service.ask("ListUsers") == [["ada"]]

    with pytest.raises(MachineError, match=r"going back from 9\.0 to .* is refused"):
        bare.call(*_APT, "install", "--allow-downgrades", str(package))
    assert _made_by_people(bare) == kept
    assert bare.out("dpkg-query", "-W", "-f=${Status}", "facelatch") == "install ok installed"
    assert service.ask("ListUsers") == [["ada"]]

    bare.call(*_APT, "remove", "facelatch", seconds=300)
    assert _made_by_people(bare) == kept
    assert not (bare.root / _PLACE).exists()
    bare.call(*_APT, "purge", "facelatch", seconds=300)
    assert difference(before, _content(bare)) == []
    assert bare.call("id", "facelatch", check=False).returncode != 0
    assert "facelatch" not in bare.out("busctl", "list", "--acquired", "--activatable")


def _recognises_a_clip(machine: Machine) -> float:
    """In the foreground, as a person tries it, with nothing but the package; the processor time."""
    store = ("--store", "/srv/store")
    enrol = ("facelatch", "enroll", "Ada", "--source", "demo", "--no-pace", *store)
    _, enrolling = _measured(machine, *enrol)
    verify = ("facelatch", "verify", "Ada", "--source", "demo", *store)
    resident, verifying = _measured(machine, *verify)
    assert resident <= _MOST_RESIDENT_KIB
    stranger = machine.call(*verify[:3], "--source", "demo:stranger", *store, check=False)
    assert stranger.returncode == 1
    shutil.rmtree(machine.root / "srv/store")
    return enrolling + verifying


def _made_by_people(machine: Machine) -> dict[str, bytes]:
    """Templates and settings."""
    places = ("var/lib/facelatch/templates/ada.templates", "etc/facelatch/config.toml")
    return {place: (machine.root / place).read_bytes() for place in places}


def test_doctor_mends_what_was_broken(bare: Machine, package: Path) -> None:
    _install(bare, package)
    for place in PACKAGE.files["org.facelatch.Facelatch1.conf"], PACKAGE.files["facelatch.service"]:
        (bare.root / place).unlink()
    bare.call("systemctl", "disable", "--now", "--quiet", "facelatch-unlocker.socket")
    bare.call("facelatch", "doctor", "--fix", "--yes", check=False)
    assert bare.out("dpkg", "-V", "facelatch") == ""
    for unit in ("facelatch.service", "facelatch-unlocker.socket"):
        assert bare.out("systemctl", "is-enabled", unit) == "enabled"
        assert bare.out("systemctl", "is-active", unit) == "active"


def test_sudo_is_as_it_was_once_the_package_is_gone(bare: Machine, package: Path) -> None:
    _install(bare, package)
    sudo = bare.root / "etc/pam.d/sudo"
    plain = b"@include common-auth\n@include common-account\n"
    sudo.write_bytes(plain)
    try:
        bare.call("sh", "-c", "echo ada:secret | chpasswd")
        bare.call("sh", "-c", "echo secret | facelatch pam enable --user ada sudo")
        assert b"/usr/lib/facelatch/bin/facelatch-pam" in sudo.read_bytes()
        bare.call(*_APT, "purge", "facelatch", seconds=300)
        assert sudo.read_bytes() == plain
    finally:
        sudo.unlink()
