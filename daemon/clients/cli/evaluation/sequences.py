"""`facelatch evaluate sequences`: clips of photos, judged as `verify` judges a camera."""

import argparse
from typing import TYPE_CHECKING

from daemon.clients.cli.evaluation import common

if TYPE_CHECKING:
    from models.evaluation.sequences_report import Json

HELP = "the decision over frames, on clips made of the pictures"


def configure(parser: argparse.ArgumentParser) -> None:
    common.add_images(parser)
    common.add_clips(parser)
    common.add_models(parser)
    common.add_data(parser)
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli import output
    from models.evaluation import sequences_report

    report = measure(arguments)
    if arguments.json:
        output.print_json(report)
    else:
        print(sequences_report.sequences_headline(report) + "\n")
        output.print_table(sequences_report.sequences_rows(report))
    return 0


def measure(arguments: argparse.Namespace) -> "Json":
    """The report as JSON; raises UsageError, ModelError."""
    from models.evaluation import people, photo_clips

    pictures = people.read_people(arguments.images)
    return photo_clips.measure(
        common.workbench(arguments.detector, arguments.min_face),
        pictures,
        common.load_embedder(arguments.embedder, arguments.precision),
        common.load_detector(arguments.detector, photo_clips.MIN_FACE),
        data=common.data_name(arguments),
        clips=arguments.clips,
    )
