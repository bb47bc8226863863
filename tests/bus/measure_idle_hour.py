"""Measures what an idle session costs where its owner sits before it: `scripts/measure-presence`.

By the real service, camera worker and clock: processor time, wake-ups, how long the camera was on,
and the energy of the processor's package where the machine tells it. The clip takes the camera's
place, so that opening a device is not among it.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.bus.measure import at_home, owner_appearance, status
from tests.bus.process import Process
from tests.bus.world import Home, World, eventually
from tests.waiting import lasting

RAPL = Path("/sys/class/powercap")


def wake_ups(world: World) -> int:
    """How often the threads of the service's processes went to sleep and were woken so far."""
    count = 0
    for pid in world.pids:
        for task in (Path("/proc") / str(pid) / "task").iterdir():
            lines = (task / "status").read_text().splitlines()
            count += sum(
                int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches")
            )
    return count


def joules() -> float | None:
    """What the processor's packages used since some moment; None where the machine tells nobody."""
    files = sorted(RAPL.glob("intel-rapl:[0-9]*/energy_uj"))
    packages = [one for one in files if one.parent.name.count(":") == 1]
    try:
        return sum(int(one.read_text()) for one in packages) / 1e6 if packages else None
    except OSError:
        return None


def measure(home: Home, *, minutes: float, leave: float) -> dict[str, Any]:
    """One session that is idle for so long, its owner before it."""
    home.configure("leave", seconds=str(leave))
    world = home.start()
    with world.client() as agent:
        agent.call("Subscribe")
        agent.call("ReportUse", {"idle-seconds": 5.0})
        eventually(lambda: status(home)["camera-on-seconds"] > 0.0, "a look", seconds=300.0)
        process = Process(world)
        lasting(2.0, "what was begun has ended")
        before = (process.cpu_seconds, wake_ups(world), _camera(home), joules(), time.monotonic())
        lasting(60.0 * minutes, "an idle session")
        after = (process.cpu_seconds, wake_ups(world), _camera(home), joules(), time.monotonic())
    seconds = after[4] - before[4]
    energy = None if before[3] is None or after[3] is None else after[3] - before[3]
    return {
        "minutes": round(seconds / 60, 2),
        "processor percent of a core": round(100 * (after[0] - before[0]) / seconds, 2),
        "wake-ups a second": round((after[1] - before[1]) / seconds, 2),
        "camera on, percent": round(100 * (after[2] - before[2]) / seconds, 2),
        "watts of the packages": "not told here" if energy is None else round(energy / seconds, 2),
    }


def _camera(home: Home) -> float:
    return float(status(home)["camera-on-seconds"])


def main() -> int:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--leave", type=float, default=60.0, help="leave.seconds")
    parser.add_argument("--embedder", default="resnet")
    chosen = parser.parse_args()
    taken = owner_appearance(chosen.embedder)
    with at_home(chosen.embedder, taken) as home:
        found = measure(home, minutes=chosen.minutes, leave=chosen.leave)
    sys.stdout.write(json.dumps({"leave.seconds": chosen.leave, **found}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
