"""`facelatch evaluate folder`: all protocols that a folder of people allows."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clients.cli.evaluation import common

if TYPE_CHECKING:
    from models.evaluation.folder import Asked

HELP = "error rates on a folder of people: one frame against what was enrolled"

_EPILOG = """\
Every protocol that the folder allows runs: all-pairs (each picture against each other), enrolment
(some pictures make a template, the rest are probed, everyone else is an impostor), quality (errors
against the share of pictures rejected). A picture without a detected face counts as a failure.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    common.add_images(parser)
    parser.add_argument(
        "--protocol",
        choices=("all-pairs", "enrolment", "quality"),
        help="default: all that the folder allows",
    )
    common.add_enrolled(parser)
    common.add_groups(parser)
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
    common.add_models(parser)
    common.add_data(parser)
    parser.add_argument("--plots", type=Path, metavar="DIR", help="write every plot there (.svg)")
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from models.evaluation import folder_plots

    if arguments.plots:
        folder_plots.check_plots_folder(arguments.plots)
    return _compare_precision(arguments) if arguments.compare_precision else _measure(arguments)


def _asked(arguments: argparse.Namespace) -> "Asked":
    from models.evaluation import fairness, folder

    protocol = arguments.protocol
    return folder.Asked(
        protocols=folder.PROTOCOLS if protocol is None else (protocol,),
        enrolled=arguments.enrolled or folder.ENROLLED,
        explicit=protocol == "all-pairs" or arguments.enrolled is not None,
        groups=tuple(fairness.read_groups(path) for path in arguments.groups or ()),
    )


def _measure(arguments: argparse.Namespace) -> int:
    from daemon.clients.cli import output
    from models.evaluation import folder_plots, folder_report, people, workbench

    asked = _asked(arguments)
    pictures = people.read_people(arguments.images)
    embedder = common.load_embedder(arguments.embedder, arguments.precision)
    made = workbench.run_folder(
        common.workbench(arguments.detector, arguments.min_face),
        pictures,
        embedder,
        asked,
        data=common.data_name(arguments),
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
    default = common.load_embedder(arguments.embedder, None)
    made = workbench.run_precisions(
        common.workbench(arguments.detector, arguments.min_face),
        pictures,
        lambda kind: common.load_embedder(default.name, kind),
        folder.Asked(("all-pairs", "enrolment"), arguments.enrolled or folder.ENROLLED),
        data=common.data_name(arguments),
        default=default.precision,
    )
    if arguments.json:
        output.print_json(made.report)
    else:
        output.print_table(precision.precision_rows(made.report))
    return 0
