"""What one `facelatch verify --source demo` costs from nothing: `scripts/measure-cold`.

Each turn is a process of its own; what it imports lies in the page cache. As root it is scheduled
before whatever else runs on this computer. Beside it, in the same turns, what importing NumPy,
OpenCV and LiteRT alone costs: the two say how busy the computer was. Standard library only.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

Turn = tuple[float, float, int]
"""Seconds on the clock, seconds of the processor, the most that was held in KiB."""

_IMPORTS = "import numpy, cv2, ai_edge_litert.interpreter"


def main() -> int:
    """Prints the figures; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", nargs="?", default="/usr/bin/facelatch", help="(%(default)s)")
    parser.add_argument("--turns", type=int, default=10, help="of each, in alternation")
    arguments = parser.parse_args()
    program = Path(arguments.program).resolve()
    if os.geteuid() == 0:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    with tempfile.TemporaryDirectory() as name:
        shown = ("--source", "demo", "--store", name)
        enrol = (str(program), "enroll", "Ada", "--no-pace", *shown)
        subprocess.run(enrol, check=True, capture_output=True)
        python = str(program.with_name("python"))
        commands = {
            "facelatch verify --source demo": (str(program), "verify", "Ada", *shown),
            "its imports from others": (python, "-I", "-c", _IMPORTS),
        }
        turns: dict[str, list[Turn]] = {what: [] for what in commands}
        for _ in range(arguments.turns):
            for what, command in commands.items():
                turns[what].append(_turn(command))
    print(f"{arguments.turns} turns, least and median: seconds, of the processor; most held in MB")
    for what, made in turns.items():
        clock, processor, held = zip(*made, strict=True)
        figures = "   ".join(
            f"{min(one):.2f} {statistics.median(one):.2f}" for one in (clock, processor)
        )
        print(f"{what:<32} {figures}   {max(held) * 1024 / 1e6:.0f}")
    return 0


def _turn(command: Sequence[str]) -> Turn:
    """Raises CalledProcessError where it does not end well."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
