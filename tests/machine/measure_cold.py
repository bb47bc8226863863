"""What a package needs of time, memory and disk, in figures: `scripts/measure-cold --package`."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.data import ROOT
from tests.machine.machine import Machine, base, running

_APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qy", "--no-install-recommends")
_MEASURE = """\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""
_SUITES = ("bookworm", "trixie")


def main() -> int:
    """Prints the figures; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("--turns", default="10")
    arguments = parser.parse_args()
    package = arguments.package.resolve(strict=True)
    suite = next(one for one in _SUITES if f"~{one}_" in package.name)
    shown = [package.parent, ROOT / "scripts/lib"]
    with tempfile.TemporaryDirectory() as name:
        machine = Machine(Path(name, "cold"), origin=base(suite=suite), shown=shown)
        with running(machine):
            install = ("python3", "-c", _MEASURE, *_APT, "install", str(package))
            processor = machine.call(*install, seconds=600).stdout.split()[-1]
            print(f"installed in {float(processor):.1f} s of the processor")  # noqa: T201
            size = int(machine.out("du", "-s", "-B1", "/usr/lib/facelatch").split()[0])
            print(f"{size / 1e6:.1f} MB in /usr/lib/facelatch")  # noqa: T201
            program = str(ROOT / "scripts/lib/measure_cold.py")
            done = machine.call("python3", program, "--turns", arguments.turns, seconds=600)
            print(done.stdout, end="")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
