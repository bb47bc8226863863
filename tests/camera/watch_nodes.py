"""Runs in the machine: prints when the camera worker opens and closes a video node, until ended.

`watch_nodes.py`: lines of `SECONDS open|closed PATH`, in the clock of the journal.
"""

import subprocess
import time
from pathlib import Path

EVERY = 0.25
_SHOW = ["systemctl", "show", "--value", "--property=MainPID", "facelatch-camera"]


def held(pid: str) -> set[str] | None:
    """Video nodes that the process has open; None where it has ended."""
    found = set()
    try:
        for link in Path("/proc", pid, "fd").iterdir():
            try:
                target = str(link.readlink())
            except OSError:
                continue  # closed meanwhile
            if target.startswith("/dev/video"):
                found.add(target)
    except OSError:
        return None
    return found


def worker() -> str:
    """The worker's process; "0" where none runs, which is no folder of /proc."""
    return subprocess.run(_SHOW, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Never returns."""
    pid = worker()
    before: set[str] = set()
    while True:
        now = held(pid)
        if now is None:
            pid, now = worker(), set()
        for path in sorted(before ^ now):
            word = "open" if path in now else "closed"
            print(f"{time.time():.3f} {word} {path}", flush=True)  # noqa: T201
        before = now
        time.sleep(EVERY)


if __name__ == "__main__":
    main()
