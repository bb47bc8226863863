"""What rpm and pacman set off when another package writes a file of PAM: by their own programs.

In a root that is not booted, with a stand-in of our command that notes what it was called with, and
what the file was then. dpkg's own triggers are tried in `test_pam.py`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data import ROOT
from tests.machine.desktops.conftest import WANTED
from tests.machine.machine import Machine, base

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get(WANTED), reason="fetches rpm and pacman: scripts/test --desktops"
    ),
]

FOLDER = ROOT / "packaging"
DOOR = "auth required pam_unix.so # {version}\n"
_COMMAND = """\
#!/bin/sh
echo "$@: $(cat /etc/pam.d/door)" >>/srv/called
exit 1
"""
_SPEC = """\
Name: {name}
Version: {version}
Release: 1
Summary: A package
License: MIT
BuildArch: noarch
%description
A package.
{rest}
"""
_RPM = """\
set -e
mkdir -p /srv/door/etc/pam.d /srv/made
cp /srv/door.pam /srv/door/etc/pam.d/door
rpmbuild --quiet -bb --define '_rpmdir /srv/made' /srv/{name}.spec
rpm --nodeps --upgrade --verbose /srv/made/noarch/{name}-{version}-1.noarch.rpm
"""
_PACMAN = """\
set -e
mkdir -p /srv/door/etc/pam.d /usr/share/libalpm/hooks /var/lib/pacman
cp /srv/door.pam /srv/door/etc/pam.d/door
cp /srv/facelatch-pam.hook /usr/share/libalpm/hooks/
printf 'pkgname = door\\npkgver = {version}-1\\narch = any\\nsize = 40\\n' >/srv/door/.PKGINFO
tar -C /srv/door -czf /srv/door-{version}-1-any.pkg.tar.gz .PKGINFO etc
printf '[options]\\nArchitecture = auto\\nSigLevel = Never\\n' >/srv/pacman.conf
pacman --config /srv/pacman.conf --upgrade --noconfirm --nodeps /srv/door-{version}-1-any.pkg.tar.gz
"""


@pytest.fixture(scope="module")
def root(machines: Path) -> Iterator[Machine]:
    """A root with both."""
    machine = Machine(machines / "triggers", origin=base("rpm", "pacman-package-manager"))
    command = machine.root / "usr/bin/facelatch"
    command.write_text(_COMMAND)
    command.chmod(0o755)
    yield machine


def _called(root: Machine) -> list[str]:
    noted = root.root / "srv/called"
    called = noted.read_text().splitlines() if noted.exists() else []
    noted.unlink(missing_ok=True)
    return called


def _rpm(root: Machine, name: str, version: str, rest: str) -> None:
    spec = _SPEC.format(name=name, version=version, rest=rest)
    (root.root / f"srv/{name}.spec").write_text(spec)
    root.prepare("sh", "-c", _RPM.format(name=name, version=version))


def test_rpm_has_what_another_package_wrote_restored(root: Machine) -> None:
    recipe = (FOLDER / "facelatch.spec").read_text()
    trigger = "%transfiletriggerin" + recipe.partition("%transfiletriggerin")[2].partition("%")[0]
    door = "%install\ncp -r /srv/door/etc %{buildroot}\n%files\n%config /etc/pam.d/door\n"
    (root.root / "srv/door.pam").write_text(DOOR.format(version="1"))
    _rpm(root, "facelatch", "1", f"{trigger}\n%files\n")
    _called(root)
    for version in ("1", "2"):
        (root.root / "srv/door.pam").write_text(DOOR.format(version=version))
        _rpm(root, "door", version, door)
        # One that cannot be restored fails nobody's upgrade.
        assert _called(root) == [f"pam restore: {DOOR.format(version=version).strip()}"]


def test_pacman_has_what_another_package_wrote_restored(root: Machine) -> None:
    hook = (FOLDER / "facelatch-pam.hook").read_text()
    (root.root / "srv/facelatch-pam.hook").write_text(hook)
    # Rpm's, which pacman would not overwrite.
    (root.root / "etc/pam.d/door").unlink(missing_ok=True)
    for version in ("3", "4"):
        text = DOOR.format(version=version)
        (root.root / "srv/door.pam").write_text(text)
        root.prepare("sh", "-c", _PACMAN.format(version=version))
        assert _called(root) == [f"pam restore: {text.strip()}"]
