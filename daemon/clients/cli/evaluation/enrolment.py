"""`facelatch evaluate enrolment`: what the guide's choice of pictures is worth."""

import argparse

from daemon.clients.cli.evaluation import common

HELP = "what the guide's choice of pictures is worth, on clips made of the pictures"

_EPILOG = """\
Clips of people from the folder, four photos of other days each, are enrolled by the guide, from
their first five frames, and from five frames spread evenly. The person's other photos are genuine
probes, everybody else's photos are strangers. Clips of two people show whether one appearance of
both could be made.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    common.add_images(parser)
    common.add_models(parser)
    common.add_data(parser)
    common.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli import output
    from daemon.clients.cli.evaluation import guide_clips
    from models.evaluation import enrolment_choice, people

    pictures = people.read_people(arguments.images)
    report = guide_clips.measure(
        common.workbench(arguments.detector, arguments.min_face),
        pictures,
        common.load_embedder(arguments.embedder, arguments.precision),
        common.load_detector(arguments.detector, enrolment_choice.MIN_FACE),
        data=common.data_name(arguments),
    )
    if arguments.json:
        output.print_json(report)
        return 0
    print(
        f"{report['embedder']} ({report['precision']}): {report['people']} people of "
        f"{report['data']}, a clip of {enrolment_choice.PHOTOS} photos each, {report['probes']} "
        f"other photos to recognise, {report['strangers']} comparisons with strangers\n"
    )
    output.print_table(list(enrolment_choice.rows(report)))
    print(f"\n{guide_clips.conclusion(report)}")
    return 0
