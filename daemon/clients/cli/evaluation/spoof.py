"""`facelatch evaluate spoof`: pictures and screens before the camera, and living people."""

import argparse
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.clients.cli.evaluation import common

if TYPE_CHECKING:
    from models.evaluation.spoof import Trial
    from models.evaluation.spoof_trials import Setup, Trials
    from models.liveness.suite import Suite
    from models.types import Detector, Image

HELP = "attacks by print and screen, and living people, on labelled clips or pictures"

_MOST_RUNS = 1000


def configure(parser: argparse.ArgumentParser) -> None:
    _add_what(parser)
    _add_how(parser)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="the DET curves")
    common.add_json(parser)


def _add_what(parser: argparse.ArgumentParser) -> None:
    """What is tried."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--clips",
        type=Path,
        metavar="PATH",
        help="a folder SPECIES/PERSON/..., or a CSV list: file,species,person[,face]",
    )
    what.add_argument(
        "--rendered",
        type=Path,
        metavar="DIR",
        help="clips drawn from photos, DIR/PERSON/*.jpg: each person alive and as every attack",
    )
    what.add_argument(
        "--faces",
        type=Path,
        nargs="+",
        metavar="CLIP",
        help="clips of several living people: every face of 2 s and 80 pixels is tried",
    )
    parser.add_argument(
        "--people", type=runs, default=40, metavar="N", help="of --rendered (default: 40)"
    )
    parser.add_argument(
        "--half",
        choices=("chosen-on", "reported", "all"),
        default="reported",
        help="of those people: for choosing parameters or for reporting (default: %(default)s)",
    )
    parser.add_argument(
        "--step", type=runs, default=1, metavar="N", help="every N-th rendered frame (default: 1)"
    )
    parser.add_argument("--root", type=Path, metavar="DIR", help="where the files of the list lie")


def _add_how(parser: argparse.ArgumentParser) -> None:
    """How it is tried."""
    add_level(parser)
    parser.add_argument(
        "--runs", type=runs, default=5, metavar="N", help="trials of each clip (default: 5)"
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=2.0, metavar="S", help="of each trial (default: 2)"
    )
    parser.add_argument(
        "--without", default="", metavar="CUE,...", help="cues that are left out, such as texture"
    )


def add_level(parser: argparse.ArgumentParser) -> None:
    """`--level`, `standard` by default."""
    parser.add_argument(
        "--level",
        choices=("convenient", "standard", "strict"),
        default="standard",
        help="of liveness (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli import output
    from models.evaluation import spoof, spoof_plot
    from models.evaluation.plots import check_plot_path

    if arguments.plot:
        check_plot_path(arguments.plot)
    suite = _suite(arguments)
    trials = _tried(arguments, suite)
    report = spoof.as_json(trials)
    report |= {"level": arguments.level, "cues": list(suite.names), "runs": arguments.runs}
    if arguments.plot:
        spoof_plot.plot_det(arguments.plot, trials)
    if arguments.json:
        output.print_json(report)
        return 0
    _print(report)
    return 0


def _suite(arguments: argparse.Namespace) -> "Suite":
    from models.errors import UsageError
    from models.liveness.suite import CUES, default_suite

    without = {name.strip() for name in arguments.without.split(",") if name.strip()}
    if unknown := without.difference(CUES):
        raise UsageError(f"no cue {min(unknown)[:40]!r}", f"one of: {', '.join(CUES)}")
    suite = default_suite(without=without)
    say_networks([*suite.names, *without])
    if not suite.names:
        raise UsageError("no cue is left", "prepare the networks: facelatch models prepare")
    return suite


def _tried(arguments: argparse.Namespace, suite: "Suite") -> "list[Trial]":
    from daemon.clients.cli import progress
    from daemon.clients.cli.prepare import load_or_prepare
    from models import zoo
    from models.detectors.following import FollowingDetector
    from models.evaluation.spoof import read_presentations
    from models.evaluation.spoof_trials import Setup, Trials

    whole: Detector = load_or_prepare(lambda: zoo.load_detector("mtcnn", min_face=60))
    setup = Setup(arguments.level, arguments.seconds, arguments.runs)
    runner = Trials(suite, lambda: FollowingDetector(whole), _frames, setup)
    if arguments.rendered:
        return _rendered(arguments, runner, whole)
    if arguments.faces:
        return _of_faces(arguments.faces, whole, suite, setup)
    found = read_presentations(arguments.clips, arguments.root)
    trials: list[Trial] = []
    with progress.counting("presentations") as count:
        for done, presentation in enumerate(found, 1):
            trials += runner.run(presentation)
            count(done, len(found))
    return trials


def _of_faces(
    clips: Sequence[Path], detector: "Detector", suite: "Suite", setup: "Setup"
) -> "list[Trial]":
    from models.errors import UsageError
    from models.evaluation.spoof_faces import face_trials

    trials = [
        trial for clip in clips for trial in face_trials(clip, _frames, detector, suite, setup)
    ]
    if not trials:
        raise UsageError("no face is there for two seconds, 80 pixels large")
    return trials


def _rendered(
    arguments: argparse.Namespace, runner: "Trials", detector: "Detector"
) -> "list[Trial]":
    from daemon.clients.cli import progress
    from daemon.sources.pictures import read_picture
    from models.evaluation.spoof_rendered import of_half, rendered_trials, sitters
    from models.synthetic.attacks import SPECIES

    people = sitters(arguments.rendered, arguments.people, detector, read_picture)
    every = len(of_half(people, arguments.half)) * len(SPECIES)
    made = rendered_trials(
        people, runner, half=arguments.half, seconds=arguments.seconds, step=arguments.step
    )
    with progress.counting("rendered clips") as count:
        trials: list[Trial] = []
        for trial in made:
            trials.append(trial)
            count(len(trials), every)
    return trials


def _frames(path: Path) -> "Iterator[tuple[float, Image]]":
    from daemon.sources.open import open_source

    with open_source(str(path), pace=False) as source:
        while (frame := source.read()) is not None:
            yield frame.time, frame.image
            if source.still:
                return


def _print(report: Mapping[str, Any]) -> None:
    from daemon.clients.cli import output

    print(f"level {report['level']}, cues: {', '.join(report['cues'])}")
    output.print_table([_row(rate) for rate in report["rates"]])
    for title in ("failures", "let_in", "unclear"):
        for one in report[title]:
            by = ", ".join(one["by"]) or "too little evidence"
            words = title.replace("_", " ")
            print(f"{words}: {one['file']} from {one['start']:.1f} s, {one['species']}: {by}")
    print(f"cost: {report['cost_ms']:.1f} ms a frame")


def _row(rate: Mapping[str, Any]) -> dict[str, object]:
    low, high = rate["people_interval"]
    return {
        "species": rate["species"],
        "measure": rate["measure"],
        "share": f"{100 * rate['share']:.1f} %",
        "trials": f"{rate['wrong']} of {rate['trials']}",
        "unclear": str(rate["unclear"]),
        "let in": str(rate["let_in"]),
        "people": f"{rate['people_wrong']} of {rate['people']}",
        "95 %": f"{100 * low:.0f}-{100 * high:.0f} %",
        "by": ", ".join(f"{name} {count}" for name, count in rate["by"].items()),
    }


def say_networks(cues: Iterable[str]) -> None:
    """Says which cues that need networks are not here: without them the figures are others."""
    from daemon.clients.cli import output
    from models.evaluation.remembered import NETWORK_CUES

    missing = [name for name in NETWORK_CUES if name not in cues]
    if missing:
        output.note(
            f"without {', '.join(missing)}: the networks are not prepared in this cache; "
            "facelatch models fetch, then facelatch models prepare"
        )


def runs(text: str) -> int:
    """Argument type: a number from 1 to 1000."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _MOST_RUNS):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number from 1 to {_MOST_RUNS}")
    return int(text)


def _seconds(text: str) -> float:
    """Argument type: from a tenth of a second to a minute."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.1 <= value <= 60:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number from 0.1 to 60")
    return value
