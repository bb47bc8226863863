"""`facelatch evaluate sequences`: clips of photos, judged as `verify` judges a camera."""

import argparse

from daemon.clients.cli.evaluation import common

HELP = "the decision over frames, on clips made of the pictures"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this evaluation."""
    common.add_images(parser)
    common.add_clips(parser)
    common.add_models(parser)
    common.add_data(parser)
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli.evaluation import sequence_clips

    return sequence_clips.run(arguments)
