"""Measures the real daemon on a private bus: `scripts/measure-daemon`, which see for the figures.

Everything but the camera and logind is the product's own: the daemon is a process of its own,
configured as by default, and each figure is taken from outside of it.
"""

import argparse
import contextlib
import json
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2

from daemon.clients.cli.prepare import ensure_prepared
from daemon.config import Presence
from daemon.foreground.enrol import enrol
from daemon.sources.demo import open_demo
from daemon.sources.reader import FrameWorker
from daemon.unlocking.looking import GLANCES_BELOW_SECONDS
from enroll.template import Appearance
from models import zoo
from models.pipeline import FacePipeline
from tests.bus import filmed
from tests.bus.asking import Ended, ask_unlocker, attempt, finish
from tests.bus.process import Process
from tests.bus.test_events import until
from tests.bus.world import Home, World, eventually
from tests.portraits import owner_portrait
from tests.waiting import lasting

Row = dict[str, Any]
_FASTEST_LOOKS = 0.5
"""Seconds; see daemon.config.Presence."""
_STAGES = ("open", "first-frame", "detect", "align", "embed", "decide")


def owner_appearance(embedder_name: str) -> Appearance:
    """The appearance of the demo's owner."""
    ensure_prepared(["mtcnn", embedder_name], quiet=True)
    embedder, detector = zoo.load_embedder(embedder_name), zoo.load_detector("mtcnn")
    with open_demo("owner", pace=False) as source, FrameWorker(source) as worker:
        pipeline = FacePipeline(detector, embedder)
        return enrol(
            worker, pipeline, embedder, appearance="default", liveness=None, seconds=60.0
        ).appearance


@contextmanager
def at_home(embedder: str, taken: Appearance) -> Iterator[Home]:
    """A bus, logind and polkit of its own, ended at the end; configured as by default."""
    with tempfile.TemporaryDirectory(prefix="facelatch-measure-") as folder:
        world = World(Path(folder))
        try:
            world.start_journal()
            world.start_bus()
            world.start_mocks()
            settings = {
                "camera": {"source": '"demo:owner"'},
                "recognition": {"embedder": f'"{embedder}"'},
            }
            home = Home(world, settings)
            home.enrol(taken)
            home.log_in("1")
            threading.Thread(target=_drain, args=(world,), daemon=True).start()
            yield home
        finally:
            world.close()


def _drain(world: World) -> None:
    """Reads the journal, so that the daemon never finds it full."""
    with contextlib.suppress(OSError):
        while True:
            world.entries.clear()
            lasting(0.05, "more entries")


def status(home: Home) -> Row:
    """What the daemon says of itself."""
    with home.world.client() as client:
        found: Row = client.call("Status")
        return found


def latency(home: Home, options: argparse.Namespace) -> Row:
    """From the bus request to the verdict, models loaded, the camera opened each time; and from
    there to the closed camera.
    """
    world = home.start()
    times, closing, ours, stages = [], [], [], []
    with world.client() as client:
        attempt(client)
        before = Process(world).cpu_seconds
        for _ in range(options.attempts):
            eventually(lambda: not client.call("Status")["camera-on"], "a closed camera")
            begun = time.monotonic()
            ended = finish(client, client.call("StartVerify", "", {}))
            known = time.monotonic()
            times.append((known - begun) * 1e3)
            eventually(lambda: not client.call("Status")["camera-on"], "a closed camera")
            closing.append((time.monotonic() - known) * 1e3)
            _expect_match(ended)
            ours.append(ended.details["milliseconds"])
            stages.append(ended.details["stages"])
    medians = {
        f"{name}_ms": statistics.median(one.get(name, 0.0) for one in stages)
        for name in _STAGES
        if any(name in one for one in stages)
    }
    return {
        "attempts": options.attempts,
        "median_ms": statistics.median(times),
        "p95_ms": _share(times, 0.95),
        "in_the_daemon_median_ms": statistics.median(ours),
        "camera_closed_after_most_ms": max(closing),
        "processor_mean_ms": (Process(world).cpu_seconds - before) / options.attempts * 1e3,
        **medians,
    }


def start(home: Home, options: argparse.Namespace) -> Row:
    """From exec to ready: the name is owned, the models are loaded."""
    home.write()
    times, busy = [], []
    for _ in range(options.starts):
        begun = time.monotonic()
        home.world.start_daemon()
        times.append(time.monotonic() - begun)
        busy.append(Process(home.world).cpu_seconds)
        home.world.stop_daemon()
    return {
        "starts": options.starts,
        "median_s": statistics.median(times),
        "most_s": max(times),
        # What the machine's other work does not change.
        "processor_median_s": statistics.median(busy),
    }


