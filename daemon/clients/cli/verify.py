"""`facelatch verify`: is the person in front of the source enrolled?"""

import argparse
import json
import time
from typing import TYPE_CHECKING, Any

from daemon.clients.cli import options, service, surety
from models.errors import FacelatchError

if TYPE_CHECKING:
    from daemon.clients.cli.session import Session
    from daemon.foreground.liveness_check import LivenessCheck
    from daemon.foreground.verify import Verification

HELP = "say whether the person in front of the camera is enrolled (exit 0 yes, 1 no, 2 unknown)"

_STILL = "a picture cannot show that it is alive"
_EXIT = {"match": 0, "no match": 1, "undecided": 2}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="only this person")
    options.add_source_options(parser)
    options.add_model_options(parser)
    options.add_security_options(parser)
    options.add_liveness_option(parser)
    options.add_seconds_option(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument(
        "--window", action="store_true", help="a test in a window; needs the daemon and a desktop"
    )
    parser.add_argument(
        "--theme", choices=("auto", "light", "dark"), default="auto", help="of the window"
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 for a match, 1 for no match, 2 where nobody could tell."""
    if arguments.window:
        from daemon.clients.windows.verify import run as open_window

        return open_window(arguments.name or "", arguments.seconds, theme=arguments.theme)
    try:
        report = _verify(arguments)
    except FacelatchError as error:
        if not arguments.json or arguments.debug:
            raise
        report = {"result": "undecided", "reason": str(error), "name": None}
    if arguments.json:
        print(json.dumps(report))
    else:
        print(_sentence(report))
    return _EXIT[report["result"]]


def _verify(arguments: argparse.Namespace) -> dict[str, Any]:
    if service.asked(arguments):
        return service.verify(arguments.name or "", arguments.seconds)
    return _verify_here(arguments)


def _verify_here(arguments: argparse.Namespace) -> dict[str, Any]:
    from daemon.clients.cli import session
    from daemon.foreground import verify
    from daemon.sources.reader import FrameWorker

    started = time.perf_counter()
    people = session.people_of(session.store_of(arguments), arguments.name)
    models = session.open_session(arguments, follow=True)
    models.check_model(people)
    recogniser = models.recogniser(people, arguments)
    liveness = session.liveness_of(arguments, models)
    loaded = time.perf_counter()
    with session.source_of(arguments) as source, FrameWorker(source) as worker:
        opened = time.perf_counter()
        outcome = verify.verify(
            worker,
            recogniser,
            still=source.still,
            liveness=None if source.still else liveness,
            seconds=arguments.seconds,
            on_prompt=service.say,
            scene=session.scene_of(arguments, models, source),
        )
    times = {"load": loaded - started, "open": opened - loaded}
    times["total"] = time.perf_counter() - started
    milliseconds = {stage: value * 1e3 for stage, value in times.items()}
    return {
        **_report(outcome, models, milliseconds),
        "liveness": _asked(liveness, still=source.still),
        **surety.to_json(recogniser.criterion),
    }


def _asked(liveness: "LivenessCheck | None", *, still: bool) -> str:
    """The level of liveness that was asked of the face, in a word."""
    if still:
        return _STILL
    return "not asked" if liveness is None else liveness.rule.level


def _report(
    outcome: "Verification", models: "Session", times_ms: dict[str, float]
) -> dict[str, Any]:
    elapsed = {**times_ms, **outcome.stages_ms}
    return {
        "result": service.RESULTS.get(outcome.verdict, "undecided"),
        "reason": outcome.reason,
        "name": outcome.name,
        "distance": None if outcome.distance is None else round(outcome.distance, 4),
        "threshold": round(outcome.threshold, 4),
        "embedder": models.embedder.name,
        "precision": models.embedder.precision,
        "detector": models.detector_name,
        "frames_seen": outcome.frames_seen,
        "frames_used": outcome.frames_used,
        "frames_dropped": outcome.frames_dropped,
        "elapsed_ms": {stage: round(value, 2) for stage, value in elapsed.items()},
    }


def _sentence(report: dict[str, Any]) -> str:
    by = f"[{report['embedder']} {report['precision']}, {report['detector']}]"
    milliseconds = report["elapsed_ms"]["total"]
    frames = f"{report['frames_used']} of {report['frames_seen']} frames, {milliseconds:.0f} ms"
    if report["result"] == "undecided":
        return f"could not tell: {report['reason']} ({frames}) {by}"
    sure = surety.sentence(report)
    against = sure
    # The service tells distances to root alone.
    if report.get("distance") is not None:
        against = f"distance {report['distance']:.3f}, threshold {report['threshold']:.3f}; {sure}"
    if report["result"] == "match":
        still = f"; {_STILL}" if report.get("liveness") == _STILL else ""
        return f"match: {report['name']} ({against}; {frames}{still}) {by}"
    return f"no match ({against}; {frames}) {by}"
