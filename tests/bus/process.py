"""The daemon's processes as the kernel sees them: memory, descriptors, time of the processor."""

import os
from pathlib import Path

import numpy as np

from tests.bus.world import World

_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """Service, camera worker and unlocker together, as the kernel sees those that run."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def _folders(self) -> list[Path]:
        return [Path("/proc") / str(pid) for pid in self._world.pids]

    @property
    def resident_mb(self) -> float:
        """Resident memory, in MB of 1,000,000 bytes; a page that several share counts for each."""
        return sum(_kilobytes(one / "status", "VmRSS") for one in self._folders) * 1024 / 1e6

    @property
    def proportional_mb(self) -> float:
        """The same, a page that several share divided among them (Pss, proc(5))."""
        return sum(_kilobytes(one / "smaps_rollup", "Pss") for one in self._folders) * 1024 / 1e6

    @property
    def once_mb(self) -> float:
        """Memory that they hold together: a page counts once, whoever else may share it. Root."""
        pages = set().union(*(_pages(one) for one in self._folders))
        return len(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def descriptors(self) -> int:
        """Open files."""
        return sum(len(list((one / "fd").iterdir())) for one in self._folders)

    @property
    def cpu_seconds(self) -> float:
        """Time of the processor so far."""
        total = 0
        for folder in self._folders:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / _TICKS


def _kilobytes(file: Path, name: str) -> int:
    lines = (line.split() for line in file.read_text().splitlines())
    return next(int(fields[1]) for fields in lines if fields and fields[0] == f"{name}:")


def _pages(folder: Path) -> set[int]:
    """The frames of memory behind a process's mappings, by number (pagemap, proc(5))."""
    size = os.sysconf("SC_PAGE_SIZE")
    found: set[int] = set()
    with (folder / "pagemap").open("rb", buffering=0) as map_:
        for line in (folder / "maps").read_text().splitlines():
            if line.endswith(("[vvar]", "[vvar_vclock]", "[vsyscall]")):
                continue
            first, last = (int(one, 16) // size for one in line.split()[0].split("-"))
            map_.seek(first * 8)
            entries = np.frombuffer(map_.read((last - first) * 8), dtype=np.uint64)
            there = entries[entries >> np.uint64(63) == 1] & np.uint64((1 << 55) - 1)
            found.update(there.tolist())
    return found - {0}  # what may not be told is 0
