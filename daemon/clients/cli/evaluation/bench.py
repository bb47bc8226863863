"""`facelatch bench`: speed of recognising a frame, beside what people run today."""

import argparse
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import FacelatchError, UsageError

if TYPE_CHECKING:
    from models.evaluation.speed.coldstart import ColdStart
    from models.evaluation.speed.race import Entry
    from models.evaluation.speed.report import Report

HELP = "time a frame, stage by stage, beside Howdy's pipeline and mtcnn with TensorFlow"

_EPILOG = """\
All take turns on the same frames (640x480, one face about 120 pixels high), each in a process of
its own with one thread. A contestant whose packages are missing is left out, with the reason.
"""

_MOST_FRAMES = 2000
_MOST_USERS = 10_000


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument(
        "--embedder", default="auto", metavar="NAME", help="which embedder (default: auto)"
    )
    parser.add_argument(
        "--precision", choices=("float32", "int8"), help="default: what the model runs in"
    )
    parser.add_argument(
        "--min-face",
        type=int,
        default=60,
        metavar="PIXELS",
        help="smallest face that is detected (default: %(default)s)",
    )
    parser.add_argument(
        "--frames",
        type=int,
        default=60,
        metavar="N",
        help="frames that count, 1 to 2000 (default: %(default)s)",
    )
    parser.add_argument(
        "--peers",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="time Howdy's pipeline and mtcnn with TensorFlow too (default: yes)",
    )
    parser.add_argument(
        "--cold-start",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="time `facelatch verify` from nothing too (default: yes)",
    )
    _configure_others(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def _configure_others(parser: argparse.ArgumentParser) -> None:
    """What else can be timed instead."""
    parser.add_argument(
        "--liveness",
        type=Path,
        nargs="+",
        metavar="CLIP",
        help="time what liveness adds to a frame of these clips instead, in turns",
    )
    parser.add_argument(
        "--templates",
        action="store_true",
        help="time the store of templates instead, with many people in it",
    )
    parser.add_argument(
        "--users", type=int, default=1000, metavar="N", help="people in it (default: %(default)s)"
    )
    parser.add_argument(
        "--appearances",
        "--looks",
        type=int,
        default=10,
        metavar="N",
        help="appearances of each (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli import output

    if arguments.templates:
        return _run_templates(arguments)
    if arguments.liveness:
        return _run_liveness(arguments)
    if not 1 <= arguments.frames <= _MOST_FRAMES:
        raise UsageError(f"--frames must be 1 to {_MOST_FRAMES}")
    report = _measure(arguments)
    if arguments.json:
        output.print_json(report.as_json())
    else:
        output.print_table(report.rows())
        for line in report.remarks():
            print(line)
    return 0


def _run_liveness(arguments: argparse.Namespace) -> int:
    # One thread, as all else that is timed here; NumPy reads it when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from daemon.clients.cli.evaluation import bench_liveness

    return bench_liveness.run(arguments)


def _run_templates(arguments: argparse.Namespace) -> int:
    # One thread, as all else that is timed here; NumPy reads it when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from daemon.clients.cli import output
    from daemon.clients.cli.evaluation import bench_templates
    from enroll.template import MOST_APPEARANCES

    users, appearances = arguments.users, arguments.appearances
    if not (1 <= users <= _MOST_USERS and 1 <= appearances <= MOST_APPEARANCES):
        raise UsageError(
            f"--users must be 1 to {_MOST_USERS}, --appearances 1 to {MOST_APPEARANCES}"
        )
    with output.working("timing the store", quiet=arguments.json) as report:
        timings = bench_templates.measure(users, appearances, report)
    rows = [timing.row() for timing in timings]
    if arguments.json:
        output.print_json({"users": users, "appearances": appearances, "timings": rows})
    else:
        print(
            f"{users} people with {appearances} appearances each, "
            "10 embeddings of 512 values in each"
        )
        output.print_table(rows)
    return 0


def _measure(arguments: argparse.Namespace) -> "Report":
    from daemon.clients.cli import output, progress
    from daemon.clients.cli.prepare import load_or_prepare
    from models import zoo
    from models.evaluation.speed import race
    from models.evaluation.speed.report import Report

    # Once here, so that what is missing is said, or converted, before anybody is timed.
    embedder = load_or_prepare(
        lambda: zoo.load_embedder(arguments.embedder, precision=arguments.precision)
    )
    load_or_prepare(lambda: zoo.load_detector("mtcnn", min_face=arguments.min_face))
    if arguments.peers:
        output.note("starting the contestants")
    with progress.counting("timing frames") as counter:
        results = race.run(_entries(arguments, embedder.name), arguments.frames, progress=counter)
    ours = ("following", "first_frame", "full_detection")
    failed = next((results[one].problem for one in ours if results[one].problem), "")
    if failed:
        raise FacelatchError(f"cannot time our own pipeline: {failed}")
    cold, problem = _cold_start(embedder.name) if arguments.cold_start else (None, "")
    return Report(results, cold, problem)


def _entries(arguments: argparse.Namespace, embedder: str) -> "list[Entry]":
    from models.evaluation.speed.race import Entry

    def ours(*, follow: bool) -> dict[str, Any]:
        return {
            "embedder": embedder,
            "precision": arguments.precision,
            "detector": "mtcnn",
            "min_face": arguments.min_face,
            "follow": follow,
        }

    entries = [
        Entry("following", "facelatch", ours(follow=True)),
        Entry("first_frame", "facelatch", {**ours(follow=True), "forget": True}),
        Entry("full_detection", "facelatch", ours(follow=False)),
    ]
    if arguments.peers:
        entries += [
            Entry("howdy", "howdy", {"max_height": 320}),
            Entry("howdy_full_frame", "howdy", {"max_height": 0}),
            Entry("mtcnn_tensorflow", "mtcnn_tensorflow", {"embedder": embedder}),
        ]
    return entries


def _cold_start(embedder: str) -> "tuple[ColdStart | None, str]":
    """Times `facelatch verify` on the built-in clip with a store of its own; or says why not."""
    from daemon.clients.cli import output
    from models.evaluation.speed.coldstart import ColdStartError, cold_start

    output.note("timing facelatch verify from nothing")
    entry_point = "daemon.clients.cli.main:main"
    with tempfile.TemporaryDirectory(prefix="facelatch-bench-") as folder:
        common = ["--source", "demo:owner", "--embedder", embedder, "--store", folder]
        home = {"XDG_DATA_HOME": str(Path(folder, "data"))}
        try:
            cold_start(entry_point, ["enroll", "bench", *common], environment=home, runs=0)
            return cold_start(entry_point, ["verify", "bench", *common], environment=home), ""
        except ColdStartError as error:
            return None, str(error)