def memory(home: Home, _options: argparse.Namespace) -> Row:
    """Resident memory: before any model was loaded, with models, at the end of an attempt, while
    the camera is still open, and once it is closed; the unlocker too, which runs only when it is
    asked; and after the models were unloaded.
    """
    home.configure("loading", when='"need"', unload_seconds="5")
    world = home.start()
    process = Process(world)
    with world.client() as client:
        client.call("Status")
        without = _memory(process, "without")
        for _ in range(20):
            _expect_match(attempt(client))
        loaded = _memory(process, "open")
        eventually(lambda: not client.call("Status")["camera-on"], "a closed camera")
        loaded |= _memory(process, "with")
        ask_unlocker(world)
        loaded |= _memory(process, "with_unlocker")
        eventually(lambda: not client.call("Status")["models-loaded"], "models to be unloaded")
    return {**without, **loaded, **_memory(process, "unloaded")}


def _memory(process: Process, when: str) -> Row:
    return {
        f"{when}_mb": process.resident_mb,
        f"{when}_pss_mb": process.proportional_mb,
        f"{when}_once_mb": process.once_mb,
    }


def idle(home: Home, options: argparse.Namespace) -> Row:
    """Nothing is locked, nothing is asked."""
    process = Process(home.start())
    share = _busy(process, options.seconds)
    return {"cpu_percent": share, "camera_on_seconds": status(home)["camera-on-seconds"]}


def watching(home: Home, options: argparse.Namespace) -> Row:
    """A locked session, and nobody in the picture. Pictures cost what a camera's do."""
    home.stage(filmed.EMPTY)
    # No agent tells whether the screen is on: without this the watch would rest after a while.
    home.configure("schedule", dark_screen="true")
    process = Process(home.start())
    home.lock("1")
    eventually(lambda: status(home)["state"] == "watching", "a watch")
    lasting(2.0, "what was begun has ended")
    share = _busy(process, options.seconds)
    return {"cpu_percent": share, "state": status(home)["state"]}


def presence(home: Home, options: argparse.Namespace) -> Row:
    """An idle session whose programs may know who is before it, who moves all the time: at the
    default pace, the fastest at which the camera is closed between looks, and the fastest that the
    configuration takes. Pictures cost what a camera's do.
    """
    home.stage(filmed.WORD)
    found: Row = {}
    for pace in (Presence().look_every, GLANCES_BELOW_SECONDS, _FASTEST_LOOKS):
        home.configure("presence", publish="true", look_every=str(pace))
        process = Process(home.start())
        with home.world.client() as agent:
            agent.call("Subscribe")
            agent.call("ReportUse", {"idle-seconds": 60.0})
            until(agent, "presence")
            before = status(home)["camera-on-seconds"]
            share = _busy(process, options.seconds)
            on = status(home)["camera-on-seconds"] - before
        home.world.stop_daemon()
        found |= {f"every_{pace:g}_s_cpu_percent": share, f"every_{pace:g}_s_camera_on_s": on}
    return found


def dark(home: Home, options: argparse.Namespace) -> Row:
    """A locked session whose displays are off, whose owner wants the screen woken, and who is away.
    Pictures cost what a camera's do.
    """
    home.stage(filmed.EMPTY)
    process = Process(home.start())
    with home.world.client() as agent:
        agent.call("ReportDisplays", False)
        agent.call("ReportUse", {"watch-dark": True})
        home.lock("1")
        eventually(lambda: status(home)["camera-on-seconds"] > 0.0, "a look")
        before = status(home)["camera-on-seconds"]
        share = _busy(process, options.seconds)
        on = status(home)["camera-on-seconds"] - before
    return {"cpu_percent": share, "camera_on_s": on, "seconds": options.seconds}


def end(home: Home, options: argparse.Namespace) -> Row:
    """From SIGTERM to the exit, at rest and in the middle of an attempt."""
    home.configure("camera", source='"demo:empty"')
    times = []
    for number in range(options.starts):
        world = home.start()
        with world.client() as client:
            if number % 2:
                client.call("StartVerify", "", {})
                eventually(lambda: client.call("Status")["camera-on"], "an open camera")
            begun = time.monotonic()
            assert world.stop_daemon(signal.SIGTERM) == 0
            times.append(time.monotonic() - begun)
    return {"ends": options.starts, "median_s": statistics.median(times), "most_s": max(times)}


