"""`facelatch enroll`: learn a person's face."""

import argparse
import getpass
import json
import sys
from typing import TYPE_CHECKING, Any

from daemon.clients.cli import options, surety
from models.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemon.clients.cli.session import Session
    from daemon.enrolment import Enrolment
    from daemon.sources.base import Frame
    from enroll.personal import Assessment
    from enroll.store import TemplateStore
    from enroll.template import Person
    from models.calibration import Criterion
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
    options.add_security_option(parser)
    options.add_seconds_option(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the look is stored."""
    from daemon.clients.cli import session
    from enroll.personal import assess
    from enroll.template import check_name
    from models import calibrations
    from models.calibration import criterion

    name = check_name(_login_name() if arguments.name is None else arguments.name)
    check_name(arguments.look, what="look's name")
    store = session.store_of(arguments)
    # Before the camera is opened: a store that cannot be written would waste the person's time.
    store.names()
    models = session.open_session(arguments, follow=False)
    calibration = calibrations.load(models.embedder)
    enrolment = _enrol(arguments, models)
    others, remarks = _others(store, name)
    assessment = assess(
        enrolment.look,
        quality=enrolment.quality,
        others=others,
        calibration=calibration,
        level=arguments.security,
    )
    store.add_look(name, enrolment.look)
    report = _report(name, enrolment, models)
    report |= _promises(assessment, criterion(calibration, arguments.security), remarks)
    print(json.dumps(report) if arguments.json else _sentence(report))
    return 0


def _others(store: "TemplateStore", name: str) -> "tuple[list[Person], list[str]]":
    """Everybody else who is enrolled, and what keeps us from knowing them all."""
    from enroll.errors import StoreError

    try:
        return [store.load(other) for other in store.names() if other != name], []
    except StoreError as error:
        return [], [f"not compared with others who are enrolled: {error}"]


def _promises(
    assessment: "Assessment", decisive: "Criterion", remarks: list[str]
) -> dict[str, Any]:
    return {
        "threshold": round(assessment.threshold, 4),
        **surety.to_json(decisive),
        "reaches": None if assessment.reaches is None else assessment.reaches.name,
        "remarks": [*assessment.remarks, *remarks],
    }


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
    first = (
        f"enrolled {report['name']}, look {report['look']!r}: kept {report['kept']} of "
        f"{report['frames_seen']} frames"
        + (f" (left out: {left_out})" if left_out else "")
        + f" [{report['embedder']} {report['precision']}, {report['detector']}; threshold "
        f"{report['threshold']:.3f}, {surety.sentence(report)}]"
    )
    return "\n".join([first, *map(_remark, report["remarks"]), *_shortfall(report)])


def _remark(text: str) -> str:
    return f"note: {text}"


def _shortfall(report: dict[str, Any]) -> list[str]:
    if report["reaches"] == report["security"]:
        return []
    if report["reaches"] is None:
        return ["This look can keep no level of security."]
    return [f"This look can keep security {report['reaches']}, but not {report['security']}."]


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise UsageError("your login name is unknown", "name the person to enrol") from None
