"""How soon the welcome begins after an arrival; see scripts/greeting-trial.

The real daemon sees the demo's owner before a locked session; the real agent hears of it and speaks
through the real engine; a stand-in for the player keeps what it is given, with the time. Measured
is from the daemon's signal, as another subscriber gets it, to the first line of the player.
"""

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from dbus_fast import Variant

from daemon.clients.cli.prepare import ensure_prepared
from daemon.clients.dbus_client import Client
from daemon.foreground.enrol import enrol
from daemon.sources.demo import open_demo
from daemon.sources.reader import FrameWorker
from enroll.template import Appearance
from models import zoo
from models.pipeline import FacePipeline
from tests.bus.agent_process import AgentProcess, run_agent
from tests.bus.world import Home, World, eventually
from tests.waiting import lasting

_SETTINGS = '[greeting]\ntemplate = "Welcome back, Ada"\n'
_QUIET_SECONDS = 1.0


def main() -> int:
    """Runs it; exit 1 where a welcome was missing, late by far, or one too many."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arrivals", type=int, default=30, metavar="N")
    parser.add_argument("--strangers", type=float, default=10.0, metavar="SECONDS")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with _home() as home, run_agent(home.start(), settings=_SETTINGS) as agent:
        delays = [_arrival(home, agent) for _ in range(arguments.arrivals)]
        memory = _memory(agent.process.pid)
        wakes = _wakes(agent.process.pid)
        lengths = [_sound(play.wav) for play in agent.plays]
        home.world.stop_daemon()
        home.configure("camera", source='"demo:stranger"')
        home.start()
        spoken_to_strangers = _strangers(home, agent, arguments.strangers)
    report = {
        "arrivals": arguments.arrivals,
        "welcomes": len(lengths),
        "median_ms": round(statistics.median(delays), 1),
        "p95_ms": round(float(np.percentile(delays, 95)), 1),
        "slowest_ms": round(max(delays), 1),
        "seconds_of_sound": round(statistics.median(seconds for seconds, _ in lengths), 2),
        "least_loudness": round(min(loudness for _, loudness in lengths), 3),
        "welcomes_of_strangers": spoken_to_strangers,
        "agent_resident_mb": memory,
        "agent_wakes_in_10_s": wakes,
    }
    _print(report, as_json=arguments.json)
    right = len(lengths) == arguments.arrivals and not spoken_to_strangers
    return 0 if right and report["least_loudness"] else 1


def _arrival(home: Home, agent: AgentProcess) -> float:
    """Milliseconds from the signal to the player."""
    known = len(agent.plays)
    with home.world.client() as client:
        client.call("Subscribe")
        home.lock("1")
        _until_unlocked(client)
        signalled = time.time_ns()
    play = eventually(lambda: agent.plays[known:], "a welcome")[0]
    home.set_session("1", LockedHint=Variant("b", False))
    lasting(_QUIET_SECONDS, "an arrival of its own")
    return float((play.nanoseconds - signalled) / 1e6)


def _until_unlocked(client: Client) -> None:
    for heard in client.signals(seconds=60.0):
        if heard.name == "Event" and heard.values[0] == "unlocked":
            return
    raise SystemExit("the session was not unlocked")


def _strangers(home: Home, agent: AgentProcess, seconds: float) -> int:
    """What was said while a stranger sat before the locked session."""
    before = len(agent.plays)
    eventually(lambda: agent.log.count("following") >= 2, "an agent that follows again")
    home.lock("1")
    eventually(lambda: home.world.verdicts("not-matched"), "an attempt at the stranger")
    lasting(seconds, "what is measured")
    return len(agent.plays) - before


def _memory(pid: int) -> float:
    """Megabytes of the agent and its children, resident."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in (pid, *children))
    return round(pages * 4096 / 1e6, 1)


def _wakes(pid: int) -> int:
    """How often any thread of the agent ran in ten seconds in which nothing happened."""

    def switches() -> int:
        statuses = Path(f"/proc/{pid}/task").glob("*/status")
        lines = [line for status in statuses for line in status.read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))

    lasting(5.0, "what was begun has ended")
    before = switches()
    lasting(10.0, "what is measured")
    return switches() - before


def _sound(path: Path) -> tuple[float, float]:
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768
        return file.getnframes() / file.getframerate(), float(np.sqrt((samples**2).mean()))


@contextlib.contextmanager
def _home() -> Iterator[Home]:
    with tempfile.TemporaryDirectory(prefix="greeting-trial-") as folder:
        world = World(Path(folder))
        try:
            world.start_journal()
            world.start_bus()
            world.start_mocks()
            home = Home(world)
            home.configure("camera", full_rate="30.0")  # as by default
            home.enrol(_owner())
            home.log_in("1")
            yield home
        finally:
            world.close()


def _owner() -> Appearance:
    ensure_prepared(["mtcnn", "resnet"], quiet=True)
    embedder, detector = zoo.load_embedder("resnet"), zoo.load_detector("mtcnn")
    with open_demo("owner", pace=False) as source, FrameWorker(source) as worker:
        pipeline = FacePipeline(detector, embedder)
        return enrol(
            worker, pipeline, embedder, appearance="default", liveness=None, seconds=60.0
        ).appearance


def _print(report: dict[str, float], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report))  # noqa: T201
        return
    for name, value in report.items():
        print(f"{name.replace('_', ' '):<22} {value}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