def growth(home: Home, options: argparse.Namespace) -> Row:
    """Memory and descriptors over many verifications, and over many replayed frames."""
    picture = home.world.folder / "owner.png"
    assert cv2.imwrite(str(picture), cv2.resize(owner_portrait()[0:360, 60:420], (160, 160)))
    home.configure("camera", source=f'"{picture}"')
    home.configure("schedule", close_seconds="0")
    verifications = _verify_often(home, options.verifications)
    home.world.stop_daemon()
    return {**verifications, **_replay(home, options.frames)}


def _verify_often(home: Home, count: int) -> Row:
    process = Process(home.start())
    points = _Points("verifications", process)
    with home.world.client() as client:
        for number in range(count + 1):
            if number % max(count // 10, 1) == 0:
                points.add(number)
            _expect_match(attempt(client))
    return points.row


def _replay(home: Home, count: int) -> Row:
    home.stage("replay")
    # Looked at twice a second: what all frames pass through is what is measured here.
    home.configure(
        "schedule",
        blind_seconds="0.5",
        watch_seconds="0",
        dark_screen="true",
        motion_threshold="0.5",
    )
    process = Process(home.start())
    home.lock("1", idle=False)
    points = _Points("frames", process)
    read = home.world.camera.with_suffix(".count")
    eventually(read.exists, "a replay that has begun")
    for tenth in range(11):
        while int(read.read_text() or "0") < count * tenth // 10:
            assert home.world.daemon is not None
            assert home.world.daemon.poll() is None, home.world.log
            lasting(0.05, "more frames")
        points.add(int(read.read_text() or "0"))
    return points.row


class _Points:
    """Memory and descriptors along the way; what came before the first tenth is warming up."""

    def __init__(self, what: str, process: Process) -> None:
        self._what = what
        self._process = process
        self._points: list[tuple[int, float, int]] = []

    def add(self, number: int) -> None:
        point = (number, self._process.resident_mb, self._process.descriptors)
        self._points.append(point)
        note = f"{self._what} {number}: {point[1]:.1f} MB, {point[2]} descriptors\n"
        sys.stderr.write(note)

    @property
    def row(self) -> Row:
        _, warm_mb, warm_descriptors = self._points[1]
        number, last_mb, last_descriptors = self._points[-1]
        return {
            self._what: number,
            f"{self._what}_growth_mb": last_mb - warm_mb,
            f"{self._what}_growth_descriptors": last_descriptors - warm_descriptors,
        }


def _busy(process: Process, seconds: float) -> float:
    lasting(1.0, "what was begun has ended")
    before, begun = process.cpu_seconds, time.monotonic()
    lasting(seconds, "what is measured")
    return (process.cpu_seconds - before) / (time.monotonic() - begun) * 100


def _expect_match(ended: Ended) -> None:
    assert ended.verdict == "matched", ended


def _share(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


MEASURES: dict[str, Callable[[Home, argparse.Namespace], Row]] = {
    "latency": latency,
    "start": start,
    "memory": memory,
    "idle": idle,
    "watching": watching,
    "presence": presence,
    "dark": dark,
    "end": end,
    "growth": growth,
}


def main() -> None:
    """Prints one line for each figure asked for."""
    parser = argparse.ArgumentParser(prog="measure-daemon", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"{', '.join(MEASURES)}")
    parser.add_argument("--embedder", default="resnet", help="default: %(default)s")
    parser.add_argument("--attempts", type=int, default=60, metavar="N", help="of latency")
    parser.add_argument("--starts", type=int, default=10, metavar="N", help="of start and end")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="of idle, watching, presence and dark"
    )
    parser.add_argument("--verifications", type=int, default=10_000, metavar="N", help="of growth")
    parser.add_argument("--frames", type=int, default=1_000_000, metavar="N", help="of growth")
    options = parser.parse_args()
    unknown = set(options.what) - MEASURES.keys()
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose of {', '.join(MEASURES)}")
    taken = owner_appearance(options.embedder)
    for name in options.what or MEASURES:
        with at_home(options.embedder, taken) as home:
            row = MEASURES[name](home, options)
            assert home.world.log == "", home.world.log[:1000]
        rounded = {key: round(one, 3) if type(one) is float else one for key, one in row.items()}
        line = json.dumps({"figure": name, "embedder": options.embedder, **rounded})
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
