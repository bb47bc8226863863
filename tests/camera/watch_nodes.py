"""Runs in the machine: prints when the service opens and closes a video node, until it is ended.

`watch_nodes.py`: lines of `SECONDS open|closed PATH`, in the clock of the journal.
"""

import subprocess
import time
from pathlib import Path

EVERY = 0.25


def held(pid: str) -> set[str]:
    """Video nodes that the process has open."""
    found = set()
    try:
        for link in Path("/proc", pid, "fd").iterdir():
            target = str(link.readlink())
            if target.startswith("/dev/video"):
                found.add(target)
    except OSError:
        pass
    return found


def main() -> None:
    """Never returns."""
    show = ["systemctl", "show", "--value", "--property=MainPID", "facelatch"]
    pid = subprocess.run(show, capture_output=True, text=True, check=True).stdout.strip()
    before: set[str] = set()
    while True:
        now = held(pid)
        for path in sorted(before ^ now):
            word = "open" if path in now else "closed"
            print(f"{time.time():.3f} {word} {path}", flush=True)  # noqa: T201
        before = now
        time.sleep(EVERY)


if __name__ == "__main__":
    main()
