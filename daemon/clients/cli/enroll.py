"""`facelatch enroll`: learn a person's face."""

import argparse
import getpass
import json
import sys
from typing import TYPE_CHECKING, Any

from daemon.clients.cli import options
from models.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.clients.cli.session import Session
    from daemon.enrolment import Enrolment
    from daemon.sources.base import Frame
    from models.types import Analysis

HELP = "learn a person's face from a camera, video or pictures"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="default: the user's login name")
    parser.add_argument(
        "--look", default="default", help='a name for this look, such as "glasses" (%(default)s)'
    )
    options.add_source_options(parser)
    options.add_model_options(parser)
    options.add_seconds_option(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the look is stored."""
    from daemon.clients.cli import session
    from enroll.template import check_name

    name = check_name(_login_name() if arguments.name is None else arguments.name)
    check_name(arguments.look, what="look's name")
    store = session.store_of(arguments)
    # Before the camera is opened: a store that cannot be written would waste the person's time.
    store.names()
    models = session.open_session(arguments, follow=False)
    enrolment = _enrol(arguments, models)
    store.add_look(name, enrolment.look)
    report = _report(name, enrolment, models)
    print(json.dumps(report) if arguments.json else _sentence(report))
    return 0


def _enrol(arguments: argparse.Namespace, models: "Session") -> "Enrolment":
    from daemon.clients.cli import session
    from daemon.enrolment import enrol
    from daemon.sources.worker import FrameWorker
    from models.pipeline import FacePipeline

    pipeline = FacePipeline(models.detector, models.embedder)
    with session.source_of(arguments) as source, FrameWorker(source) as worker:
        return enrol(
            worker,
            pipeline,
            models.embedder,
            look=arguments.look,
            seconds=arguments.seconds,
            watch=_live_line() if sys.stderr.isatty() and not arguments.json else None,
        )


def _live_line() -> "Callable[[Frame, Analysis], None]":
    def show(frame: "Frame", analysis: "Analysis") -> None:
        hint = "no face seen: look into the camera"
        if analysis.faces:
            hint = next(iter(analysis.faces[0].quality.reasons), "good; turn your head a little")
        print(f"\r\033[K{frame.time:5.1f} s  {hint}", end="", file=sys.stderr, flush=True)

    return show


def _report(name: str, enrolment: "Enrolment", models: "Session") -> dict[str, Any]:
    return {
        "result": "enrolled",
        "name": name,
        "look": enrolment.look.name,
        "kept": len(enrolment.selection.kept),
        "rejected": dict(enrolment.selection.rejected),
        "frames_seen": enrolment.frames_seen,
        "faces_seen": enrolment.faces_seen,
        "embedder": models.embedder.name,
        "precision": models.embedder.precision,
        "detector": models.detector_name,
    }


def _sentence(report: dict[str, Any]) -> str:
    left_out = ", ".join(f"{count} {reason}" for reason, count in report["rejected"].items())
    return (
        f"enrolled {report['name']}, look {report['look']!r}: kept {report['kept']} of "
        f"{report['frames_seen']} frames"
        + (f" (left out: {left_out})" if left_out else "")
        + f" [{report['embedder']} {report['precision']}, {report['detector']}]"
    )


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise UsageError("your login name is unknown", "name the person to enrol") from None
