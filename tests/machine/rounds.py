"""Switches a face on and off a hundred times among PAM's other modules, inside the machine."""

import subprocess
import sys
from pathlib import Path

from daemon.install import pam_files
from daemon.install.pam_text import Steps

SERVICES = ("sudo", "sudo-i", "su", "polkit-1", "chfn")
STEPS = Steps("/opt/facelatch/venv/bin/facelatch-pam", 10.0)


def tree() -> dict[str, tuple[bytes, int]]:
    """Every file of PAM's folders, and the copies."""
    places = [Path("/etc/pam.d"), Path("/usr/lib/pam.d"), Path("/var/backups")]
    found = [path for place in places for path in place.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mode) for path in found}


def main() -> int:
    """Exit 0 where all is as it was."""
    folders = pam_files.Folders()
    before = tree()
    for number in range(100):
        for name in SERVICES:
            pam_files.apply(folders, pam_files.enabling(folders, name, STEPS))
        if number % 25 == 0:
            # Meanwhile Debian changes what they include.
            for action in ("--remove", "--enable"):
                subprocess.run(["/usr/sbin/pam-auth-update", action, "sss"], check=True)
        for name in reversed(SERVICES):
            pam_files.apply(folders, pam_files.disabling(folders, name))
    after = tree()
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            print(path)  # noqa: T201
    return int(before != after)


if __name__ == "__main__":
    sys.exit(main())
