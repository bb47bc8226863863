"""Searches the memory of processes: `memory.py FILE PROCESS...` prints how often each has what FILE
has. What is searched for must not stand in the arguments, which are memory too.
"""

import contextlib
import os
import sys
from pathlib import Path


def hits(pid: int, wanted: bytes) -> int:
    """In everything that can be read."""
    found = 0
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights = line.split()[:2]
            begin, end = (int(one, 16) for one in place.split("-"))
            if "r" not in rights:
                continue
            try:
                memory.seek(begin)
                found += memory.read(end - begin).count(wanted)
            except (OSError, OverflowError, ValueError):
                continue  # the kernel's own pages (vvar, vsyscall)
    return found


def pids(word: str) -> list[int]:
    """A number, or every process whose control group or command line has this word; not ours."""
    if word.isdigit():
        return [int(word)]
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            text = (place / "cgroup").read_bytes() + (place / "cmdline").read_bytes()
            if word.encode() in text and int(place.name) != os.getpid():
                found.append(int(place.name))
    return found


if __name__ == "__main__":
    given = Path(sys.argv[1]).read_bytes()
    print(*(hits(pid, given) for word in sys.argv[2:] for pid in pids(word)))  # noqa: T201
