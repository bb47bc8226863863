"""`facelatch evaluate enrolment`: what the guide's choice of pictures is worth."""

import argparse

from daemon.clients.cli.evaluation import common

HELP = "what the guide's choice of pictures is worth, on clips made of the pictures"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this evaluation."""
    common.add_images(parser)
    common.add_models(parser)
    common.add_data(parser)
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli.evaluation import guide_clips

    return guide_clips.run(arguments)
