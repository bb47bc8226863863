"""`facelatch evaluate lfw`: the protocol of LFW on labelled pairs."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clients.cli.evaluation import common

if TYPE_CHECKING:
    from models.evaluation.folder_report import Json
    from models.evaluation.lfw_run import LfwRun

HELP = "the protocol of Labeled Faces in the Wild: accuracy on pairs of pictures"

_EPILOG = """\
The list of pairs has the format of LFW. Where no face is found, the middle of the picture is
embedded.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument(
        "--pairs", type=Path, required=True, metavar="FILE", help="pairs file of LFW"
    )
    common.add_images(parser, "DIR/NAME/NAME_0001.jpg")
    common.add_models(parser)
    common.add_skip_missing(parser)
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="write histograms, ROC and DET (.png, .svg, .pdf)"
    )
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="the same, as lfw.svg in this folder"
    )
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli import output
    from models.evaluation import plots, report

    plot = arguments.plot
    if arguments.plots and not plot:
        plot = arguments.plots / "lfw.svg"
    if plot:
        plots.check_plot_path(plot)
    measured = _measure(arguments)
    made = measured.report
    if plot:
        plots.plot_errors(
            plot,
            measured.result.comparisons,
            measured.result.curve,
            title=f"{made['embedder']} ({made['precision']}), {made['pairs']} pairs",
            threshold=made["threshold"],
        )
        output.note(f"wrote {plot}")
    if arguments.json:
        output.print_json(made)
    else:
        output.print_table(report.lfw_rows(made))
    return 0


def report_of(arguments: argparse.Namespace, name: str) -> "Json":
    """The JSON report of the embedder `name` in its default precision."""
    chosen = argparse.Namespace(**{**vars(arguments), "embedder": name, "precision": None})
    return _measure(chosen).report


def _measure(arguments: argparse.Namespace) -> "LfwRun":
    from models.evaluation import lfw_run, pairs

    listed = pairs.read_pairs(arguments.pairs)
    return lfw_run.run_lfw(
        common.workbench(arguments.detector, arguments.min_face),
        listed,
        arguments.images,
        common.load_embedder(arguments.embedder, arguments.precision),
        skip_missing=arguments.skip_missing,
    )
