"""`facelatch evaluate`: error rates of an embedder on labelled pictures."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import UsageError

if TYPE_CHECKING:
    from models.evaluation.accuracy_report import Section
    from models.evaluation.folder import Asked
    from models.evaluation.workbench import Workbench
    from models.types import Embedder, Precision

HELP = "measure error rates on labelled pictures"

_EPILOG = """\
With --images alone every protocol that the folder allows runs: all-pairs (each picture against
each other), enrolment (some pictures make a template, the rest are probed, everyone else is an
impostor), quality (errors against the share of pictures rejected). Pictures are DIR/NAME/*.jpg,
a folder for each person; one in which no face is found is counted as a failure.
With --pairs the protocol of LFW runs: the file has the format of Labeled Faces in the Wild,
pictures are DIR/NAME/NAME_0001.jpg. There, where no face is found, the middle is embedded.
Embeddings are kept in the cache, so that a second run with the same models takes seconds.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    parser.epilog = _EPILOG
    parser.add_argument("--pairs", type=Path, metavar="FILE", help="pairs file of LFW")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="pictures")
    _configure_protocols(parser)
    _configure_models(parser)
    _configure_outputs(parser)


def _configure_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--embedder", default="auto", metavar="NAME", help="which embedder (default: auto)"
    )
    parser.add_argument(
        "--detector", default="mtcnn", metavar="NAME", help="which detector (default: mtcnn)"
    )
    parser.add_argument(
        "--precision", choices=("float32", "int8"), help="default: what the model runs in"
    )
    parser.add_argument(
        "--min-face",
        type=int,
        default=40,
        metavar="PIXELS",
        help="smallest face looked for (default: %(default)s)",
    )
    parser.add_argument(
        "--skip-missing",
        action="store_true",
        help="leave out pairs of pictures that are missing or unreadable, and say how many",
    )


def _configure_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help="with --pairs: write histograms, ROC and DET (.png, .svg, .pdf)",
    )
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="write every plot of what was measured (.svg)"
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="measure every installed embedder and write all tables to FILE (.md), plots beside it",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def _configure_protocols(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--protocol",
        choices=("lfw", "all-pairs", "enrolment", "quality"),
        help="default: lfw with --pairs, otherwise all that the folder allows",
    )
    parser.add_argument(
        "--enrolled",
        type=_counts,
        metavar="N,...",
        help="pictures enrolled for each person (default: 1,3,5,10, those that fit)",
    )
    parser.add_argument(
        "--groups",
        type=Path,
        metavar="FILE",
        help="lines 'person,group': error rates for each group",
    )
    parser.add_argument(
        "--data", metavar="NAME", help="what to call the pictures (default: the folder's name)"
    )
    parser.add_argument(
        "--sequences",
        action="store_true",
        help="the decision over frames, on clips made of the pictures",
    )
    parser.add_argument(
        "--enrolment-guide",
        action="store_true",
        help="what the guide's choice of pictures is worth, on clips made of the pictures",
    )
    parser.add_argument(
        "--clips",
        type=_clips,
        metavar="N",
        help="with --sequences: so many clips, drawn at random but always the same (default: all)",
    )
    parser.add_argument(
        "--degrade",
        action="store_true",
        help="first give most pictures a webcam's flaws: blur, darkness, glare, distance",
    )
    parser.add_argument(
        "--compare-precision",
        action="store_true",
        help="int8 beside float32 on the same pictures",
    )


def _counts(text: str) -> tuple[int, ...]:
    """Argument type: numbers from 1 to 64, in rising order."""
    fields = [field.strip() for field in text.split(",")]
    numbers = [int(f) for f in fields if f.isascii() and f.isdigit() and len(f) <= 2]
    if len(numbers) != len(fields) or not all(1 <= n <= _MOST_ENROLLED for n in numbers):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no list of numbers from 1 to {_MOST_ENROLLED}, such as 1,3,5"
        )
    return tuple(sorted(set(numbers)))


def _clips(text: str) -> int:
    """Argument type: a number from 2 to 99999."""
    if not (text.isascii() and text.isdigit() and 2 <= int(text[:9]) <= _MOST_CLIPS):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number from 2 to {_MOST_CLIPS}")
    return int(text)


_MOST_ENROLLED = 64  # embeddings of a look
_MOST_CLIPS = 99_999


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli.evaluation import evaluate_lfw

    if arguments.sequences:
        from daemon.clients.cli.evaluation import sequences

        return sequences.run(arguments)
    if arguments.enrolment_guide:
        from daemon.clients.cli.evaluation import evaluate_guide

        return evaluate_guide.run(arguments)
    _check(arguments)
    if arguments.report:
        return _write_report(arguments)
    if arguments.compare_precision:
        return _compare_precision(arguments)
    if arguments.pairs:
        return evaluate_lfw.run(arguments)
    return _run_folder(arguments)


def _check(arguments: argparse.Namespace) -> None:
    """Raises UsageError for options that do not go together, before anybody works for them."""
    from models.evaluation import folder_plots

    lfw = arguments.protocol == "lfw"
    if lfw and not arguments.pairs:
        raise UsageError("the protocol of LFW needs a list of pairs", "--pairs FILE")
    by_pairs = bool(arguments.pairs) and not arguments.report
    if by_pairs and (arguments.protocol not in (None, "lfw") or arguments.compare_precision):
        raise UsageError("--pairs belongs to the protocol of LFW alone", "leave it out")
    if by_pairs and (arguments.enrolled or arguments.groups or arguments.degrade):
        raise UsageError("--enrolled, --groups, --degrade belong to pictures without --pairs")
    if arguments.plot and not by_pairs:
        raise UsageError("--plot belongs to --pairs", "write all plots with --plots DIR")
    if arguments.clips and not arguments.report:
        raise UsageError("--clips belongs to --sequences and --report", "leave it out")
    if arguments.report and (arguments.protocol or arguments.json or arguments.plots):
        raise UsageError("--report measures everything and prints nothing", "give it alone")
    if arguments.plots:
        folder_plots.check_plots_folder(arguments.plots)


def _workbench(arguments: argparse.Namespace) -> "Workbench":
    from daemon.clients.cli import output, progress
    from daemon.clients.cli.prepare import load_or_prepare
    from daemon.sources.pictures import read_picture
    from models import zoo
    from models.evaluation.workbench import Workbench

    detector = load_or_prepare(
        lambda: zoo.load_detector(arguments.detector, min_face=arguments.min_face)
    )
    return Workbench(
        read=read_picture,
        detector=detector,
        min_face=arguments.min_face,
        counting=progress.counting,
        note=output.note,
    )


def _load(name: str, precision: "Precision | None") -> "Embedder":
    from daemon.clients.cli.prepare import load_or_prepare
    from models import zoo

    return load_or_prepare(lambda: zoo.load_embedder(name, precision=precision))


def _asked(arguments: argparse.Namespace) -> "Asked":
    from models.evaluation import fairness, folder

    protocol = arguments.protocol
    return folder.Asked(
        protocols=folder.PROTOCOLS if protocol is None else (protocol,),
        enrolled=arguments.enrolled or folder.ENROLLED,
        explicit=protocol == "all-pairs" or arguments.enrolled is not None,
        groups=fairness.read_groups(arguments.groups) if arguments.groups else None,
    )


def _run_folder(arguments: argparse.Namespace) -> int:
    from daemon.clients.cli import output
    from models.evaluation import folder_plots, folder_report, people, workbench

    asked = _asked(arguments)
    pictures = people.read_people(arguments.images)
    embedder = _load(arguments.embedder, arguments.precision)
    made = workbench.run_folder(
        _workbench(arguments),
        pictures,
        embedder,
        asked,
        data=arguments.data or workbench.data_name(arguments.images),
        protocol=arguments.protocol or "all",
        degrade=arguments.degrade,
    )
    if arguments.plots:
        for path in folder_plots.plot_all(arguments.plots, [(embedder.name, made.result)]):
            output.note(f"wrote {path}")
    if arguments.json:
        output.print_json(made.report)
        return 0
    for number, table in enumerate(folder_report.tables(made.report)):
        print("\n" * bool(number), end="")
        output.print_table(table)
    return 0


def _compare_precision(arguments: argparse.Namespace) -> int:
    from daemon.clients.cli import output
    from models.evaluation import folder, people, precision, workbench

    pictures = people.read_people(arguments.images)
    default = _load(arguments.embedder, None)
    made = workbench.run_precisions(
        _workbench(arguments),
        pictures,
        lambda kind: _load(default.name, kind),
        folder.Asked(("all-pairs", "enrolment"), arguments.enrolled or folder.ENROLLED),
        data=arguments.data or workbench.data_name(arguments.images),
        default=default.precision,
    )
    if arguments.json:
        output.print_json(made.report)
    else:
        output.print_table(precision.precision_rows(made.report))
    return 0


def _write_report(arguments: argparse.Namespace) -> int:
    from daemon.clients.cli import output
    from daemon.clients.cli.evaluation import evaluate_lfw
    from models.evaluation import people, workbench, write_report

    write_report.check_report_path(arguments.report)
    order = write_report.Order(
        path=arguments.report,
        command=_command(arguments),
        data=arguments.data or workbench.data_name(arguments.images),
        people=people.read_people(arguments.images),
        asked=_asked(arguments),
        load=_load,
        lfw=(lambda name: evaluate_lfw.report_of(arguments, name)) if arguments.pairs else None,
        sections=lambda name: _sections(arguments, name),
        only=None if arguments.embedder == "auto" else arguments.embedder,
    )
    for path in write_report.write_report(_workbench(arguments), order):
        output.note(f"wrote {path}")
    return 0


def _sections(arguments: argparse.Namespace, name: str) -> "tuple[Section, ...]":
    """What the decision over frames gains, measured on clips of the same pictures."""
    from daemon.clients.cli.evaluation import sequences
    from models.evaluation.accuracy_report import Section
    from models.evaluation.sequences_report import sequences_rows

    chosen = argparse.Namespace(**{**vars(arguments), "embedder": name, "precision": None})
    made = sequences.measure(chosen)
    known = made["calibration"]
    text = (
        f"Clips made of photos, judged as `verify` judges a camera: {made['people']} people, "
        f"{made['enrolled']} pictures enrolled, {made['clips']} clips of {made['photos']} photos, "
        f"{made['frames']} frames each at {made['fps']:g} a second; {made['failures']} photos "
        "unreadable or without a face gave no clip. The thresholds are of the "
        f"calibration that ships ({known['kind']}: {known['data']}, {known['date']}). "
        "Where those are the pictures of this page, FAR is that on people it was fitted on. "
        f"Alone: `facelatch evaluate --sequences --images DIR --embedder {name}`."
    )
    return (Section("Decision over frames", text, sequences_rows(made)),)


def _command(arguments: argparse.Namespace) -> str:
    """The command as it was called, without paths that only this machine has."""
    words = ["facelatch", "evaluate"]
    for option in ("images", "pairs", "groups", "report"):
        path = getattr(arguments, option)
        if path is not None:
            words += [f"--{option}", path.name if path.is_absolute() else str(path)]
    for option, usual in (("embedder", "auto"), ("detector", "mtcnn"), ("min_face", 40)):
        value = getattr(arguments, option)
        words += [f"--{option.replace('_', '-')}", str(value)] if value != usual else []
    words += ["--clips", str(arguments.clips)] if arguments.clips else []
    if arguments.enrolled:
        words += ["--enrolled", ",".join(str(count) for count in arguments.enrolled)]
    words += ["--data", shlex.quote(arguments.data)] if arguments.data else []
    return " ".join(words)
