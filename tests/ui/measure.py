"""The agent at rest, in figures: `scripts/measure-agent`."""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from daemon.clients.cli.prepare import ensure_prepared
from tests.bus.world import Home, World
from tests.data import ROOT
from tests.ui.desktop import Desktop
from tests.waiting import lasting

STARTS = 5
SETTLING_SECONDS = 15
"""Until the last look for a tray is over."""


def main() -> int:
    """Prints the figures; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long it is watched at rest")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    os.environ.setdefault("FACELATCH_CACHE", str(ROOT / ".cache"))
    ensure_prepared(["mtcnn", "resnet"], quiet=True)
    figures = measure(arguments.seconds)
    if arguments.json:
        print(json.dumps(figures))
        return 0
    print(
        f"start to icon   {figures['start_seconds']:.2f} s, of processor"
        f" {figures['start_processor_seconds']:.2f} s, medians of {STARTS}"
    )
    print(f"resident        {figures['resident_mb']:.1f} MB ({figures['own_mb']:.1f} MB its own)")
    print(
        f"at rest         {figures['wakeups']} wake-ups and {figures['processor_ms']:.0f} ms of"
        f" processor in {arguments.seconds} s, {figures['threads']} threads"
    )
    return 0


def measure(seconds: int) -> dict[str, float]:
    """Start in seconds, memory in MB, wake-ups and processor time at rest."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="facelatch-")))
        world, desktop = World(folder), Desktop(folder / "desktop")
        desktop.folder.mkdir()
        stack.callback(world.close)
        stack.callback(desktop.close)
        _begin(world, desktop)
        starts = [_start(world, desktop) for _ in range(STARTS)]
        lasting(SETTLING_SECONDS, "what was begun has ended")
        process = desktop.processes["agent"].pid
        switches, processor = _switches(process), _processor(process)
        lasting(seconds, "what is measured")
        after = _switches(process)
        return {
            "start_seconds": statistics.median(one[0] for one in starts),
            "start_processor_seconds": statistics.median(one[1] for one in starts),
            "resident_mb": _memory(process, "Rss"),
            "own_mb": _memory(process, "Pss"),
            "wakeups": sum(after[thread] - switches.get(thread, 0) for thread in after),
            "processor_ms": 1000 * (_processor(process) - processor),
            "threads": len(after),
        }


def _begin(world: World, desktop: Desktop) -> None:
    world.start_journal()
    world.start_bus()
    world.start_mocks()
    home = Home(world)
    home.log_in("1")
    home.start()
    desktop.start()
    desktop.start_tray()


def _start(world: World, desktop: Desktop) -> tuple[float, float]:
    """Seconds until the icon is there, and seconds of processor until then."""
    if "agent" in desktop.processes:
        desktop.end("agent")
    began = time.monotonic()
    desktop.start_agent(world)
    desktop.icon("Ready, but your face is not enrolled")
    return time.monotonic() - began, _processor(desktop.processes["agent"].pid)


def _switches(process: int) -> dict[str, int]:
    """How often each thread has gone to sleep and come back."""
    return {
        status.parent.name: int(line.split()[1])
        for status in Path(f"/proc/{process}/task").glob("*/status")
        for line in status.read_text().splitlines()
        if line.startswith("voluntary_ctxt_switches")
    }


def _processor(process: int) -> float:
    """Seconds of processor time, in user and system."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(process: int, key: str) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:")) / 1000


if __name__ == "__main__":
    sys.exit(main())
